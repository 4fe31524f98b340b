"""The catalogue reader: what it takes in, what it leaves out, how it treats the connection and its neighbours."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.pq import TransactionStatus

from schemactl.engines.postgres.catalog import PostgresCatalog
from schemactl.errors import ConnectError, LockedError, StatementError
from schemactl.model.catalog import Catalog
from tests.engines.postgres.scene import Roles, broken, everything, play, read, send, two_roles
from tests.fixtures.postgres import Database, Postgres, drop_database, make_database

LONGEST = "n" * 62 + "x"
NAMES = ['with "quotes"', "dotted.name", "UPPER lower", "grüße ✓", "semi;colon's", LONGEST, "select", " ", "new\nline"]


@pytest.fixture
def roles(postgres: Postgres) -> Iterator[Roles]:
    with two_roles(postgres) as names:
        yield names


def facts(catalog: Catalog, kind: str, *identity: str) -> dict[str, object]:
    """The facts of one object; a failure names what there is of its kind."""
    found = {item.identity: dict(item.facts) for item in catalog.objects if item.kind == kind}
    assert identity in found, sorted(found)
    return found[identity]


def test_an_empty_database_has_the_public_schema_and_plpgsql(fresh_database: Database) -> None:
    assert [str(item) for item in read(fresh_database).objects] == ["extension plpgsql", "schema public"]


def test_our_own_schema_is_left_out_with_all_in_it(fresh_database: Database) -> None:
    before = read(fresh_database)
    send(
        fresh_database,
        "CREATE SCHEMA schemactl; CREATE TABLE schemactl.schema_versions (id serial PRIMARY KEY, a text);"
        "CREATE TYPE schemactl.state AS ENUM ('a'); CREATE VIEW schemactl.v AS SELECT 1;"
        "CREATE FUNCTION schemactl.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE DOMAIN schemactl.d AS int;"
        "ALTER DEFAULT PRIVILEGES IN SCHEMA schemactl GRANT SELECT ON TABLES TO PUBLIC;"
        "COMMENT ON SCHEMA schemactl IS 'x'",
    )
    assert not before.difference(read(fresh_database))
    assert read(fresh_database, ours="other").count("table") == 1


def test_members_of_an_extension_are_left_out(fresh_database: Database) -> None:
    send(fresh_database, "CREATE EXTENSION hstore; CREATE EXTENSION pg_stat_statements")
    assert read(fresh_database).kinds() == {"extension": 3, "schema": 1}


def test_temporary_objects_are_left_out(fresh_database: Database) -> None:
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE t (a int PRIMARY KEY)")
        assert PostgresCatalog(connection).read() == read(fresh_database)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_told_as_it_is(fresh_database: Database, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {quoted}".encode())
        connection.execute(f"CREATE TABLE {quoted}.{quoted} ({quoted} int CONSTRAINT {quoted} CHECK (1 > 0))".encode())
    catalog = read(fresh_database)
    assert facts(catalog, "table", name, name)["columns"] == [name]
    assert facts(catalog, "column", name, name, name) == {"type": "integer"}
    assert facts(catalog, "check", name, name, name) == {"definition": "CHECK ((1 > 0))"}


def test_counts_are_those_of_the_system_tables(roles: Roles, fresh_database: Database) -> None:
    everything(fresh_database, roles)
    with psycopg.connect(fresh_database.url) as connection:
        mine = "relnamespace::regnamespace::text !~ '^(pg_|information_schema|schemactl)'"
        counted: dict[str, int] = dict(
            connection.execute(f"SELECT relkind::text, count(*) FROM pg_class WHERE {mine} GROUP BY 1".encode())
        )
        functions = connection.execute(
            "SELECT count(*) FROM pg_proc p WHERE prokind = 'f' AND pronamespace = 'app'::regnamespace AND NOT EXISTS"
            " (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype IN ('e', 'i'))"
        ).fetchone()
    kinds = read(fresh_database).kinds()
    assert kinds["table"] == counted["r"] + counted["p"]
    assert kinds["index"] == counted["i"] + counted["I"]
    assert kinds["view"] == counted["v"]
    assert kinds["materialized view"] == counted["m"]
    assert functions == (kinds["function"],)
    assert kinds["sequence"] == counted["S"] - 1, "the identity's sequence belongs to its column"


def test_rows_and_sequence_positions_are_no_part_of_a_catalogue(fresh_database: Database) -> None:
    send(fresh_database, "CREATE TABLE t (a serial, b int GENERATED ALWAYS AS IDENTITY, c int)")
    before = read(fresh_database)
    send(fresh_database, "INSERT INTO t (c) SELECT 1 FROM generate_series(1, 500); ANALYZE; VACUUM FULL t")
    assert not before.difference(read(fresh_database))


def test_grants_that_say_what_is_so_anyway_are_no_difference(fresh_database: Database) -> None:
    made = (
        "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TYPE e AS ENUM ()"
    )
    send(fresh_database, made)
    before = read(fresh_database)
    send(
        fresh_database,
        "GRANT ALL ON t TO CURRENT_USER; GRANT EXECUTE ON FUNCTION f TO PUBLIC; GRANT USAGE ON TYPE e TO CURRENT_USER",
    )
    assert not before.difference(read(fresh_database))


def test_a_grant_names_roles_as_they_are_and_who_gave_it(postgres: Postgres) -> None:
    odd = (f'a=b/"c" {secrets.token_hex(4)}', f"Ünï,{{code}} {secrets.token_hex(4)}")
    with two_roles(postgres, names=odd):
        database = make_database(postgres)
        try:
            with psycopg.connect(database.url, autocommit=True) as connection:
                one, two = (sql.Identifier(name) for name in odd)
                connection.execute("CREATE TABLE t (a int)")
                connection.execute(sql.SQL("GRANT SELECT, DELETE ON t TO {} WITH GRANT OPTION").format(one))
                connection.execute(sql.SQL("SET ROLE {}").format(one))
                connection.execute(sql.SQL("GRANT SELECT ON t TO {}").format(two))
            table = facts(read(database), "table", "public", "t")
        finally:
            drop_database(database)
    granted = table["grants"]
    assert isinstance(granted, list)
    assert [grant for grant in granted if grant["to"] != table["owner"]] == [
        {"to": odd[0], "privileges": ["DELETE", "SELECT"], "grantable": ["DELETE", "SELECT"]},
        {"to": odd[1], "privileges": ["SELECT"], "by": odd[0]},
    ]


def test_the_order_in_which_options_and_roles_were_named_is_no_difference(
    roles: Roles, new_database: Callable[[], Database]
) -> None:
    one, other = new_database(), new_database()
    send(one, "CREATE TABLE t (a int); GRANT SELECT ON t TO role_a; GRANT SELECT ON t TO role_b", roles)
    send(one, "ALTER TABLE t SET (fillfactor = 50); ALTER TABLE t SET (autovacuum_enabled = off)")
    send(other, "CREATE TABLE t (a int); GRANT SELECT ON t TO role_b; GRANT SELECT ON t TO role_a", roles)
    send(other, "ALTER TABLE t SET (autovacuum_enabled = off); ALTER TABLE t SET (fillfactor = 50)")
    assert not read(one).difference(read(other))


def test_dropping_a_column_leaves_its_neighbours_alone(fresh_database: Database) -> None:
    send(fresh_database, "CREATE TABLE t (a int, b int, c int)")
    before = read(fresh_database)
    send(fresh_database, "ALTER TABLE t DROP b")
    assert [(item.kind, item.identity[-1]) for item in before.difference(read(fresh_database))] == [
        ("column", "b"),
        ("table", "t"),
    ]


def test_no_setting_of_the_session_changes_a_fact(roles: Roles, fresh_database: Database) -> None:
    everything(fresh_database, roles)
    plain = read(fresh_database)
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        connection.execute(
            "SET search_path = app, public; SET quote_all_identifiers = on; SET extra_float_digits = -5;"
            "SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard'; SET TimeZone = 'Asia/Kathmandu';"
            "SET bytea_output = 'escape'; SET default_transaction_isolation = 'serializable'"
        )
        assert not plain.difference(PostgresCatalog(connection).read())


@pytest.mark.parametrize("autocommit", [False, True])
def test_the_connection_is_left_as_it_was(fresh_database: Database, autocommit: bool) -> None:
    with psycopg.connect(fresh_database.url, autocommit=autocommit) as connection:
        connection.execute("SET search_path = elsewhere")
        connection.execute("SET DateStyle = 'SQL, DMY'")
        connection.commit()
        PostgresCatalog(connection).read()
        PostgresCatalog(connection).broken()
        assert connection.info.transaction_status == TransactionStatus.IDLE
        assert connection.autocommit is autocommit
        assert connection.execute("SHOW search_path").fetchone() == ("elsewhere",)
        assert connection.execute("SHOW DateStyle").fetchone() == ("SQL, DMY",)
        assert connection.execute("SHOW transaction_read_only").fetchone() == ("off",)


def test_an_open_transaction_is_refused_and_left_open(fresh_database: Database) -> None:
    with psycopg.connect(fresh_database.url) as connection:
        connection.execute("CREATE TABLE t (a int)")
        with pytest.raises(StatementError) as refused:
            PostgresCatalog(connection).read()
        assert refused.value.kind == "in_transaction"
        assert connection.info.transaction_status == TransactionStatus.INTRANS


def test_a_role_without_rights_reads_the_same_but_for_secrets(roles: Roles, fresh_database: Database) -> None:
    everything(fresh_database, roles)
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        connection.execute(f"SET SESSION AUTHORIZATION {roles[1]}".encode())
        theirs = PostgresCatalog(connection).read()
    assert {item.kind for item in read(fresh_database).difference(theirs)} <= {"user mapping"}


def test_no_password_is_in_a_catalogue(roles: Roles, fresh_database: Database) -> None:
    everything(fresh_database, roles)
    send(
        fresh_database,
        "CREATE SUBSCRIPTION su CONNECTION 'host=nowhere user=u password=hidden' PUBLICATION p"
        " WITH (connect = false, slot_name = NONE)",
    )
    catalog = read(fresh_database)
    send(fresh_database, "DROP SUBSCRIPTION su")
    assert "hidden" not in catalog.canonical()
    assert facts(catalog, "subscription", "su")["connection"] == ["host=nowhere", "user=u"]
    assert facts(catalog, "user mapping", "elsewhere", roles[0]) == {"foreign_options": ["user=u"]}


def test_a_table_locked_by_someone_else_is_told_and_not_waited_for(fresh_database: Database) -> None:
    send(fresh_database, "CREATE TABLE t (a int DEFAULT 1)")
    with psycopg.connect(fresh_database.url) as holder, psycopg.connect(fresh_database.url, autocommit=True) as reader:
        holder.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        reader.execute("SET lock_timeout = '50ms'")
        try:
            catalog = PostgresCatalog(reader).read()
        except LockedError as error:
            assert error.kind == "table_locked"
        else:
            assert facts(catalog, "column", "public", "t", "a")["default"] == "1"
        assert reader.info.transaction_status == TransactionStatus.IDLE


def test_a_lost_connection_is_a_connect_error(fresh_database: Database) -> None:
    with psycopg.connect(fresh_database.url) as reader, psycopg.connect(fresh_database.url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [reader.info.backend_pid])
        with pytest.raises(ConnectError):
            PostgresCatalog(reader).read()


def test_a_statement_timeout_is_told_in_the_servers_words(fresh_database: Database) -> None:
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        connection.execute("SET statement_timeout = '1ms'")
        with pytest.raises(StatementError) as stopped:
            PostgresCatalog(connection).read()
        assert stopped.value.state == "57014"
        assert "statement timeout" in stopped.value.what
        assert connection.info.transaction_status == TransactionStatus.IDLE


def test_objects_that_come_and_go_are_told_whole_or_not_at_all(fresh_database: Database) -> None:
    done = threading.Event()

    def churn() -> None:
        with psycopg.connect(fresh_database.url, autocommit=True) as connection:
            while not done.wait(0.1):
                connection.execute("CREATE TABLE t (a int PRIMARY KEY, b int); CREATE VIEW v AS SELECT a, b FROM t")
                done.wait(0.1)
                connection.execute("DROP TABLE t CASCADE")

    worker = threading.Thread(target=churn)
    worker.start()
    told = []
    try:
        for _ in range(20):
            try:
                told.append(
                    {
                        (item.kind, item.identity[1]): item.facts
                        for item in read(fresh_database).objects
                        if len(item.identity) > 1
                    }
                )
            except StatementError as error:
                assert error.kind == "changing"
    finally:
        done.set()
        worker.join()
    assert told
    for objects in told:
        assert not objects or (
            {kind for kind, _ in objects} == {"column", "index", "primary key", "table", "view"}
            and objects["primary key", "t"]["definition"] == "PRIMARY KEY (a)"
            and objects["view", "v"]["definition"] == " SELECT a,\n    b\n   FROM public.t;"
        )


def test_a_failed_concurrent_index_is_broken_until_it_is_dropped(fresh_database: Database) -> None:
    send(fresh_database, "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)")
    assert broken(fresh_database) == ()
    with pytest.raises(psycopg.errors.UniqueViolation):
        send(fresh_database, "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)")
    (sentence,) = broken(fresh_database)
    assert sentence.startswith("index public.i on public.t is INVALID")
    assert facts(read(fresh_database), "index", "public", "i")["invalid"] is True
    send(fresh_database, "DROP INDEX CONCURRENTLY i")
    assert broken(fresh_database) == ()


def test_leftovers_of_a_concurrent_reindex_are_broken(fresh_database: Database) -> None:
    send(fresh_database, "CREATE TABLE t (a int); CREATE UNIQUE INDEX i ON t (a)")
    send(fresh_database, "UPDATE pg_index SET indisunique = false WHERE indexrelid = 'i'::regclass")
    send(fresh_database, "INSERT INTO t VALUES (1), (1)")
    send(fresh_database, "UPDATE pg_index SET indisunique = true WHERE indexrelid = 'i'::regclass")
    with pytest.raises(psycopg.errors.UniqueViolation):
        send(fresh_database, "REINDEX INDEX CONCURRENTLY i")
    assert any(
        "public.i_ccnew" in sentence and "leftover of REINDEX" in sentence for sentence in broken(fresh_database)
    )


def test_a_partitioned_index_without_all_its_parts_is_broken(fresh_database: Database) -> None:
    play(
        fresh_database,
        "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
        "CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2); CREATE INDEX i ON ONLY p (a); CREATE INDEX i1 ON p1 (a);"
        "ALTER INDEX i ATTACH PARTITION i1;",
    )
    assert broken(fresh_database) == (
        "partitioned index public.i on public.p is INVALID: no valid part of it on public.p2",
    )
    play(fresh_database, "CREATE INDEX i2 ON p2 (a); ALTER INDEX i ATTACH PARTITION i2;")
    assert broken(fresh_database) == ()


def test_a_partition_that_is_half_detached_is_broken(fresh_database: Database) -> None:
    play(
        fresh_database,
        "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);",
    )
    with psycopg.connect(fresh_database.url) as holder, psycopg.connect(fresh_database.url, autocommit=True) as other:
        holder.execute("SELECT * FROM p")
        other.execute("SET lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY")
    (sentence,) = broken(fresh_database)
    assert sentence.startswith("partition public.p1 of public.p is half detached")
    assert facts(read(fresh_database), "table", "public", "p1")["detach_pending"] is True
    send(fresh_database, "ALTER TABLE p DETACH PARTITION p1 FINALIZE")
    assert broken(fresh_database) == ()


def test_what_was_chosen_is_not_broken(fresh_database: Database) -> None:
    play(
        fresh_database,
        "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID;"
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';"
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE t DISABLE TRIGGER g;",
    )
    assert broken(fresh_database) == ()
