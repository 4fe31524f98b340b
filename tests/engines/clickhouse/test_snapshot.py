"""What a snapshot says of ClickHouse's own matters: nothing of the database's name; what no text makes is refused."""

from __future__ import annotations

import secrets

import pytest

from schemactl.engines.clickhouse.snapshot import ClickHouseSnapshots
from schemactl.engines.clickhouse.snapshot_rights import blocks as rights
from schemactl.errors import UnsupportedError
from schemactl.model.catalog import Catalog, CatalogObject
from tests.engines.clickhouse.catalog_changes import MV, A
from tests.engines.clickhouse.test_catalog import VERSIONS, Database, database, databases, read, send

__all__ = ["database", "databases"]


def texts(database: Database) -> dict[str, str]:
    return {str(block): block.text for block in ClickHouseSnapshots().blocks(read(database))}


@pytest.mark.parametrize("databases", VERSIONS, indirect=True)
def test_two_databases_say_the_same_and_neither_says_its_name(databases: list[Database]) -> None:
    for one in databases:
        send(
            one,
            A,
            "CREATE TABLE b (n UInt64) ENGINE = MergeTree() ORDER BY n",
            "CREATE TABLE held AS a ENGINE = Buffer({database}, a, 16, 10, 100, 10000, 1000000, 10000000, 100000000)",
            "CREATE TABLE both AS a ENGINE = Merge('{database}', '^[ab]$')",
            "CREATE VIEW v AS SELECT n FROM {database}.a",
        )
    left, right = (read(one) for one in databases)
    assert left.difference(right) == ()
    said = texts(databases[0])
    assert said == texts(databases[1])
    assert databases[0].name not in str(said)
    assert said["table b"].splitlines()[3] == "ENGINE = MergeTree"


@pytest.mark.parametrize("databases", [18], indirect=True)
def test_a_hidden_table_that_was_changed_apart_is_refused(database: Database) -> None:
    send(database, A, MV)
    assert "materialized view mv" in texts(database)
    send(database, "ALTER TABLE `.inner.mv` ADD COLUMN x UInt8")
    with pytest.raises(UnsupportedError) as refused:
        texts(database)
    assert (refused.value.kind, "mv" in refused.value.what) == ("no_statement", True)


@pytest.mark.parametrize("databases", [26], indirect=True)
def test_the_comment_of_a_database_names_it_by_a_parameter(database: Database) -> None:
    send(database, "ALTER DATABASE {database} MODIFY COMMENT 'the ''town'''")
    assert texts(database) == {
        "database itself": "ALTER DATABASE {database:Identifier} MODIFY COMMENT 'the \\'town\\'';"
    }


@pytest.mark.parametrize("databases", [26], indirect=True)
def test_of_what_the_server_has_it_says_what_the_target_names(database: Database) -> None:
    names = [f"snapshot_{secrets.token_hex(4)}" for _ in range(3)]
    function, unused, used = names
    try:
        send(
            database,
            f"CREATE FUNCTION {function} AS x -> x + 1",
            f"CREATE NAMED COLLECTION {unused} AS a = '1'",
            f"CREATE NAMED COLLECTION {used} AS host = '127.0.0.1', port = 1, user = 'u', password = 's3cret-word'",
            # The server writes down what the function says, not its name.
            f"CREATE TABLE a (n UInt64 DEFAULT {function}(1)) ENGINE = MergeTree ORDER BY n",
            f"CREATE TABLE there (n UInt8) ENGINE = MySQL({used}, database = 'd', table = 't')",
        )
        assert set(names) < {item.identity[0] for item in read(database).objects}
        assert list(texts(database)) == [f"named collection {used}", "table a", "table there"]
        assert texts(database)["table a"].splitlines()[1] == "    n UInt64 DEFAULT 1 + 1"
    finally:
        send(database, "DROP TABLE IF EXISTS there", f"DROP FUNCTION IF EXISTS {function}")
        send(database, *(f"DROP NAMED COLLECTION IF EXISTS {name}" for name in (used, unused)))


def test_policies_and_grants_are_statements_of_their_own() -> None:
    policy = {"filter": "n > 1", "restrictive": True, "to": "ALL", "except": ["o'hara"]}
    found = Catalog(
        "clickhouse",
        [
            CatalogObject(kind="view", identity=("v",), facts={}),
            CatalogObject(kind="row policy", identity=("a", "own"), facts=policy),
            CatalogObject(kind="grant", identity=("v", "", "r", "SELECT", "grant"), facts={"option": True}),
            CatalogObject(kind="grant", identity=("v", "n", "r", "SELECT", "revoke"), facts={"option": False}),
            CatalogObject(kind="grant", identity=("", "", "r", "CREATE TABLE", "grant"), facts={"option": False}),
        ],
    )
    assert [(str(block), block.text) for block in rights(found)] == [
        (
            "row policy a.own",
            "CREATE ROW POLICY own ON a FOR SELECT USING n > 1 AS RESTRICTIVE TO ALL EXCEPT `o'hara`;",
        ),
        ("grants database.itself", "GRANT CREATE TABLE ON * TO r;"),
        ("grants view.v", "GRANT SELECT ON v TO r WITH GRANT OPTION;\nREVOKE SELECT(n) ON v FROM r;"),
    ]
