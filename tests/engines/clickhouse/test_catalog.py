"""The catalogue: it notices each property of each kind of object, as SHOW CREATE and DESCRIBE do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from schemactl.contract.opening import Opening, Stop
from schemactl.engines.clickhouse.catalog import ClickHouseCatalog
from schemactl.engines.clickhouse.connection import Session
from schemactl.model.catalog import Catalog
from tests.engines.clickhouse.catalog_changes import CHANGES, MV, A, Change
from tests.fixtures.clickhouse import ClickHouseDatabase, drop_clickhouse_database, make_clickhouse_database
from tests.fixtures.clickhouse_embedded import EmbeddedDatabase, drop_embedded_database, make_embedded_database

Database = ClickHouseDatabase | EmbeddedDatabase
VERSIONS = (18, 26)
ROWS = [
    pytest.param(version, change, id=f"{version}-{change.name.replace(' ', '-')}")
    for version in VERSIONS
    for change in CHANGES
    if version >= change.since
]


@pytest.fixture
def databases(request: pytest.FixtureRequest) -> Iterator[list[Database]]:
    """Two new, empty databases of one server."""
    version: int = request.param
    made: list[Database] = []
    if version == 18:
        made += [make_clickhouse_database(request.getfixturevalue("clickhouse18")) for _ in range(2)]
    else:
        made += [make_embedded_database(request.getfixturevalue("clickhouse26")) for _ in range(2)]
    yield made
    for one in made:
        if isinstance(one, EmbeddedDatabase):
            drop_embedded_database(one)
        else:
            drop_clickhouse_database(one)


@pytest.fixture
def database(databases: list[Database]) -> Database:
    return databases[0]


def read(database: Database) -> Catalog:
    session = Session(Opening(url=database.url, shown="a test's database", target="t/t", stop=Stop()))
    try:
        return ClickHouseCatalog(session).read()
    finally:
        session.close()


def broken(database: Database) -> tuple[str, ...]:
    session = Session(Opening(url=database.url, shown="a test's database", target="t/t", stop=Stop()))
    try:
        return ClickHouseCatalog(session).broken()
    finally:
        session.close()


def shown(database: Database) -> dict[str, Any]:
    """The oracle: what the server itself says of each table, by other statements than the catalogue's."""
    found: dict[str, Any] = {}
    for (name,) in database.ask("SHOW TABLES"):
        told = database.ask(f"SHOW CREATE TABLE `{name}`")[0][0].replace(database.name, "")
        # Which UUID a view has is chance; its rows' table is named by it.
        is_inner = name.startswith(".inner_id.")
        if is_inner:
            told = told.replace(name, "")
        described = database.ask(f"DESCRIBE TABLE `{name}`") if "TO " not in told else []
        found[".inner" if is_inner else name] = (told, described)
    return found


def send(database: Database, *statements: str) -> None:
    for statement in statements:
        if "{inner}" in statement:
            inner = database.ask(
                "SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE '.inner%'"
            )
            statement = statement.replace("{inner}", inner[0][0])
        database.ask(statement.replace("{database}", database.name))


@pytest.mark.parametrize(("databases", "change"), ROWS, indirect=["databases"])
def test_a_change_is_noticed_and_its_undoing_is_equal_again(database: Database, change: Change) -> None:
    try:
        send(database, *change.setup)
        before, shown_before = read(database), shown(database)
        send(database, *change.change)
        after, shown_after = read(database), shown(database)
        send(database, *change.undo)
        undone, shown_undone = read(database), shown(database)
        assert before.difference(after), "the catalogue does not notice"
        assert (shown_before == shown_after) == change.blind, "what the server shows"
        assert shown_undone == shown_before, "the way back is not one"
        assert undone.difference(before) == ()
    finally:
        if change.since >= 26:
            send(database, "DROP FUNCTION IF EXISTS {database}_f")


@pytest.mark.parametrize("databases", VERSIONS, indirect=True)
def test_two_databases_that_hold_the_same_are_equal(databases: list[Database]) -> None:
    left, right = databases
    for one in databases:
        send(one, A, MV, f"CREATE VIEW v AS SELECT n, '{left.name}.a' AS text FROM a WHERE word != '{left.name}. a'")
    assert read(left).difference(read(right)) == ()
    assert left.name in str(read(right).canonical()), "text in quotes is not the database's name"


@pytest.mark.parametrize("databases", VERSIONS, indirect=True)
def test_names_that_need_quotes_are_read_as_they_are(database: Database) -> None:
    send(database, "CREATE TABLE `a.b c` (`d e` UInt8, `f``'\"g` String) ENGINE = Log".replace("``", "\\`"))
    identities = {item.identity for item in read(database).objects if item.kind in ("table", "column")}
    assert identities == {("a.b c",), ("a.b c", "d e"), ("a.b c", "f`'\"g")}


@pytest.mark.parametrize("databases", VERSIONS, indirect=True)
def test_a_comment_that_was_emptied_is_none(database: Database) -> None:
    send(database, A)
    before = read(database)
    send(database, "ALTER TABLE a COMMENT COLUMN word 'said'", "ALTER TABLE a COMMENT COLUMN word ''")
    assert read(database).difference(before) == ()


@pytest.mark.parametrize("databases", VERSIONS, indirect=True)
def test_rows_and_merges_are_no_part_of_it(database: Database) -> None:
    send(database, A, MV)
    before = read(database)
    send(database, "INSERT INTO a SELECT number, 'x' FROM numbers(10)", "OPTIMIZE TABLE a FINAL")
    assert read(database) == before


@pytest.mark.parametrize("databases", VERSIONS, indirect=True)
def test_what_is_ours_is_left_out(database: Database) -> None:
    before = read(database)
    send(
        database,
        "CREATE TABLE schema_events (n UInt8) ENGINE = Log",
        "CREATE TABLE schema_lock_0000000001 (n UInt8) ENGINE = Memory",
    )
    assert read(database).difference(before) == ()


@pytest.mark.parametrize("databases", VERSIONS, indirect=True)
def test_a_materialized_view_is_one_object(database: Database) -> None:
    send(database, A, MV)
    assert read(database).kinds() == {"column": 3, "database": 1, "materialized view": 1, "table": 1}


@pytest.mark.parametrize("databases", VERSIONS, indirect=True)
def test_a_view_cut_in_half_is_broken(database: Database) -> None:
    send(database, A, "CREATE TABLE `.inner.mv` (n UInt64) ENGINE = MergeTree ORDER BY n")
    assert broken(database) == ("table .inner.mv held the rows of a materialized view that is not there",)
    assert ("table", (".inner.mv",)) in {item.key for item in read(database).objects}


@pytest.mark.parametrize("databases", [26], indirect=True)
def test_a_mutation_that_fails_is_broken_until_it_is_killed(database: Database) -> None:
    send(database, A, "INSERT INTO a VALUES (1, 'x')")
    database.ask("ALTER TABLE a UPDATE word = toString(throwIf(n = 1)) WHERE 1 SETTINGS mutations_sync = 0")
    while not (found := broken(database)):
        pass
    assert len(found) == 1 and "fails: " in found[0] and " of a (" in found[0]
    database.ask("KILL MUTATION WHERE database = currentDatabase() SYNC")
    assert broken(database) == ()


@pytest.mark.parametrize("databases", VERSIONS, indirect=True)
def test_nothing_is_broken_where_all_is_well(database: Database) -> None:
    send(database, A, MV, "CREATE VIEW v AS SELECT word FROM a", "INSERT INTO a SELECT 1, 'x'")
    send(database, "ALTER TABLE a DELETE WHERE n = 2")
    assert broken(database) == ()
