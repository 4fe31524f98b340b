"""The text that a cluster is sent: ON CLUSTER behind the object's name, and no table left to another's default."""

from __future__ import annotations

from typing import Any

import pytest

from schemactl.engines.clickhouse import on_cluster
from schemactl.engines.clickhouse.server import Facts, Replica
from schemactl.script import sections
from schemactl.script.statement import Statement
from schemactl.script.syntax import CLICKHOUSE

OLD = Facts(
    version=(18, 16),
    full_version="18.16.1",
    timezone="UTC",
    database="d",
    database_engine="Ordinary",
    cluster="town",
    replicas=(Replica("one", 9000, 1, 1), Replica("two", 9000, 1, 2)),
    settings=frozenset(),
    columns={"tables": frozenset({"name"})},
    engines=frozenset(),
    zookeeper=True,
    read_only="",
    embedded=False,
    longest_name=206,
    functions=frozenset(),
    identity=(),
)
NEW = OLD._replace(columns={"tables": frozenset({"name", "uuid"})})
ON = "ON CLUSTER `town`"


def statement(text: str) -> Statement:
    found: Any = sections.parse(f"-- migrate:up\n{text};\n", CLICKHOUSE, shown="x.sql").up
    return found.statements[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("CREATE TABLE a (n UInt8) ENGINE = Log", f"CREATE TABLE a {ON} (n UInt8) ENGINE = Log"),
        (
            "CREATE TABLE IF NOT EXISTS x.`a b` AS c.d ENGINE = Log",
            f"CREATE TABLE IF NOT EXISTS x.`a b` {ON} AS c.d ENGINE = Log",
        ),
        ("DROP TABLE IF EXISTS a", f"DROP TABLE IF EXISTS a {ON}"),
        ("RENAME TABLE a TO b, c TO d", f"RENAME TABLE a TO b, c TO d {ON}"),
        ("ALTER TABLE a ADD COLUMN n UInt8, DROP COLUMN m", f"ALTER TABLE a {ON} ADD COLUMN n UInt8, DROP COLUMN m"),
        ("ALTER TABLE a UPDATE n = 1e-5 * 2 WHERE 1", f"ALTER TABLE a {ON} UPDATE n = 1e-5 * 2 WHERE 1"),
        ("CREATE DATABASE e", f"CREATE DATABASE e {ON}"),
        ("TRUNCATE TABLE a", f"TRUNCATE TABLE a {ON}"),
        ("CREATE TABLE a /* 'b */ (n UInt8)\n -- c\nENGINE = Log", f"CREATE TABLE a {ON} (n UInt8) ENGINE = Log"),
    ],
)
def test_what_changes_the_schema_is_for_the_whole_cluster(text: str, sent: str) -> None:
    assert on_cluster.text_of(statement(text), NEW) == sent


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO a SELECT 1",
        "INSERT INTO a VALUES (1)",
        "SELECT 1",
        "OPTIMIZE TABLE a",
        "DROP TABLE a ON CLUSTER other",
        "CREATE TABLE a ON CLUSTER town (n UInt8) ENGINE = Log",
        "SYSTEM FLUSH LOGS",
    ],
)
def test_what_does_not_or_says_it_itself_is_sent_as_it_is(text: str) -> None:
    assert on_cluster.text_of(statement(text), NEW) == text


def test_without_a_cluster_nothing_is_added() -> None:
    text = "CREATE TABLE a (n UInt8) ENGINE = Log"
    assert on_cluster.text_of(statement(text), NEW._replace(cluster="")) == text
    assert on_cluster.text_of(statement(text), NEW._replace(database_engine="Replicated")) == text


def test_a_replicated_table_is_emptied_by_one_server() -> None:
    assert on_cluster.text_of(statement("TRUNCATE TABLE a"), NEW, is_replicated=True) == "TRUNCATE TABLE a"


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("CREATE VIEW v AS SELECT n FROM a", f"CREATE VIEW v {ON} AS SELECT n FROM `d`.a"),
        ("CREATE VIEW v AS SELECT n FROM x.a", f"CREATE VIEW v {ON} AS SELECT n FROM x.a"),
        (
            "CREATE MATERIALIZED VIEW v TO b AS SELECT n FROM a ANY LEFT JOIN `c d` USING n ARRAY JOIN e",
            f"CREATE MATERIALIZED VIEW v {ON} TO `d`.b"
            " AS SELECT n FROM `d`.a ANY LEFT JOIN `d`.`c d` USING n ARRAY JOIN e",
        ),
        (
            "CREATE VIEW v AS SELECT n FROM (SELECT n FROM numbers(3)) WHERE n IN (1, 2) AND n IN b",
            f"CREATE VIEW v {ON} AS SELECT n FROM (SELECT n FROM numbers(3)) WHERE n IN (1, 2) AND n IN `d`.b",
        ),
        ("CREATE TABLE a AS b ENGINE = Log", f"CREATE TABLE a {ON} AS `d`.b ENGINE = Log"),
        ("ALTER TABLE a CLEAR COLUMN n IN PARTITION 1", f"ALTER TABLE a {ON} CLEAR COLUMN n IN PARTITION 1"),
        (
            "ALTER TABLE a DELETE WHERE n IN (SELECT n FROM b)",
            f"ALTER TABLE a {ON} DELETE WHERE n IN (SELECT n FROM `d`.b)",
        ),
        ("CREATE VIEW v AS SELECT 'FROM a' AS x FROM a", f"CREATE VIEW v {ON} AS SELECT 'FROM a' AS x FROM `d`.a"),
    ],
)
def test_a_table_without_a_database_is_given_this_one_where_servers_would_not(text: str, sent: str) -> None:
    assert on_cluster.text_of(statement(text), OLD) == sent
    assert "`d`" not in on_cluster.text_of(statement(text), NEW)


def test_for_one_server_alone_a_statement_is_without_its_cluster() -> None:
    assert on_cluster.plain(statement("DROP TABLE a ON CLUSTER 'town'")) == "DROP TABLE a"
    text = "CREATE TABLE a ON CLUSTER town (n UInt8) ENGINE = Log"
    assert on_cluster.plain(statement(text)) == "CREATE TABLE a (n UInt8) ENGINE = Log"
    assert on_cluster.plain(statement("DROP TABLE a")) == "DROP TABLE a"
