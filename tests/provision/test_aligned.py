"""Rights follow whatever changes objects: what is rolled back, what a run that died had applied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemactl.cli import plan_text
from schemactl.cli.style import Style
from schemactl.events import Event, StepFinished, Warned
from tests.fixtures.postgres import Postgres
from tests.provision.scene import Scene, differing

DENIED = "42501"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Scene]:
    """A target, provisioned and migrated. A test applies migrations and takes them back."""
    scene = Scene(tmp_path_factory.mktemp("town"), postgres)
    try:
        yield scene.migrated()
    finally:
        scene.clear()


@pytest.fixture
def migrating(town: Scene) -> Iterator[Scene]:
    """What a test migrates is rolled back, and its file goes."""
    yield town
    later = sorted((town.root / "migrations/jobs" / town.target).glob("0002*"))
    if len(town.ask("SELECT FROM schemactl.schema_versions", database=town.target)) > 1:
        town.rollback()
    for file in later:
        file.unlink()


def test_a_rollback_takes_what_a_renamed_table_was_given(migrating: Scene) -> None:
    migrating.migration(
        "0002_rename.sql",
        "ALTER TABLE audit_log RENAME TO audit_old;",
        "ALTER TABLE audit_old RENAME TO audit_log;",
    )
    migrating.migrate()
    assert migrating.state("app", "UPDATE audit_old SET what = what") == ""
    migrating.rollback()
    assert migrating.state("app", "UPDATE audit_log SET what = what") == DENIED
    assert differing(migrating.plan()) == []


def test_a_rollback_opens_the_table_that_it_makes_again(migrating: Scene) -> None:
    migrating.migration("0002_drop.sql", "DROP TABLE outbox_events;", "CREATE TABLE outbox_events (published_at int);")
    migrating.migrate()
    migrating.rollback()
    assert migrating.state("app", "UPDATE outbox_events SET published_at = 1") == ""
    assert differing(migrating.plan()) == []


def test_migrate_gives_what_a_run_that_was_killed_before_its_grants_left_out(town: Scene) -> None:
    town.ask(f"REVOKE SELECT ON plain FROM {town.role('app')}", database=town.target)
    made = town.as_migrator().plan([town.target])
    assert (made.pending, made.idle) == (0, False)
    assert [line.strip() for line in plan_text.lines(made, Style(False))][1:] == [f"change  rights  {town.role('app')}"]
    assert town.state("app", "SELECT * FROM plain") == DENIED
    town.migrate()
    assert town.state("app", "SELECT * FROM plain") == ""
    assert town.as_migrator().plan([town.target]).idle


def test_recover_gives_it_too(town: Scene) -> None:
    town.ask(f"REVOKE SELECT ON plain FROM {town.role('app')}", database=town.target)
    assert town.as_migrator().recover([town.target]).error is None
    assert town.state("app", "SELECT * FROM plain") == ""


def test_a_run_that_was_stopped_gives_the_rights_of_what_it_applied(migrating: Scene) -> None:
    migrating.migration("0002_more.sql", "CREATE TABLE outbox_more (id int);", "DROP TABLE outbox_more;")
    migrating.migration("0003_after.sql", "VACUUM plain;")
    workspace = migrating.as_migrator()

    def stopping(event: Event) -> None:
        if isinstance(event, StepFinished):
            workspace.stop.ask()

    try:
        result = workspace.migrate(workspace.plan([migrating.target]), emit=stopping)
        assert (result.interrupted, result.targets[0].versions) == (True, ("0002",))
        assert migrating.state("app", "DELETE FROM outbox_more") == ""
    finally:
        (migrating.root / f"migrations/jobs/{migrating.target}/0003_after.sql").unlink()


def test_a_view_that_shows_a_whole_row_with_a_hidden_column_is_closed(migrating: Scene) -> None:
    migrating.migration(
        "0002_views.sql",
        "CREATE VIEW rows_1 AS SELECT to_jsonb(u) AS j FROM users u;"
        "CREATE VIEW rows_2 AS SELECT u FROM users u;"
        "CREATE VIEW rows_3 AS SELECT u.email, to_jsonb(u) AS j FROM users u;"
        "CREATE VIEW rows_4 AS SELECT b FROM exposing b;"
        "CREATE VIEW rows_5 AS SELECT to_jsonb(s) AS j FROM (SELECT x FROM users x) s;"
        "CREATE MATERIALIZED VIEW rows_6 AS SELECT count(u) FROM users u;"
        "CREATE VIEW rows_7 AS SELECT to_jsonb(p) AS j FROM plain p;"
        "CREATE VIEW rows_8 AS SELECT count(*) AS n FROM users;",
        "DROP MATERIALIZED VIEW rows_6; DROP VIEW rows_1, rows_2, rows_3, rows_4, rows_5, rows_7, rows_8;",
    )
    migrating.migrate()
    states = [migrating.state("read", f"SELECT * FROM rows_{number}") for number in range(1, 9)]
    assert states == [DENIED] * 6 + ["", ""]


def test_what_is_hidden_stays_hidden_when_its_table_is_renamed(migrating: Scene) -> None:
    migrating.migration(
        "0002_rename.sql", "ALTER TABLE users RENAME TO accounts;", "ALTER TABLE accounts RENAME TO users;"
    )
    migrating.events.clear()
    migrating.migrate()
    queries = ("SELECT password_hash FROM accounts", "SELECT * FROM exposing", "SELECT email FROM accounts")
    assert [migrating.state("read", query) for query in queries] == [DENIED, DENIED, ""]
    told = [event.what for event in migrating.events if isinstance(event, Warned)]
    assert told == [
        f"{migrating.role('read')}: users.password_hash is hidden and not there: a column password_hash is hidden in"
        " every table"
    ]


def test_what_everybody_was_given_is_taken_and_nobody_reads_by_it_what_is_hidden(town: Scene) -> None:
    town.ask(
        "GRANT SELECT ON users TO PUBLIC; GRANT UPDATE (email) ON users TO PUBLIC;"
        " GRANT ALL ON SEQUENCE users_id_seq TO PUBLIC;"
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {town.role('owner')} IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;"
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {town.role('owner')} GRANT USAGE ON SEQUENCES TO PUBLIC",
        database=town.target,
    )
    queries = ("SELECT password_hash FROM users", "UPDATE users SET email = email", "SELECT nextval('users_id_seq')")
    assert [town.state("read", query) for query in queries] == [""] * 3
    assert differing(town.plan()) == [
        "default rights PUBLIC: USAGE on new sequences; SELECT on new tables",
        "rights PUBLIC: may use what is not given to it",
    ]
    town.migrate()
    assert [town.state("read", query) for query in queries] == [DENIED] * 3
    assert differing(town.plan()) == []


def test_a_migrator_without_the_setting_works_as_the_owner_all_the_same(migrating: Scene) -> None:
    migrator, owner = migrating.role("migrator"), migrating.role("owner")
    migrating.ask(f"ALTER ROLE {migrator} IN DATABASE {migrating.target} RESET role")
    migrating.migration(
        "0002_made.sql",
        "CREATE TABLE made_1 (id int);\nCREATE INDEX CONCURRENTLY made_x ON plain (id);\n"
        f"CREATE VIEW made_2 AS SELECT 1 AS one; SET ROLE {migrator};",
        "DROP VIEW made_2; DROP TABLE made_1; DROP INDEX made_x;",
    )
    try:
        migrating.migrate()
        owners = migrating.ask(
            "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relname ~ '^made_'", database=migrating.target
        )
        assert owners == [(owner,)]
        assert migrating.state("app", "DELETE FROM made_1") == ""
        migrating.rollback()
    finally:
        migrating.provisioned()


def test_rights_that_a_role_may_pass_on_are_taken_with_what_it_passed_on(town: Scene) -> None:
    app, read = town.role("app"), town.role("read")
    town.ask(
        f"GRANT SELECT, DELETE ON users TO {app} WITH GRANT OPTION; GRANT INSERT (email) ON users TO {read} WITH GRANT"
        f" OPTION; GRANT USAGE ON SCHEMA public TO {app} WITH GRANT OPTION; GRANT EXECUTE ON FUNCTION one() TO {app}"
        f" WITH GRANT OPTION; GRANT USAGE ON SEQUENCE users_id_seq TO {app} WITH GRANT OPTION;"
        f"GRANT CONNECT ON DATABASE {town.target} TO {app} WITH GRANT OPTION;"
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {town.role('owner')} IN SCHEMA public GRANT SELECT ON TABLES TO {app} WITH"
        f" GRANT OPTION; SET ROLE {app}; GRANT SELECT, DELETE ON users TO PUBLIC; GRANT EXECUTE ON FUNCTION one() TO"
        f" PUBLIC; GRANT CONNECT ON DATABASE {town.target} TO PUBLIC; SET ROLE {read}; GRANT INSERT (email) ON users TO"
        " PUBLIC",
        database=town.target,
    )
    queries = (
        "SELECT password_hash FROM users",
        "DELETE FROM users",
        "INSERT INTO users (email) VALUES ('')",
        "SELECT one()",
    )
    assert town.state("read", queries[0]) == ""
    town.provisioned()
    assert differing(town.plan()) == []
    assert [town.state("read", query) for query in queries] == [DENIED] * 4
    assert [town.state("app", query) for query in ("SELECT FROM users", "SELECT one()")] == ["", ""]
    lists = {
        "pg_class": "relacl",
        "pg_attribute": "attacl",
        "pg_proc": "proacl",
        "pg_namespace": "nspacl",
        "pg_database": "datacl",
        "pg_default_acl": "defaclacl",
    }
    for table, acl in lists.items():
        (row,) = town.ask(
            f"SELECT count(*) FROM {table} WHERE {acl}::text LIKE '%{town.target}_%*%'", database=town.target
        )
        assert row == (0,), table


def test_what_a_role_of_nobodys_passed_on_is_told_and_does_not_fail(town: Scene) -> None:
    stranger = f"{town.target}_giver"
    town.ask(
        f"CREATE ROLE {stranger}; GRANT SELECT ON users TO {stranger} WITH GRANT OPTION; SET ROLE {stranger};"
        "GRANT SELECT ON users TO PUBLIC",
        database=town.target,
    )
    try:
        town.provisioned()
        notes = [change.now for target in town.plan().targets for change in target.changes if change.do]
        assert notes == [f"{stranger} passed SELECT on public.users on to it, and alone can take that back"]
    finally:
        town.ask(f"DROP OWNED BY {stranger}; DROP ROLE {stranger}", database=town.target)


def test_in_a_database_that_is_not_the_owners_a_member_stays_itself_and_is_warned(town: Scene) -> None:
    migrator = town.role("migrator")
    town.ask(f"CREATE DATABASE {town.other} TEMPLATE template0 OWNER {migrator}")
    try:
        workspace = town.workspace({town.target: town.url(migrator, database=town.other)})
        heard: list[Event] = []
        assert workspace.migrate(workspace.plan([town.target]), emit=heard.append).error is None
        told = [event.what for event in heard if isinstance(event, Warned)]
        assert len(told) == 1 and "may create nothing in the database" in told[0]
        rows = town.ask(
            "SELECT DISTINCT tableowner::text FROM pg_tables WHERE schemaname = 'public'", database=town.other
        )
        assert rows == [(migrator,)]
    finally:
        town.ask(f"DROP DATABASE {town.other} WITH (FORCE)")
