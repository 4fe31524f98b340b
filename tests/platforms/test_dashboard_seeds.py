"""The dashboard's seeds and roles: rows by the tests' own SQL, rights by real logins to what the tool has made."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from schemactl.workflows.seed import SeedsResult
from tests.fixtures.postgres import Postgres
from tests.platforms.dashboard import TARGETS
from tests.platforms.provisioned import CLUSTER_ROLES, Provisioned
from tests.platforms.seeded import shown, told

USERS, RESUMES, AI = TARGETS
DENIED = "42501"
ID = "00000000-0000-4000-8000-000000000001"

TYPES = {
    "application/pdf",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/rtf",
    "text/plain",
}
STORAGES = [
    ("local-disk", "local", None, None, "data/resumes", None, 10485760, True, True, 100),
    ("railway-volume", "railway", "resumes", None, None, "env:RAILWAY_STORAGE", 10485760, False, False, 50),
    ("s3-main", "s3", "dashboard-resumes", "us-east-1", None, "env:RESUME_S3", 20971520, False, False, 10),
]
"""Name, provider, bucket, region, base path, reference to credentials, bytes, active, default, priority."""

MODELS = [
    ("anthropic", "claude-3-opus", "chat", 200000, 4096, None, Decimal("0.015"), Decimal("0.075"), False),
    ("anthropic", "claude-3-sonnet", "chat", 200000, 4096, None, Decimal("0.003"), Decimal("0.015"), False),
    ("openai", "gpt-3.5-turbo", "chat", 16385, 4096, None, Decimal("0.0005"), Decimal("0.0015"), False),
    ("openai", "gpt-4", "chat", 8192, 4096, None, Decimal("0.03"), Decimal("0.06"), True),
    ("openai", "text-embedding-ada-002", "embedding", 8191, None, 1536, Decimal("0.0001"), Decimal(0), True),
]
"""Provider, name, type, context, output, dimensions, price of input and of output, default."""

TEMPLATES = {
    "ATS Pass": ("ats", "Rewrite {{resume}} so that parsers of {{ats}} read every section; keep all facts."),
    "Achievement Phrasing": (
        "content",
        "Turn duties in {{section}} into results with numbers found in {{resume}}.",
    ),
    "Full Review": (
        "full",
        "Score {{resume}} by content, keywords, format; propose at most {{count}} changes.",
    ),
    "Job Match Tailoring": (
        "job_match",
        "Adapt {{resume}} to {{job_title}} at {{company}}: {{job_description}}.",
    ),
    "Keyword Alignment": (
        "keyword",
        "List keywords of {{job_description}} missing in {{resume}} and place those that are true.",
    ),
    "Layout Clean-up": ("format", "Order the sections of {{resume}} for {{industry}}; one page per ten years."),
}
SEEDED = {(RESUMES, "01_storage_configs"): 3, (AI, "01_ai_models"): 5, (AI, "02_optimization_templates"): 6}
TABLES = {RESUMES: ["storage_configs"], AI: ["ai_models", "optimization_templates"]}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, postgres18: Postgres) -> Iterator[Provisioned]:
    """Provisioned and migrated, with nothing in it."""
    made = Provisioned(tmp_path_factory.mktemp("dashboard"), postgres18, "dashboard", TARGETS)
    try:
        made.provision()
        made.migrate()
        yield made
    finally:
        made.clear()


@pytest.fixture(scope="module")
def first(platform: Provisioned) -> SeedsResult:
    """What the first run of the seeds said. Tests leave the rows as the seeds have them."""
    return platform.seed()


@pytest.fixture
def seeded(platform: Provisioned, first: SeedsResult) -> Provisioned:
    assert first.run.exit_code == 0
    return platform


def everything(platform: Provisioned) -> list[tuple[Any, ...]]:
    """Every seeded row with the transaction that wrote it."""
    return [
        row
        for target, tables in TABLES.items()
        for table in tables
        for row in platform.ask(f"SELECT xmin::text, to_jsonb(t)::text FROM {table} t ORDER BY id", target=target)
    ]


def test_the_first_run_adds_the_rows_and_a_second_changes_nothing(platform: Provisioned, first: SeedsResult) -> None:
    assert told(first) == {seed: (count, 0, 0) for seed, count in SEEDED.items()}
    before = everything(platform)
    assert (len(before), platform.seeds().due) == (14, 0)
    assert told(platform.seed()) == {}
    assert everything(platform) == before


def test_each_target_records_its_seeds(seeded: Provisioned) -> None:
    for target in (RESUMES, AI):
        rows = seeded.ask("SELECT version || '_' || name, added FROM schemactl.schema_seeds ORDER BY 1", target=target)
        assert dict(rows) == {seed: count for (where, seed), count in SEEDED.items() if where == target}
    assert seeded.ask("SELECT to_regclass('schemactl.schema_seeds')", target=USERS) == [(None,)]


def test_three_providers_may_store_files_and_the_local_one_is_the_default(seeded: Provisioned) -> None:
    rows = seeded.ask(
        "SELECT name, provider, bucket, region, base_path, credentials_ref, max_file_size_bytes, is_active, is_default,"
        " priority FROM storage_configs ORDER BY name",
        target=RESUMES,
    )
    assert rows == STORAGES
    types = seeded.ask("SELECT allowed_mime_types FROM storage_configs", target=RESUMES)
    assert [(len(found), set(found)) for (found,) in types] == [(5, TYPES)] * 3
    assert seeded.ask("SELECT name FROM get_storage_config(NULL, 'application/pdf', 1)", target=RESUMES) == [
        ("local-disk",)
    ]


def test_five_models_have_their_prices_and_each_type_its_default(seeded: Provisioned) -> None:
    rows = seeded.ask(
        "SELECT provider, name, model_type, context_window, max_output_tokens, embedding_dimensions, input_cost_per_1k,"
        " output_cost_per_1k, is_default FROM ai_models WHERE version = '' AND is_active ORDER BY provider, name",
        target=AI,
    )
    assert rows == MODELS


def test_six_templates_of_the_system_name_their_variables(seeded: Provisioned) -> None:
    rows = seeded.ask(
        "SELECT name, optimization_type, prompt_template FROM optimization_templates WHERE is_system AND is_active"
        " AND category = optimization_type AND created_by_user_id IS NULL",
        target=AI,
    )
    assert {name: (kind, text) for name, kind, text in rows} == TEMPLATES
    # The names in braces, by the server's own reading, in the order in which they stand.
    wrong = seeded.ask(
        "SELECT name FROM optimization_templates WHERE variables IS DISTINCT FROM (SELECT jsonb_agg(found[1] ORDER BY"
        " number) FROM regexp_matches(prompt_template, '\\{\\{(\\w+)\\}\\}', 'g') WITH ORDINALITY AS m(found, number))",
        target=AI,
    )
    assert wrong == []


def test_what_somebody_changed_is_shown_and_mended_and_the_rest_is_left_alone(seeded: Provisioned) -> None:
    seeded.ask(
        "UPDATE ai_models SET input_cost_per_1k = 1, is_active = false, capabilities = '{\"tools\": true}'"
        " WHERE name = 'gpt-4'",
        target=AI,
    )
    renamed = "UPDATE optimization_templates SET name = 'ats pass', usage_count = 7 WHERE name = 'ATS Pass'"
    seeded.ask(renamed, target=AI)
    seeded.ask("DELETE FROM optimization_templates WHERE name = 'Full Review'", target=AI)
    seeded.ask(
        "INSERT INTO optimization_templates (name, category, optimization_type, prompt_template, created_by_user_id)"
        f" VALUES ('ATS Pass', 'mine', 'ats', 'mine', '{ID}')",
        target=AI,
    )
    seeded.ask("UPDATE storage_configs SET priority = 1 WHERE name = 's3-main'", target=RESUMES)
    assert shown(seeded.seeds()) == {
        (AI, 'provider = openai, name = gpt-4, version = ""'): (
            ("input_cost_per_1k", "1.000000", '{"$numberDecimal": "0.03"}'),
        ),
        (AI, "lower(name) = ats pass"): (("name", "ats pass", "ATS Pass"),),
        (RESUMES, "name = s3-main"): (("priority", "1", "10"),),
    }
    assert told(seeded.seed()) == {
        (RESUMES, "01_storage_configs"): (0, 1, 2),
        (AI, "01_ai_models"): (0, 1, 4),
        (AI, "02_optimization_templates"): (1, 1, 4),
    }
    assert (shown(seeded.seeds()), seeded.seeds().due) == ({}, 0)
    assert seeded.ask("SELECT is_active, capabilities FROM ai_models WHERE name = 'gpt-4'", target=AI) == [
        (False, {"tools": True})
    ]
    rows = seeded.ask("SELECT usage_count, is_system FROM optimization_templates WHERE name = 'ATS Pass'", target=AI)
    assert sorted(rows) == [(0, False), (7, True)]
    seeded.ask("DELETE FROM optimization_templates WHERE NOT is_system", target=AI)
    seeded.ask("UPDATE ai_models SET is_active = true, capabilities = '{}' WHERE name = 'gpt-4'", target=AI)


@pytest.mark.parametrize(
    ("target", "among", "other"),
    [(RESUMES, "storage_configs WHERE true", "s3-main"), (AI, "ai_models WHERE model_type = 'chat'", "claude-3-opus")],
)
def test_a_default_that_was_given_to_another_comes_back(
    seeded: Provisioned, target: str, among: str, other: str
) -> None:
    table, asked = among.partition(" ")[0], f"SELECT name FROM {among} AND is_default"
    before = seeded.ask(asked, target=target)
    # There is one default at each moment of a statement, in whatever order it changes rows.
    seeded.ask(f"UPDATE {table} SET is_default = false WHERE name = %s", before[0][0], target=target)
    seeded.ask(f"UPDATE {table} SET is_default = true, is_active = true WHERE name = %s", other, target=target)
    assert seeded.ask(asked, target=target) == [(other,)]
    assert sum(compared[1] for compared in told(seeded.seed()).values()) == 2
    assert (seeded.ask(asked, target=target), seeded.seeds().due) == (before, 0)


def test_what_was_provisioned_is_still_as_it_is_wanted_after_migrations_and_seeds(seeded: Provisioned) -> None:
    differing = [change for target in seeded.plan().targets for change in target.differing]
    assert differing == []


@pytest.mark.parametrize("target", TARGETS)
def test_all_that_was_made_is_the_owners_who_never_logs_in(target: str, seeded: Provisioned) -> None:
    owner = seeded.role(target, "owner")
    rows = seeded.ask(
        "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = current_database()"
        " UNION SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE relnamespace IN"
        " (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'schemactl'))"
        " UNION SELECT pg_get_userbyid(proowner)::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
        target=target,
    )
    assert rows == [(owner,)]
    assert seeded.ask("SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname = %s", owner) == [(False, False)]


@pytest.mark.parametrize("target", TARGETS)
def test_nobody_connects_but_the_databases_own_roles_and_the_clusters(target: str, seeded: Provisioned) -> None:
    own = {seeded.role(target, name) for name in ("migrator", "app", "read")} | {*CLUSTER_ROLES}
    rows = seeded.ask(
        "SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee)::text END"
        " FROM pg_database, aclexplode(datacl) WHERE datname = current_database() AND privilege_type = 'CONNECT'",
        target=target,
    )
    assert {name for (name,) in rows} - {seeded.role(target, "owner")} == own
    stranger = next(seeded.role(other, "app") for other in TARGETS if other != target)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(seeded.url(target, stranger))


@pytest.mark.parametrize(
    ("target", "query"),
    [
        (USERS, "INSERT INTO users (email, username, password_hash) VALUES ('a@example.org', 'ada', 'x')"),
        (USERS, "SELECT password_hash FROM users"),
        (USERS, "UPDATE users SET last_login_at = now()"),
        (USERS, "DELETE FROM users"),
        (USERS, "SELECT cleanup_expired_auth_data()"),
        (USERS, f"SELECT get_complete_user_profile('{ID}')"),
        (RESUMES, "SELECT credentials_ref FROM storage_configs"),
        (RESUMES, f"INSERT INTO resumes (user_id, title) VALUES ('{ID}', 'x')"),
        (RESUMES, "SELECT get_storage_config()"),
        (AI, "UPDATE ai_models SET is_active = false"),
        (AI, "SELECT * FROM get_model_performance()"),
        (AI, "SELECT * FROM token_usage_daily"),
    ],
)
def test_the_application_can_do_what_it_is_for(seeded: Provisioned, target: str, query: str) -> None:
    assert seeded.state(target, seeded.role(target, "app"), query) == ""


@pytest.mark.parametrize("target", TARGETS)
def test_the_application_cannot_change_the_schema_or_what_the_tool_remembers(target: str, seeded: Provisioned) -> None:
    table = {USERS: "users", RESUMES: "resumes", AI: "ai_models"}[target]
    app = seeded.role(target, "app")
    for query in (
        f"TRUNCATE {table}",
        f"DROP TABLE {table}",
        f"ALTER TABLE {table} ADD COLUMN x int",
        "CREATE TABLE public.mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE EXTENSION hstore",
        "SELECT * FROM schemactl.schema_versions",
        "DELETE FROM schemactl.schema_seeds",
        f'SET ROLE "{seeded.role(target, "owner")}"',
        "CREATE ROLE another",
    ):
        assert seeded.state(target, app, query) == DENIED, query


@pytest.mark.parametrize("target", TARGETS)
def test_the_reader_reads_every_column_but_hashes_and_references_to_credentials(
    target: str, seeded: Provisioned
) -> None:
    rows = seeded.ask(
        "SELECT c.relname::text, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND attnum > 0"
        " AND NOT attisdropped ORDER BY 1, 2",
        target=target,
    )
    refused = set()
    with psycopg.connect(seeded.url(target, seeded.role(target, "read")), autocommit=True) as reader:
        for table, column in rows:
            try:
                reader.execute(f'SELECT "{column}" FROM "{table}"'.encode())
            except psycopg.Error as error:
                assert error.sqlstate == DENIED
                refused.add(f"{table}.{column}")
    assert (
        refused
        == {
            USERS: {
                "users.password_hash",
                "user_sessions.session_token_hash",
                "refresh_tokens.token_hash",
                "password_resets.token_hash",
                "email_verifications.token_hash",
            },
            RESUMES: {"storage_configs.credentials_ref"},
            AI: set(),
        }[target]
    )


@pytest.mark.parametrize(
    ("target", "query"),
    [
        (USERS, "SELECT * FROM users"),
        (USERS, "SELECT 1 FROM users WHERE password_hash = ''"),
        (USERS, "SELECT u FROM users u"),
        (USERS, f"SELECT get_complete_user_profile('{ID}')"),
        (USERS, "UPDATE users SET title = ''"),
        (RESUMES, "SELECT * FROM storage_configs"),
        (RESUMES, "SELECT get_storage_config()"),
        (RESUMES, f"INSERT INTO resumes (user_id, title) VALUES ('{ID}', 'x')"),
        (AI, "DELETE FROM ai_models"),
        (AI, "SELECT * FROM schemactl.schema_seeds"),
    ],
)
def test_the_reader_sees_no_hidden_column_in_any_way_and_writes_nothing(
    seeded: Provisioned, target: str, query: str
) -> None:
    assert seeded.state(target, seeded.role(target, "read"), query) == DENIED


def test_the_role_for_backups_reads_all_and_streams_and_writes_nothing(seeded: Provisioned) -> None:
    backup, _ = CLUSTER_ROLES
    for target, table in ((USERS, "users"), (RESUMES, "storage_configs"), (AI, "schemactl.schema_seeds")):
        assert seeded.state(target, backup, f"SELECT * FROM {table}") == ""
        assert seeded.state(target, backup, f"DELETE FROM {table}") == DENIED
        assert seeded.state(target, backup, "CREATE TABLE public.mine (id int)") == DENIED
    with psycopg.connect(seeded.url(USERS, backup), replication="true", autocommit=True) as stream:
        assert stream.execute("IDENTIFY_SYSTEM").fetchone() is not None
    with pytest.raises(psycopg.OperationalError, match="permission denied to start WAL sender"):
        psycopg.connect(seeded.url(USERS, seeded.role(USERS, "app")), replication="true")


def test_the_role_for_monitoring_sees_what_the_server_does_and_no_row(seeded: Provisioned) -> None:
    _, monitor = CLUSTER_ROLES
    watched = seeded.url(USERS, seeded.role(USERS, "app"))
    with psycopg.connect(watched) as other, psycopg.connect(seeded.url(AI, monitor)) as connection:
        other.execute("SELECT 'watched'")
        (query,) = connection.execute(
            "SELECT query FROM pg_stat_activity WHERE pid = %s", (other.info.backend_pid,)
        ).fetchone() or ("",)
    assert query == "SELECT 'watched'"
    for target, table in ((USERS, "users"), (RESUMES, "resumes"), (AI, "ai_models")):
        assert seeded.state(target, monitor, f"SELECT * FROM {table}") == DENIED
        assert seeded.state(target, monitor, "SELECT pg_database_size(current_database())") == ""
