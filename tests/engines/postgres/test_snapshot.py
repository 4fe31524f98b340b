"""A snapshot's statements make the same database again, on every major, and read the same on every major."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from schemactl.engines.postgres.catalog import PostgresCatalog
from schemactl.engines.postgres.snapshot import PostgresSnapshots
from schemactl.errors import UnsupportedError
from schemactl.model.snapshot import Block
from schemactl.script import snapshot_text
from tests.engines.postgres.changes import CHANGES
from tests.engines.postgres.changes.change import Change
from tests.engines.postgres.scene import Roles, everything, play, read, send, two_roles
from tests.engines.postgres.snapshots import assert_made_again, run, taken, without_owners
from tests.fixtures.postgres import Database, Postgres, drop_database, make_database

ORDER = Path(__file__).with_name("order.sql").read_text(encoding="utf-8")


def changes() -> Iterator[object]:
    """What each change makes: all of them on both servers in `make soak`; at every run a few, in turn."""
    for number, change in enumerate(CHANGES):
        majors = [major for major in (15, 18) if major >= change.since]
        for major in majors:
            sampled = number % 30 == 0 and major == majors[number // 30 % len(majors)]
            marks = () if sampled else pytest.mark.soak
            yield pytest.param(major, change, id=f"{major}-{change.name.replace(' ', '-')}", marks=marks)


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Postgres:
    found: Postgres = request.getfixturevalue(f"postgres{request.param}")
    return found


@pytest.fixture(scope="module")
def roles(postgres15: Postgres, postgres18: Postgres) -> Iterator[Roles]:
    with two_roles(postgres15, postgres18) as names:
        yield names


@pytest.fixture
def pair(postgres15: Postgres, postgres18: Postgres) -> Iterator[tuple[Database, Database, Database, Database]]:
    """Two databases on 15, two on 18."""
    made = (make_database(postgres15), make_database(postgres15), make_database(postgres18), make_database(postgres18))
    yield made
    for database in made:
        drop_database(database)


def test_everything_is_made_again_on_15_and_18_from_one_text(
    roles: Roles, pair: tuple[Database, Database, Database, Database]
) -> None:
    old, old_copy, new, new_copy = pair
    # Whose a thing is, is not said: it is a part of the grants alone, and those are of whoever runs them.
    for database in (old, new):
        everything(database, roles)
        send(database, "ALTER TABLE app.parent OWNER TO CURRENT_USER")
        send(database, 'ALTER SCHEMA "Odd.Schema ""é""" OWNER TO CURRENT_USER')
    assert assert_made_again(old, old_copy) == assert_made_again(new, new_copy)


def test_whatever_needs_what_is_made_again_in_an_order_that_holds(
    pair: tuple[Database, Database, Database, Database],
) -> None:
    old, old_copy, new, new_copy = pair
    for database in (old, new):
        play(database, ORDER)
    assert assert_made_again(old, old_copy) == assert_made_again(new, new_copy)


def test_what_was_taken_on_15_is_one_script_that_psql_runs_on_18(
    pair: tuple[Database, Database, Database, Database],
) -> None:
    old, _, _, new_copy = pair
    play(old, ORDER)
    snapshot = taken(old)
    play(new_copy, snapshot_text.written(snapshot))
    assert taken(new_copy) == snapshot


@pytest.mark.parametrize(("server", "change"), list(changes()), indirect=["server"])
def test_what_a_change_makes_is_made_again(server: Postgres, roles: Roles, change: Change) -> None:
    database, copy = make_database(server), make_database(server)
    try:
        send(database, change.setup, roles)
        send(database, change.change, roles)
        run(copy, taken(database).blocks)
        assert without_owners(read(database)).difference(without_owners(read(copy))) == ()
    finally:
        for one in (database, copy):
            send(one, "DROP SUBSCRIPTION IF EXISTS su")
            drop_database(one)


def test_what_stands_beside_a_table_follows_it(fresh_database: Database) -> None:
    send(
        fresh_database,
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);"
        "CREATE INDEX b_a ON b (a); CREATE INDEX a_again ON a (id); CREATE TABLE c (id int);"
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';"
        "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();"
        "ALTER TABLE a ADD COLUMN c int; COMMENT ON TABLE c IS 'the last'",
    )
    assert [str(block) for block in taken(fresh_database).blocks] == [
        "settings session",
        "function public.f()",
        "table public.a",
        "index public.a_again",
        "trigger public.a.t",
        "table public.b",
        "index public.b_a",
        "foreign key public.b.b_a_fkey",
        "table public.c",
    ]
    assert taken(fresh_database).blocks[-1] == Block(
        "table",
        ("public", "c"),
        "CREATE TABLE public.c (\n  id integer\n);\nCOMMENT ON TABLE public.c IS 'the last';",
    )


def test_its_statements_find_nothing_by_a_path_and_read_texts_as_they_were_written(
    new_database: Callable[[], Database],
) -> None:
    database, copy = new_database(), new_database()
    send(database, r"CREATE TABLE t (a text DEFAULT 'a\b' CHECK (upper(a) <> '\'))")
    # What stands before pg_catalog here would take its place.
    for setting in ("search_path = public, pg_catalog", "standard_conforming_strings = off"):
        send(copy, f"ALTER DATABASE {copy.name} SET {setting}")
    send(copy, "CREATE FUNCTION public.upper(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1'")
    snapshot = taken(database)
    assert snapshot.blocks[0].text == "SET search_path = '';\nSET standard_conforming_strings = on;"
    run(copy, snapshot.blocks)
    send(copy, "DROP FUNCTION public.upper(text)")
    assert taken(copy) == snapshot


def test_an_empty_database_has_an_empty_snapshot(fresh_database: Database) -> None:
    assert taken(fresh_database).blocks == ()


def test_what_every_database_has_and_this_one_has_not_is_said(new_database: Callable[[], Database]) -> None:
    database, copy = new_database(), new_database()
    send(database, "DROP SCHEMA public; DROP EXTENSION plpgsql; CREATE SCHEMA other")
    run(copy, taken(database).blocks)
    assert read(copy).kinds() == {"schema": 1}


def test_a_grant_names_no_owner_and_stands_behind_everything_else(postgres18: Postgres, roles: Roles) -> None:
    database, copy = make_database(postgres18), make_database(postgres18)
    try:
        send(
            database,
            "CREATE TABLE t (a int, b int GENERATED ALWAYS AS IDENTITY); ALTER TABLE t OWNER TO role_a;"
            "REVOKE DELETE ON t FROM role_a; GRANT SELECT ON t TO PUBLIC; GRANT UPDATE (a) ON t TO role_b;"
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION f FROM PUBLIC;"
            "GRANT SELECT ON t TO role_b WITH GRANT OPTION; GRANT USAGE ON SEQUENCE t_b_seq TO role_b;"
            "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;"
            "REVOKE USAGE ON SCHEMA public FROM PUBLIC",
            roles,
        )
        blocks = taken(database).blocks
        assert roles[0] not in "".join(block.text for block in blocks)
        kinds = [block.kind for block in blocks]
        assert kinds[kinds.index("grants") :] == ["grants"] * 4
        run(copy, blocks)
        assert [block for block in taken(copy).blocks if block.kind != "grants"] == list(
            blocks[: kinds.index("grants")]
        )
        mine = {block.identity: block.text for block in taken(copy).blocks if block.kind == "grants"}
        assert mine == {block.identity: block.text for block in blocks if block.kind == "grants"}
    finally:
        drop_database(database)
        drop_database(copy)


def test_what_a_login_may_not_see_of_an_object_is_told(postgres18: Postgres, roles: Roles) -> None:
    database = make_database(postgres18)
    other = psycopg.conninfo.make_conninfo(database.url, options=f"-c role={roles[0]}")

    def unread() -> set[str]:
        with psycopg.connect(other) as connection:
            return set(PostgresCatalog(connection).read().unread)

    try:
        send(
            database,
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
            "CREATE USER MAPPING FOR role_b SERVER s OPTIONS (host 'x')",
            roles,
        )
        assert (set(read(database).unread), unread()) == (set(), {"user mapping"})
        send(database, "ALTER SERVER s OWNER TO CURRENT_USER; DROP USER MAPPING FOR role_b SERVER s", roles)
        send(database, "CREATE USER MAPPING FOR role_a SERVER s; GRANT USAGE ON FOREIGN SERVER s TO role_a", roles)
        assert unread() == set()
        connection = "CONNECTION 'host=there' PUBLICATION p WITH (connect = false, slot_name = NONE)"
        send(database, f"CREATE SUBSCRIPTION su {connection}")
        assert (set(read(database).unread), unread()) == (set(), {"subscription"})
        send(database, "GRANT SELECT (subconninfo) ON pg_subscription TO role_a", roles)
        assert unread() == set()
    finally:
        send(database, "DROP SUBSCRIPTION IF EXISTS su; DROP FOREIGN DATA WRAPPER w CASCADE")
        send(database, "REVOKE SELECT (subconninfo) ON pg_subscription FROM role_a", roles)
        drop_database(database)


def test_an_invalid_index_is_no_part_of_a_snapshot_but_refused(fresh_database: Database) -> None:
    send(fresh_database, "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        send(fresh_database, "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)")
    with pytest.raises(UnsupportedError) as refused:
        taken(fresh_database)
    assert (refused.value.kind, refused.value.code) == ("invalid_index", 15)
    assert "REINDEX INDEX CONCURRENTLY public.i" in str(refused.value.do)


ROLLING = """
CREATE TABLE events (id bigint, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_default PARTITION OF events DEFAULT;
CREATE TABLE kept (id bigint) PARTITION BY LIST (id);
CREATE TABLE kept_1 PARTITION OF kept FOR VALUES IN (1);
CREATE TABLE "Moves" (id bigint) PARTITION BY LIST (id);
CREATE PUBLICATION told FOR TABLE ONLY kept_1 (id);
"""
MONTH = """
CREATE TABLE events_2026m01 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01') PARTITION BY LIST (id);
CREATE TABLE events_2026m01_one PARTITION OF events_2026m01 FOR VALUES IN (1);
CREATE SEQUENCE events_one_seq OWNED BY events_2026m01_one.id;
CREATE UNIQUE INDEX events_2026m01_one_at ON events_2026m01_one (at);
CREATE STATISTICS events_one_stats ON id, at FROM events_2026m01_one;
ALTER TABLE events_2026m01_one ADD CONSTRAINT positive CHECK (id > 0);
COMMENT ON TABLE events_2026m01_one IS 'of a month';
GRANT SELECT ON events_2026m01_one TO PUBLIC;
CREATE TABLE moves_1 PARTITION OF "Moves" FOR VALUES IN (1);
ALTER PUBLICATION told ADD TABLE ONLY events_2026m01_one
"""


def test_partitions_that_come_and_go_are_no_part_of_it(fresh_database: Database) -> None:
    ours = PostgresSnapshots(["events", 'public."Moves"'])
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        connection.execute(ROLLING)
        before = ours.blocks(read(fresh_database))
        connection.execute(MONTH)
    assert ours.blocks(read(fresh_database)) == before
    tables = [block.identity[1] for block in before if block.kind == "table"]
    assert tables == ["Moves", "events", "events_default", "kept", "kept_1"]
    assert len(PostgresSnapshots().blocks(read(fresh_database))) > len(before)
    assert PostgresSnapshots(["events", "Moves"]).blocks(read(fresh_database)) == before
    for name, what in {"event": "is not there", "kept_1": "is no partitioned table", "a.b.c": "is not there"}.items():
        with pytest.raises(UnsupportedError, match=f"`{name}` {what}") as refused:
            PostgresSnapshots([name]).blocks(read(fresh_database))
        assert (refused.value.kind, refused.value.code) == ("rolling", 15)


def test_an_event_trigger_stands_behind_everything_that_it_would_fire_at(new_database: Callable[[], Database]) -> None:
    database, copy = new_database(), new_database()
    send(
        database,
        "CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE ROLE never_made NOLOGIN;"
        "CREATE POLICY p ON t TO never_made USING (true); GRANT SELECT ON t TO never_made;"
        "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';"
        "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION no()".replace("never_made", copy.name),
    )
    try:
        snapshot = taken(database)
        assert [block.kind for block in snapshot.blocks][-3:] == ["policy", "grants", "event trigger"]
        run(copy, snapshot.blocks)
        assert taken(copy) == snapshot
    finally:
        for one in (database, copy):
            send(one, f"DROP EVENT TRIGGER IF EXISTS e; DROP POLICY IF EXISTS p ON t; DROP OWNED BY {copy.name}")
        send(copy, f"DROP ROLE {copy.name}")


def test_an_extension_is_that_of_the_server_it_is_made_on(new_database: Callable[[], Database]) -> None:
    older, newer = new_database(), new_database()
    send(older, "CREATE EXTENSION hstore VERSION '1.4'")
    send(newer, "CREATE EXTENSION hstore")
    assert taken(older) == taken(newer)
