"""The alumni platform as administrator, migrators and services meet it: roles, reference data, real logins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from schemactl.errors import SchemactlError
from schemactl.workflows.seed import SeedsResult
from tests.fixtures.postgres import Postgres
from tests.platforms.ijaa import PLATFORM, TARGETS
from tests.platforms.provisioned import CLUSTER_ROLES, Provisioned
from tests.platforms.seeded import shown, told

DENIED = "42501"
USERS, EVENTS = TARGETS
SEEDED = {(USERS, "01_admins"): 1, (USERS, "02_feature_flags"): 17, (EVENTS, "01_event_templates"): 7}
TABLES = {USERS: ["admins", "feature_flags"], EVENTS: ["event_templates"]}

# Name, display name, enabled, the flag above it.
FLAGS = [
    ("events", "Event features", True, None),
    ("events.analytics", "Analytics", True, "events"),
    ("events.calendar_sync", "Calendar sync", False, "events"),
    ("events.comments", "Comments", True, "events"),
    ("events.creation", "Event creation", True, "events"),
    ("events.invitations", "Invitations", True, "events"),
    ("events.media", "Media", True, "events"),
    ("events.participation", "Participation", True, "events"),
    ("events.recurring", "Recurring events", False, "events"),
    ("events.reminders", "Reminders", True, "events"),
    ("events.templates", "Templates", True, "events"),
    ("user", "User features", True, None),
    ("user.announcements", "Announcements", True, "user"),
    ("user.connections", "Connections", True, "user"),
    ("user.registration", "Registration", True, "user"),
    ("user.reports", "Reports", True, "user"),
    ("user.search", "Profile search", True, "user"),
]

# Name, type, minutes, most participants.
TEMPLATES = [
    ("Annual Reunion", "REUNION", 360, 500),
    ("Batch Meetup", "MEETING", 180, 60),
    ("Career Workshop", "WORKSHOP", 240, 40),
    ("Expert Webinar", "WEBINAR", 90, 1000),
    ("Fundraising Dinner", "FUNDRAISER", 240, 200),
    ("Networking Evening", "NETWORKING", 180, 120),
    ("Sports Day", "SPORTS", 480, 300),
]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, postgres18: Postgres) -> Iterator[Provisioned]:
    """Provisioned and migrated, with nothing in it."""
    root, environ = tmp_path_factory.mktemp("ijaa"), {"IJAA_ADMIN_EMAIL": "root@example.org"}
    made = Provisioned(root, postgres18, PLATFORM, TARGETS, environ=environ)
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
    """Every seeded row with the transaction that wrote it, and the audit trail."""
    return [
        row
        for target, tables in TABLES.items()
        for table in (*tables, "audit_log")
        for row in platform.ask(f"SELECT xmin::text, to_jsonb(t)::text FROM {table} t ORDER BY id", target=target)
    ]


def test_the_first_run_adds_the_rows_and_a_second_changes_nothing(platform: Provisioned, first: SeedsResult) -> None:
    assert told(first) == {seed: (count, 0, 0) for seed, count in SEEDED.items()}
    before = everything(platform)
    # Each of the 25 rows has its image in the audit trail.
    assert (len(before), platform.seeds().due) == (50, 0)
    assert told(platform.seed()) == {}
    assert everything(platform) == before


def test_the_first_administrator_cannot_log_in_before_a_reset(seeded: Provisioned) -> None:
    rows = seeded.ask("SELECT name, email, password_hash, role, is_active FROM admins", target=USERS)
    assert rows == [("Platform Administrator", "root@example.org", "!", "SUPER_ADMIN", True)]


def test_the_hash_that_the_administrator_has_set_stays_and_the_rest_of_the_row_is_mended(seeded: Provisioned) -> None:
    seeded.ask("UPDATE admins SET password_hash = 'own' WHERE email = 'root@example.org'", target=USERS)
    assert (shown(seeded.seeds()), seeded.seeds().due, told(seeded.seed())) == ({}, 0, {})
    seeded.ask("UPDATE admins SET role = 'ADMIN' WHERE email = 'root@example.org'", target=USERS)
    assert shown(seeded.seeds()) == {(USERS, "lower(email) = ***"): (("role", "ADMIN", "SUPER_ADMIN"),)}
    assert told(seeded.seed())[USERS, "01_admins"] == (0, 1, 0)
    assert seeded.ask("SELECT password_hash, role FROM admins", target=USERS) == [("own", "SUPER_ADMIN")]
    seeded.ask("UPDATE admins SET password_hash = '!'", target=USERS)


def test_the_administrators_address_in_other_case_is_the_same_administrator(seeded: Provisioned) -> None:
    seeded.ask("UPDATE admins SET email = 'Root@Example.org', password_hash = 'own'", target=USERS)
    assert told(seeded.seed())[USERS, "01_admins"] == (0, 1, 0)
    assert seeded.ask("SELECT email, password_hash FROM admins", target=USERS) == [("root@example.org", "own")]
    seeded.ask("UPDATE admins SET password_hash = '!'", target=USERS)


def test_seventeen_flags_stand_below_two(seeded: Provisioned) -> None:
    rows = seeded.ask(
        "SELECT f.name, f.display_name, f.is_enabled, p.name FROM feature_flags f LEFT JOIN feature_flags p"
        ' ON p.id = f.parent_id ORDER BY f.name COLLATE "C"',
        target=USERS,
    )
    assert rows == FLAGS


def test_seven_templates_are_the_systems(seeded: Provisioned) -> None:
    rows = seeded.ask(
        "SELECT name, event_type, default_duration_minutes, default_max_participants FROM event_templates"
        " WHERE created_by_username IS NULL AND is_public ORDER BY name",
        target=EVENTS,
    )
    assert rows == TEMPLATES


def test_a_flag_that_was_switched_stays_so_what_else_differs_is_mended_and_users_templates_stay(
    seeded: Provisioned,
) -> None:
    seeded.ask("UPDATE feature_flags SET is_enabled = false, rollout_percentage = 5 WHERE name = 'user'", target=USERS)
    seeded.ask("UPDATE feature_flags SET display_name = 'x' WHERE name = 'events.media'", target=USERS)
    seeded.ask(
        "UPDATE event_templates SET name = 'sports day', usage_count = 3 WHERE name = 'Sports Day'", target=EVENTS
    )
    seeded.ask("INSERT INTO event_templates (name, created_by_username) VALUES ('Sports Day', 'ada')", target=EVENTS)
    assert shown(seeded.seeds()) == {
        (USERS, "name = events.media"): (("display_name", "x", "Media"),),
        (EVENTS, "lower(name) = sports day"): (("name", "sports day", "Sports Day"),),
    }
    seeded.seed()
    assert (shown(seeded.seeds()), seeded.seeds().due) == ({}, 0)
    switched = "SELECT is_enabled, rollout_percentage FROM feature_flags WHERE name = 'user'"
    assert seeded.ask(switched, target=USERS) == [(False, 5)]
    rows = seeded.ask("SELECT usage_count FROM event_templates WHERE name = 'Sports Day' ORDER BY 1", target=EVENTS)
    assert rows == [(0,), (3,)]
    seeded.ask("DELETE FROM event_templates WHERE created_by_username = 'ada'", target=EVENTS)
    seeded.ask("UPDATE feature_flags SET is_enabled = true, rollout_percentage = 100 WHERE name = 'user'", target=USERS)


def test_without_the_administrators_address_nothing_is_compared_and_the_variable_is_named(
    seeded: Provisioned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(seeded.environ, "IJAA_ADMIN_EMAIL")
    with pytest.raises(SchemactlError) as stopped:
        seeded.seeds()
    assert stopped.value.kind == "variable"
    assert "IJAA_ADMIN_EMAIL" in str(stopped.value)


def test_what_was_provisioned_is_still_as_it_is_wanted(seeded: Provisioned) -> None:
    assert [change for target in seeded.plan().targets for change in target.differing] == []


def test_the_checks_of_both_hold_as_the_migrators_ask_them(seeded: Provisioned) -> None:
    assert {one.target: (one.holds, len(one.checks)) for one in seeded.checked()} == {
        "ijaa/ijaa_users": (True, 2),
        "ijaa/ijaa_events": (True, 2),
    }


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
    stranger = next(seeded.role(other, "app") for other in TARGETS if other != target)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(seeded.url(target, stranger))


@pytest.mark.parametrize(
    ("target", "query"),
    [
        (USERS, "INSERT INTO users (username, email, password_hash) VALUES ('ada', 'a@example.org', 'x')"),
        (USERS, "SELECT password_hash FROM users"),
        (USERS, "DELETE FROM users"),
        (USERS, "SELECT rename_user('ada', 'ida')"),
        (USERS, "SELECT erase_user('ada')"),
        (USERS, "SELECT * FROM public_profiles"),
        (USERS, "SELECT * FROM audit_log"),
        (USERS, "INSERT INTO outbox_events (topic, key, payload) VALUES ('t', 'k', '{}')"),
        (USERS, "UPDATE outbox_events SET published_at = now(), attempts = attempts + 1, last_error = NULL"),
        (USERS, "DELETE FROM inbox_events"),
        (EVENTS, "SELECT access_token_enc FROM calendar_integrations"),
        (EVENTS, "SELECT apply_user_rename('ada', 'ida')"),
        (EVENTS, "SELECT apply_user_erased('ada')"),
        (EVENTS, "SELECT * FROM claim_due_reminders(1)"),
        (EVENTS, "SELECT rollup_event_analytics(current_date)"),
        (EVENTS, "SELECT upsert_user_cache('ada', 'Ada', NULL, 'ACTIVE', 1)"),
        (EVENTS, "UPDATE event_templates SET usage_count = usage_count + 1"),
        (EVENTS, "SELECT * FROM upcoming_events, event_attendance"),
    ],
)
def test_the_application_can_do_what_it_is_for(seeded: Provisioned, target: str, query: str) -> None:
    assert seeded.state(target, seeded.role(target, "app"), query) == ""


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM audit_log",
        "UPDATE audit_log SET actor = 'nobody'",
        "INSERT INTO audit_log (table_name, row_id, action) VALUES ('users', 1, 'I')",
        "TRUNCATE audit_log",
        "DELETE FROM outbox_events",
        "UPDATE outbox_events SET payload = '{}'",
        "CREATE TABLE public.mine (id int)",
        "SELECT * FROM schemactl.schema_versions",
    ],
)
def test_the_application_cannot_rewrite_what_was_done_and_said(seeded: Provisioned, target: str, query: str) -> None:
    assert seeded.state(target, seeded.role(target, "app"), query) == DENIED


def test_what_the_application_changes_is_in_the_audit_trail_that_it_cannot_write(seeded: Provisioned) -> None:
    with psycopg.connect(seeded.url(USERS, seeded.role(USERS, "app"))) as connection:
        connection.execute("SET LOCAL app.actor = 'ada'")
        connection.execute("INSERT INTO users (username, email, password_hash) VALUES ('ada', 'a@example.org', 'x')")
        rows = connection.execute("SELECT action, actor FROM audit_log WHERE table_name = 'users'").fetchall()
        connection.rollback()
    assert rows == [("I", "ada")]


@pytest.mark.parametrize("target", TARGETS)
def test_the_reader_reads_every_column_but_hashes_and_tokens(target: str, seeded: Provisioned) -> None:
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
    hidden = {
        USERS: {"users.password_hash", "admins.password_hash"},
        EVENTS: {"calendar_integrations.access_token_enc", "calendar_integrations.refresh_token_enc"},
    }
    assert refused == hidden[target]


@pytest.mark.parametrize(
    ("target", "query"),
    [
        (USERS, "SELECT * FROM users"),
        (USERS, "SELECT 1 FROM admins WHERE password_hash = '!'"),
        (USERS, "SELECT erase_user('ada')"),
        (USERS, "UPDATE users SET status = 'ACTIVE'"),
        (EVENTS, "SELECT c FROM calendar_integrations c"),
        (EVENTS, "SELECT apply_user_erased('ada')"),
        (EVENTS, "DELETE FROM events"),
    ],
)
def test_the_reader_sees_no_hidden_column_in_any_way_and_writes_nothing(
    seeded: Provisioned, target: str, query: str
) -> None:
    assert seeded.state(target, seeded.role(target, "read"), query) == DENIED


def test_backups_are_read_by_a_role_that_streams_and_monitoring_reads_no_row(seeded: Provisioned) -> None:
    backup, monitor = CLUSTER_ROLES
    rows = seeded.ask("SELECT rolname::text, rolreplication FROM pg_roles WHERE rolname = ANY(%s)", [*CLUSTER_ROLES])
    assert dict(rows) == {backup: True, monitor: False}
    for target, table in ((USERS, "users"), (EVENTS, "events")):
        assert seeded.state(target, backup, f"SELECT * FROM {table}") == ""
        assert seeded.state(target, backup, f"DELETE FROM {table}") == DENIED
        assert seeded.state(target, monitor, f"SELECT * FROM {table}") == DENIED
        assert seeded.state(target, monitor, "SELECT pg_database_size(current_database())") == ""
