"""JobHub's seeds and roles: rows by the tests' own SQL, rights by real logins to what the tool has made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest

from schemactl.model.catalog import Catalog
from schemactl.model.version import Version
from schemactl.session import Workspace
from schemactl.workflows.rollback import Reach
from schemactl.workflows.seed import SeedsResult
from tests.fixtures.clickhouse_embedded import (
    EmbeddedDatabase,
    EmbeddedServer,
    drop_embedded_database,
    make_embedded_database,
)
from tests.fixtures.postgres import Postgres
from tests.platforms.career import told as place_told
from tests.platforms.jobhub import ERASURE, ON_POSTGRES, PARTITIONED, block
from tests.platforms.jobhub_provisioned import ProvisionedJobhub
from tests.platforms.postgres_facts import left_over
from tests.platforms.provisioned import CLUSTER_ROLES
from tests.platforms.seeded import told

DENIED = "42501"
SEEDED = {("auth_db", "01_roles"): 6, ("auth_db", "02_permissions"): 11, ("auth_db", "03_role_permissions"): 45}

SYSTEM = {
    "job_seeker": True,
    "employer": True,
    "admin": True,
    "moderator": True,
    "premium_job_seeker": False,
    "enterprise_employer": False,
}
PERMISSIONS = {
    "jobs": ["apply", "create", "delete", "read", "update"],
    "users": ["manage", "read", "update"],
    "companies": ["create", "read", "update"],
}
SEEKER = "companies:read jobs:apply jobs:read users:read users:update"
EMPLOYER = (
    "companies:create companies:read companies:update jobs:create jobs:delete jobs:read jobs:update"
    " users:read users:update"
)
MAY = {
    "job_seeker": SEEKER,
    "premium_job_seeker": SEEKER,
    "employer": EMPLOYER,
    "enterprise_employer": EMPLOYER,
    "moderator": "companies:read companies:update jobs:delete jobs:read jobs:update users:read",
    "admin": " ".join(
        sorted(f"{resource}:{action}" for resource, actions in PERMISSIONS.items() for action in actions)
    ),
}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, postgres18: Postgres) -> Iterator[ProvisionedJobhub]:
    """Provisioned and migrated, with nothing in it."""
    made = ProvisionedJobhub(tmp_path_factory.mktemp("jobhub"), postgres18, "jobhub", ON_POSTGRES)
    try:
        made.provision()
        made.migrate()
        yield made
    finally:
        made.clear()


@pytest.fixture(scope="module")
def first(platform: ProvisionedJobhub) -> SeedsResult:
    """What the first run of the seeds said. Tests leave the rows as the seeds have them."""
    return platform.seed()


@pytest.fixture
def seeded(platform: ProvisionedJobhub, first: SeedsResult) -> ProvisionedJobhub:
    assert first.run.exit_code == 0
    return platform


def written(platform: ProvisionedJobhub) -> list[tuple[Any, ...]]:
    """Every seeded row with the transaction that wrote it, and the partitions that are there."""
    rows = [
        row
        for table in ("roles", "permissions", "role_permissions")
        for row in platform.ask(f"SELECT xmin::text, to_jsonb(t)::text FROM {table} t ORDER BY id", target="auth_db")
    ]
    parts = [
        row
        for target, table in PARTITIONED.items()
        for row in platform.ask(
            f"SELECT inhrelid FROM pg_inherits WHERE inhparent = '{table}'::regclass", target=target
        )
    ]
    return rows + sorted(parts)


def test_the_first_run_adds_the_rows_and_a_second_changes_nothing(
    platform: ProvisionedJobhub, first: SeedsResult
) -> None:
    assert told(first) == {key: (count, 0, 0) for key, count in SEEDED.items()}
    assert sum(SEEDED.values()) == 62
    before = written(platform)
    assert platform.seeds().due == 0
    platform.seed()
    assert written(platform) == before


def test_a_second_look_finds_everything_as_it_is_wanted(seeded: ProvisionedJobhub) -> None:
    # Who only reads is given the new partitions, as one of them has hidden columns there, by the next `migrate`.
    seeded.migrate()
    assert [change for target in seeded.plan().targets for change in target.differing] == []


def test_six_roles_have_the_documents_names_and_four_are_the_systems(seeded: ProvisionedJobhub) -> None:
    assert dict(seeded.ask("SELECT name, is_system_role FROM roles", target="auth_db")) == SYSTEM


def test_eleven_permissions_say_resource_and_action_twice(seeded: ProvisionedJobhub) -> None:
    rows = seeded.ask("SELECT name, resource, action, conditions FROM permissions", target="auth_db")
    expected = {f"{one}:{action}": (one, action, None) for one, actions in PERMISSIONS.items() for action in actions}
    assert {name: tuple(rest) for name, *rest in rows} == expected
    assert len(rows) == 11


def test_45_pairs_say_which_role_may_do_what(seeded: ProvisionedJobhub) -> None:
    rows = seeded.ask(
        "SELECT r.name, string_agg(p.name, ' ' ORDER BY p.name COLLATE \"C\") FROM role_permissions x"
        " JOIN roles r ON r.id = x.role_id JOIN permissions p ON p.id = x.permission_id GROUP BY r.name",
        target="auth_db",
    )
    assert dict(rows) == MAY
    assert sum(len(names.split()) for names in MAY.values()) == 45


def test_months_are_there_from_this_one_to_the_third_after_it(seeded: ProvisionedJobhub) -> None:
    for target, table in PARTITIONED.items():
        (found,) = seeded.ask(
            f"SELECT array_agg(inhrelid::regclass::text ORDER BY inhrelid::regclass::text) = ("
            f" SELECT array_agg(name ORDER BY name) FROM (SELECT '{table}_default' UNION ALL"
            f" SELECT '{table}' || to_char(now() AT TIME ZONE 'UTC' + make_interval(months => n), '\"_y\"YYYY\"m\"MM')"
            f" FROM generate_series(0, 3) AS n) AS x(name)), count(*)"
            f" FROM pg_inherits WHERE inhparent = '{table}'::regclass",
            target=target,
        )
        assert found == (True, 5), target


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_everything_of_a_target_is_its_owners_and_no_other_service_gets_in(
    target: str, seeded: ProvisionedJobhub
) -> None:
    owners = seeded.ask(
        "SELECT DISTINCT tableowner::text FROM pg_tables WHERE schemaname IN ('public', 'schemactl')", target=target
    )
    assert owners == [(f"jobhub_{target}_owner",)]
    stranger = next(seeded.role(other, "app") for other in ON_POSTGRES if other != target)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(seeded.url(target, stranger))


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_the_application_adds_events_and_changes_nothing_of_them_but_when_they_were_dealt_with(
    target: str, seeded: ProvisionedJobhub
) -> None:
    app = seeded.role(target, "app")
    for query in (
        "INSERT INTO domain_events (aggregate_id, aggregate_type, event_type, event_data, event_version)"
        " VALUES (gen_random_uuid(), 'job', 'job.published', '{}', 1)",
        "UPDATE domain_events SET processed_at = now()",
        "DELETE FROM outbox_events",
        "UPDATE saga_instances SET status = 'failed'",
    ):
        assert seeded.state(target, app, query) == "", query
    for query in (
        "UPDATE domain_events SET event_data = '{}'",
        "DELETE FROM domain_events",
        "TRUNCATE outbox_events",
        "DROP TABLE saga_instances",
        "CREATE TABLE public.mine (id int)",
        "SELECT touch_updated_at()",
        "SELECT * FROM schemactl.schema_versions",
    ):
        assert seeded.state(target, app, query) == DENIED, query


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_the_relay_claims_from_the_outbox_and_sees_nothing_else(target: str, seeded: ProvisionedJobhub) -> None:
    relay = seeded.role(target, "relay")
    for query in (
        "SELECT * FROM outbox_events FOR UPDATE SKIP LOCKED",
        "UPDATE outbox_events SET processed_at = now()",
    ):
        assert seeded.state(target, relay, query) == "", query
    for query in (
        "DELETE FROM outbox_events",
        "INSERT INTO outbox_events (aggregate_id, event_type, event_data) VALUES (gen_random_uuid(), 'x', '{}')",
        "SELECT * FROM domain_events",
        "SELECT * FROM saga_instances",
    ):
        assert seeded.state(target, relay, query) == DENIED, query


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM audit_logs",
        "UPDATE audit_logs SET action = 'x'",
        "UPDATE audit_logs SET user_id = NULL",
        "DELETE FROM audit_logs_default",
        "TRUNCATE audit_logs",
        "SELECT ensure_month_partition('audit_logs', '2030-01-01')",
    ],
)
def test_the_application_changes_nothing_of_the_audit_log(query: str, seeded: ProvisionedJobhub) -> None:
    assert seeded.state("auth_db", seeded.role("auth_db", "app"), query) == DENIED


def test_an_account_that_the_application_erases_leaves_its_entries_in_the_audit_log(seeded: ProvisionedJobhub) -> None:
    with psycopg.connect(seeded.url("auth_db", seeded.role("auth_db", "app"))) as app:
        (user,) = app.execute(
            "INSERT INTO users (email, first_name, last_name, user_type, status)"
            " VALUES ('a@example.org', 'A', 'B', 'job_seeker', 'pending_verification') RETURNING id"
        ).fetchone() or (None,)
        app.execute("INSERT INTO audit_logs (user_id, action) VALUES (%s, 'login')", [user])
        app.execute("DELETE FROM users WHERE id = %s", [user])
        kept = app.execute("SELECT user_id, action FROM audit_logs").fetchall()
        app.rollback()
    assert kept == [(None, "login")]


@pytest.mark.parametrize(
    ("target", "query"),
    [
        ("auth_db", "SELECT password_hash FROM users"),
        ("auth_db", "SELECT * FROM users"),
        ("auth_db", "SELECT mfa_secret, mfa_backup_codes FROM users"),
        ("auth_db", "SELECT token_hash FROM sessions"),
        ("user_db", "SELECT answers FROM user_assessment_results"),
        ("auth_db", "SELECT old_values FROM audit_logs"),
        ("auth_db", "SELECT new_values FROM audit_logs_default"),
        ("company_db", "SELECT invitation_token FROM company_employees"),
        ("notification_db", "SELECT recipient FROM notification_delivery_log"),
        ("job_db", "DELETE FROM jobs"),
        ("payment_db", "UPDATE payment_transactions SET amount = 0"),
    ],
)
def test_the_reader_sees_no_secret_and_writes_nothing(target: str, query: str, seeded: ProvisionedJobhub) -> None:
    assert seeded.state(target, seeded.role(target, "ro"), query) == DENIED


@pytest.mark.parametrize(
    ("target", "query"),
    [
        ("auth_db", "SELECT id, email, status FROM users"),
        ("auth_db", "SELECT user_id, action, resource, ip_address, severity FROM audit_logs"),
        ("user_db", "SELECT score, status FROM user_assessment_results"),
        ("job_db", "SELECT * FROM job_views"),
        ("message_db", "SELECT * FROM messages"),
        ("notification_db", "SELECT * FROM user_notifications"),
        ("notification_db", "SELECT status, sent_at FROM notification_delivery_log"),
        ("payment_db", "SELECT * FROM domain_events"),
    ],
)
def test_the_reader_reads_everything_else(target: str, query: str, seeded: ProvisionedJobhub) -> None:
    assert seeded.state(target, seeded.role(target, "ro"), query) == ""


def test_backups_read_all_and_monitoring_no_row(seeded: ProvisionedJobhub) -> None:
    backup, monitor = CLUSTER_ROLES
    for target in ON_POSTGRES:
        assert seeded.state(target, backup, "SELECT * FROM outbox_events") == ""
        assert seeded.state(target, backup, "DELETE FROM outbox_events") == DENIED
        assert seeded.state(target, monitor, "SELECT * FROM outbox_events") == DENIED


def test_a_role_of_the_system_cannot_be_deleted_and_another_can(seeded: ProvisionedJobhub) -> None:
    app = seeded.role("auth_db", "app")
    assert seeded.state("auth_db", app, "DELETE FROM roles WHERE name = 'admin'") == "23001"
    assert seeded.state("auth_db", app, "DELETE FROM roles") == "23001"
    assert seeded.state("auth_db", app, "DELETE FROM roles WHERE name = 'premium_job_seeker'") == ""


def test_the_application_renames_a_role_and_does_not_say_which_are_the_systems(seeded: ProvisionedJobhub) -> None:
    app = seeded.role("auth_db", "app")
    assert seeded.state("auth_db", app, "UPDATE roles SET name = 'x', description = 'y' WHERE name = 'admin'") == ""
    assert seeded.state("auth_db", app, "INSERT INTO roles (name) VALUES ('x')") == ""
    assert seeded.state("auth_db", app, "UPDATE roles SET is_system_role = false") == DENIED
    assert seeded.state("auth_db", app, "UPDATE roles SET is_system_role = true") == DENIED


@pytest.mark.parametrize("target", ERASURE)
def test_the_application_may_erase_all_but_events_and_the_owner_those(target: str, seeded: ProvisionedJobhub) -> None:
    app, migrator = (seeded.role(target, name) for name in ("app", "migrator"))
    assert seeded.state(target, app, block(target, ERASURE[target])) == ""
    events = block("any", "UPDATE domain_events")
    assert seeded.state(target, app, events) == DENIED
    assert seeded.state(target, migrator, events) == ""


def test_the_application_forgets_nothing_of_the_audit_log_and_the_owner_may(seeded: ProvisionedJobhub) -> None:
    text = block("auth_db", "UPDATE audit_logs")
    states = [seeded.state("auth_db", seeded.role("auth_db", name), text) for name in ("app", "migrator")]
    assert states == [DENIED, ""]


@pytest.fixture
def analytics(clickhouse26: EmbeddedServer) -> Iterator[EmbeddedDatabase]:
    made = make_embedded_database(clickhouse26)
    yield made
    drop_embedded_database(made)


def test_all_eight_seeded_twice_go_by_their_migrators_and_come_back_the_same(
    seeded: ProvisionedJobhub, analytics: EmbeddedDatabase
) -> None:
    ours = seeded.with_analytics(analytics.url)
    eight = (*ON_POSTGRES, "analytics_db")
    # Seeded once already, so what is left to do is the eighth target's.
    assert come(ours, eight) == {}
    stood = [seen(ours, target, seeded, analytics) for target in eight]
    assert all("GRANT" in line for line in (" ".join(said) for _, said in stood[:7]))
    result = ours.rollback(ours.plan_rollback(eight, Reach(to=Version("0"))))
    assert result.error is None
    # A schema of temporary tables is PostgreSQL's own, and stays with the database.
    left = [name for target in ON_POSTGRES for name in left_over(seeded.database(target).url)]
    assert [name for name in left if not name.startswith(("schema pg_temp", "schema pg_toast_temp"))] == []
    assert place_told(analytics) == []
    assert {key: added for key, (added, _, _) in come(ours, eight).items()} == SEEDED
    assert come(ours, eight) == {}
    for target, (catalog, said) in zip(eight, stood, strict=True):
        found, now = seen(ours, target, seeded, analytics)
        assert found.difference(catalog) == (), target
        assert now == said, target
    assert {one.state for one in ours.status(eight).targets} == {"up to date"}


def come(ours: Workspace, targets: Sequence[str]) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Migrate, seed, and migrate again, which gives the rights on new partitions; what the seeds did. raises errors"""
    for step in ("migrate", "seed", "migrate"):
        if step == "seed":
            seeds = ours.plan_seeds(targets, again=True)
            result = ours.seed(seeds)
            assert result.run.error is None
            found = told(result)
        else:
            assert ours.migrate(ours.plan(targets)).error is None
    return found


def seen(
    ours: Workspace, target: str, platform: ProvisionedJobhub, analytics: EmbeddedDatabase
) -> tuple[Catalog, list[str]]:
    """A target by the tool, and by pg_dump with its grants or by ClickHouse's own statements."""
    on_postgres = target in ON_POSTGRES
    return ours.catalog(target), place_told(platform.database(target)) if on_postgres else place_told(analytics)
