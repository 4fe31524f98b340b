"""The job platform's seeds and roles: rows by the tests' own SQL, rights by real logins to what the tool has made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from schemactl.model.version import Version
from schemactl.session import Workspace
from schemactl.workflows.rollback import Reach
from schemactl.workflows.seed import SeedsResult
from tests.fixtures.postgres import Database, Postgres
from tests.platforms.jobs import TARGETS, WITH_EVENTS
from tests.platforms.postgres_facts import dumped, left_over
from tests.platforms.provisioned import CLUSTER_ROLES, Provisioned
from tests.platforms.seeded import shown, told

USERS, JOBS, APPLICATIONS, SEARCH, NOTIFICATIONS, ANALYTICS = TARGETS
DENIED = "42501"

CATEGORIES = {
    "engineering": ("Engineering", 10, None),
    "backend": ("Backend", 11, "engineering"),
    "frontend": ("Frontend", 12, "engineering"),
    "devops": ("DevOps and SRE", 13, "engineering"),
    "mobile": ("Mobile", 14, "engineering"),
    "data": ("Data and Analytics", 20, None),
    "design": ("Design", 30, None),
    "product": ("Product Management", 40, None),
    "marketing": ("Marketing", 50, None),
    "sales": ("Sales", 60, None),
    "customer-support": ("Customer Support", 70, None),
    "finance": ("Finance and Accounting", 80, None),
    "human-resources": ("Human Resources", 90, None),
    "operations": ("Operations", 100, None),
    "healthcare": ("Healthcare", 110, None),
    "education": ("Education", 120, None),
}
"""Slug → name, place in the order, parent."""

TEMPLATES = {
    ("user.verify_email", "email"): ("Confirm your address", "Hello {{first_name}}, confirm your address: {{link}}"),
    ("user.password_reset", "email"): ("Reset your password", "Use this link within {{minutes}} minutes: {{link}}"),
    ("application.received", "email"): (
        "We received your application",
        "{{first_name}}, your application for {{job_title}} at {{company}} has arrived.",
    ),
    ("application.status_changed", "email"): (
        "Your application: {{status}}",
        "{{job_title}} at {{company}} is now {{status}}.",
    ),
    ("application.status_changed", "in_app"): (None, "{{job_title}}: {{status}}"),
    ("interview.scheduled", "email"): (
        "Interview on {{date}}",
        "{{kind}} interview for {{job_title}} at {{date}} ({{timezone}}): {{link}}",
    ),
    ("interview.reminder", "push"): (None, "Interview for {{job_title}} in {{hours}} h"),
    ("job.new_applicant", "in_app"): (None, "{{candidate}} applied for {{job_title}}"),
    ("job.expiring", "email"): ("{{job_title}} closes soon", "Your posting closes on {{date}}."),
    ("job.alert", "email"): ("{{count}} new jobs for you", "{{jobs}}"),
}
"""Code and channel → subject, body."""

SEEDED = {(JOBS, "01_job_categories"): 16, (NOTIFICATIONS, "01_notification_templates"): 10}
SEEDED_TABLES = {JOBS: "job_categories", NOTIFICATIONS: "notification_templates"}

A_USER = "INSERT INTO users (email, password_hash, first_name, last_name) VALUES ('a@example.org', 'x', 'a', 'b')"
AN_EVENT = "SELECT emit_domain_event('x', 1, 'x.y', '{}')"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, postgres18: Postgres) -> Iterator[Provisioned]:
    """Provisioned and migrated, with nothing in it."""
    made = Provisioned(tmp_path_factory.mktemp("jobs"), postgres18, "jobs", TARGETS)
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
        for target, table in SEEDED_TABLES.items()
        for row in platform.ask(f"SELECT xmin::text, to_jsonb(t)::text FROM {table} t ORDER BY id", target=target)
    ]


def test_the_first_run_adds_the_rows_and_a_second_changes_nothing(platform: Provisioned, first: SeedsResult) -> None:
    assert told(first) == {seed: (count, 0, 0) for seed, count in SEEDED.items()}
    before = everything(platform)
    assert (len(before), platform.seeds().due) == (26, 0)
    assert told(platform.seed()) == {}
    assert everything(platform) == before


def test_twelve_categories_stand_at_the_top_and_four_below_engineering(seeded: Provisioned) -> None:
    rows = seeded.ask(
        "SELECT c.slug, c.name, c.sort_order, p.slug FROM job_categories c LEFT JOIN job_categories p"
        " ON p.id = c.parent_id WHERE c.is_active",
        target=JOBS,
    )
    assert {slug: (name, order, parent) for slug, name, order, parent in rows} == CATEGORIES


def test_ten_texts_name_their_variables(seeded: Provisioned) -> None:
    rows = seeded.ask(
        "SELECT code, channel, subject, body, variables FROM notification_templates"
        " WHERE locale = 'en' AND version = 1 AND is_active",
        target=NOTIFICATIONS,
    )
    assert {(code, channel): (subject, body) for code, channel, subject, body, _ in rows} == TEMPLATES
    for code, _, subject, body, variables in rows:
        assert variables == list(dict.fromkeys(re.findall(r"\{\{(\w+)\}\}", f"{subject} {body}"))), code


def test_what_somebody_changed_is_mended_and_a_newer_text_is_left_in_use(seeded: Provisioned) -> None:
    seeded.ask("UPDATE job_categories SET sort_order = 1, description = 'x' WHERE slug = 'data'", target=JOBS)
    seeded.ask("UPDATE job_categories SET parent_id = NULL WHERE slug = 'mobile'", target=JOBS)
    newer = """
        UPDATE notification_templates SET is_active = false WHERE code = 'job.alert';
        INSERT INTO notification_templates (code, channel, version, subject, body)
        VALUES ('job.alert', 'email', 2, 'New', 'New')
    """
    seeded.ask(newer, target=NOTIFICATIONS)
    assert {key: [name for name, *_ in fields] for key, fields in shown(seeded.seeds()).items()} == {
        (JOBS, "slug = data"): ["sort_order"],
        (JOBS, "slug = mobile"): ["parent_id"],
    }
    assert told(seeded.seed()) == {(JOBS, "01_job_categories"): (0, 2, 14)}
    assert seeded.ask("SELECT sort_order, description FROM job_categories WHERE slug = 'data'", target=JOBS) == [
        (20, "x")
    ]
    texts = "SELECT version, is_active FROM notification_templates WHERE code = 'job.alert' ORDER BY 1"
    assert seeded.ask(texts, target=NOTIFICATIONS) == [(1, False), (2, True)]
    seeded.ask("UPDATE job_categories SET description = NULL", target=JOBS)
    older = """
        DELETE FROM notification_templates WHERE version = 2;
        UPDATE notification_templates SET is_active = true
    """
    seeded.ask(older, target=NOTIFICATIONS)


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


def test_a_service_does_not_enter_the_database_of_another(seeded: Provisioned) -> None:
    for target, stranger in ((USERS, JOBS), (ANALYTICS, USERS)):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(seeded.url(target, seeded.role(stranger, "app")))


@pytest.mark.parametrize(
    ("target", "query"),
    [
        (USERS, A_USER),
        (USERS, "SELECT password_hash FROM users"),
        (USERS, "SELECT purge_expired_auth('30 days')"),
        (USERS, f"{A_USER}; SELECT erase_user(max(id)) FROM users"),
        (USERS, "SELECT * FROM audit_log"),
        (JOBS, "UPDATE job_categories SET sort_order = 0; DELETE FROM job_skills"),
        (JOBS, "SELECT expire_jobs(); SELECT * FROM open_jobs"),
        (JOBS, "SELECT upsert_user_ref(1, 'a', NULL, 'x', 'x', 1)"),
        (APPLICATIONS, "INSERT INTO applications (job_id, company_id, user_id) VALUES (1, 1, 1)"),
        (SEARCH, "SELECT * FROM search_entities('x'); SELECT rollup_search_analytics('2024-06-01')"),
        (NOTIFICATIONS, "SELECT * FROM claim_due_notifications(1)"),
        (ANALYTICS, "INSERT INTO analytics_events (event_name, source_service) VALUES ('x', 'x')"),
        (ANALYTICS, "SELECT rollup_analytics_day('2024-06-01'); SELECT * FROM platform_daily"),
    ],
)
def test_the_application_can_do_what_it_is_for(seeded: Provisioned, target: str, query: str) -> None:
    assert seeded.state(target, seeded.role(target, "app"), query) == ""


@pytest.mark.parametrize("target", WITH_EVENTS)
def test_the_application_writes_events_and_stamps_them_and_no_more(target: str, seeded: Provisioned) -> None:
    app = seeded.role(target, "app")
    relay = f"""
        {AN_EVENT};
        SELECT id FROM domain_events WHERE published_at IS NULL ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED;
        UPDATE domain_events SET published_at = now() WHERE published_at IS NULL
    """
    assert seeded.state(target, app, relay) == ""
    for query in (
        "UPDATE domain_events SET payload = '{}'",
        "SET LOCAL app.retention = 'on'; DELETE FROM domain_events",
        "TRUNCATE domain_events",
        "DELETE FROM audit_log",
        "UPDATE audit_log SET new_row = NULL",
        "INSERT INTO audit_log (table_name, row_id, action) VALUES ('users', 1, 'D')",
        "ALTER TABLE domain_events DISABLE TRIGGER protect",
    ):
        assert seeded.state(target, app, query) == DENIED, query


@pytest.mark.parametrize("target", TARGETS)
def test_the_application_cannot_change_the_schema_or_what_the_tool_remembers(target: str, seeded: Provisioned) -> None:
    app = seeded.role(target, "app")
    for query in (
        "TRUNCATE inbox_events",
        "DROP TABLE inbox_events",
        "CREATE TABLE public.mine (id int)",
        "SELECT * FROM schemactl.schema_versions",
        "SET LOCAL session_replication_role = replica",
        f'SET ROLE "{seeded.role(target, "owner")}"',
    ):
        assert seeded.state(target, app, query) == DENIED, query


def test_months_are_made_dropped_and_refreshed_by_the_owner_alone(seeded: Provisioned) -> None:
    app, migrator = (seeded.role(ANALYTICS, name) for name in ("app", "migrator"))
    for query in (
        "SELECT ensure_analytics_partition('2024-06-01')",
        "SELECT ensure_analytics_partition('2024-06-01'), drop_analytics_before('2024-07-01')",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY platform_daily",
    ):
        assert (seeded.state(ANALYTICS, app, query), seeded.state(ANALYTICS, migrator, query)) == (DENIED, "")


def test_a_month_that_the_owner_makes_is_the_applications_too(seeded: Provisioned) -> None:
    with psycopg.connect(seeded.url(ANALYTICS, seeded.role(ANALYTICS, "migrator")), autocommit=True) as migrator:
        migrator.execute("SELECT ensure_analytics_partition('2024-06-01')")
    try:
        write = "INSERT INTO analytics_events (event_name, source_service, occurred_at) VALUES ('x', 'x', '2024-06-02')"
        assert seeded.state(ANALYTICS, seeded.role(ANALYTICS, "app"), write) == ""
        read = "SELECT * FROM analytics_events; SELECT * FROM analytics_events_202406"
        assert seeded.state(ANALYTICS, seeded.role(ANALYTICS, "read"), read) == ""
    finally:
        seeded.ask("SELECT drop_analytics_before('2024-07-01')", target=ANALYTICS)


@pytest.mark.parametrize("target", TARGETS)
def test_the_reader_reads_every_column_but_hashes(target: str, seeded: Provisioned) -> None:
    rows = seeded.ask(
        "SELECT c.relname::text, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND attnum > 0"
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
    hidden = {"users.password_hash", "user_verification_tokens.token_hash", "user_sessions.refresh_token_hash"}
    assert refused == (hidden if target == USERS else set())


@pytest.mark.parametrize(
    ("target", "query"),
    [
        (USERS, "SELECT * FROM users"),
        (USERS, "SELECT 1 FROM users WHERE password_hash = ''"),
        (USERS, "SELECT u FROM users u"),
        (USERS, "SELECT erase_user(1)"),
        (JOBS, "UPDATE jobs SET title = ''"),
        (NOTIFICATIONS, "SELECT * FROM claim_due_notifications(1)"),
        (ANALYTICS, "DELETE FROM analytics_events_default"),
        (SEARCH, "SELECT * FROM schemactl.schema_versions"),
    ],
)
def test_the_reader_sees_no_hash_in_any_way_and_writes_nothing(seeded: Provisioned, target: str, query: str) -> None:
    assert seeded.state(target, seeded.role(target, "read"), query) == DENIED


def test_the_roles_of_the_server_read_all_or_watch_all_and_write_nothing(seeded: Provisioned) -> None:
    backup, monitor = CLUSTER_ROLES
    for target in TARGETS:
        assert seeded.state(target, backup, "SELECT * FROM inbox_events") == ""
        assert seeded.state(target, backup, "DELETE FROM inbox_events") == DENIED
        assert seeded.state(target, monitor, "SELECT * FROM inbox_events") == DENIED
        assert seeded.state(target, monitor, "SELECT pg_database_size(current_database())") == ""
    with psycopg.connect(seeded.url(USERS, backup), replication="true", autocommit=True) as stream:
        assert stream.execute("IDENTIFY_SYSTEM").fetchone() is not None


def test_the_migrators_take_all_back_and_bring_it_again(platform: Provisioned) -> None:
    """As the owner, which has no other right. The last test here: it makes anew what the others use."""
    urls = {target: platform.url(target, platform.role(target, "migrator")) for target in TARGETS}
    ours = Workspace.open(platform.root, platform="jobs", urls=urls, environ={})
    admin = urlsplit(platform.server.url)
    places = {
        target: Database(admin._replace(path=f"/{name}").geturl(), name, platform.server)
        for target, name in platform.databases.items()
    }
    before = {target: (ours.catalog(target), dumped(place)) for target, place in places.items()}
    assert ours.rollback(ours.plan_rollback((), Reach(to=Version("0")))).error is None
    # A seed works in temporary tables, whose empty schemas the server keeps.
    found = [name for place in places.values() for name in left_over(place.url) if not name.startswith("schema pg_")]
    assert found == []
    platform.migrate()
    for target, (catalog, text) in before.items():
        assert (ours.catalog(target).difference(catalog), dumped(places[target])) == ((), text)
    assert told(platform.seed()) == {seed: (count, 0, 0) for seed, count in SEEDED.items()}
