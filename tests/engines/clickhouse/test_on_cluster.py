"""The text that a cluster is sent: ON CLUSTER behind the object's name, and no table left to another's default."""

from __future__ import annotations

from typing import Any

import pytest

from schemactl.engines.clickhouse import on_cluster
from schemactl.engines.clickhouse.server import Facts, Replica
from schemactl.script import sections
from schemactl.script.statement import Statement
from schemactl.script.syntax import CLICKHOUSE
from tests.fixtures.clickhouse_embedded import EmbeddedServer, drop_embedded_database, make_embedded_database

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


@pytest.mark.parametrize("command", ["ADD COLUMN m UInt8", "UPDATE n = 1 WHERE 1", "DELETE WHERE 1"])
def test_a_replicated_table_s_change_is_sent_to_one_server_of_each_shard(command: str) -> None:
    text = f"ALTER TABLE a {command}"
    assert on_cluster.text_of(statement(text), NEW, is_replicated=True) == text
    shards = NEW._replace(replicas=(Replica("one", 9000, 1, 1), Replica("two", 9000, 2, 1)))
    assert on_cluster.text_of(statement(text), shards, is_replicated=True) == f"ALTER TABLE a {ON} {command}"
    assert on_cluster.text_of(statement(text), NEW) == f"ALTER TABLE a {ON} {command}"


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


LOCAL = [
    "MODIFY SETTING merge_with_ttl_timeout = 1, parts_to_throw_insert = 9",
    "RESET SETTING merge_with_ttl_timeout, parts_to_throw_insert",
    "MODIFY COMMENT 'c'",
    "COMMENT COLUMN n 'c', COMMENT COLUMN IF EXISTS m 'c'",
]


@pytest.mark.parametrize("command", LOCAL)
def test_what_each_replica_of_a_table_keeps_for_itself_is_sent_to_all_of_them(command: str) -> None:
    newer = NEW._replace(settings=frozenset({"mutations_sync"}))
    text = statement(f"ALTER TABLE a {command}")
    assert on_cluster.text_of(text, newer, is_replicated=True) == f"ALTER TABLE a {ON} {command}"
    # 18.16 has comments of columns alone, and its replicas follow.
    assert on_cluster.text_of(text, OLD, is_replicated=True) == f"ALTER TABLE a {command}"
    mixed = statement(f"ALTER TABLE a ADD COLUMN o UInt8, {command}")
    assert on_cluster.text_of(mixed, newer, is_replicated=True) == mixed.text


def test_for_one_server_alone_a_statement_is_without_its_cluster() -> None:
    assert on_cluster.plain(statement("DROP TABLE a ON CLUSTER 'town'")) == "DROP TABLE a"
    text = "CREATE TABLE a ON CLUSTER town (n UInt8) ENGINE = Log"
    assert on_cluster.plain(statement(text)) == "CREATE TABLE a (n UInt8) ENGINE = Log"
    assert on_cluster.plain(statement("DROP TABLE a")) == "DROP TABLE a"


UUID, INNER_UUID = "123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174001"
OF_A_TABLE = "(id UInt8) ENGINE = MergeTree ORDER BY id"


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        (f"CREATE TABLE a {OF_A_TABLE}", f"CREATE TABLE a UUID '{UUID}' {OF_A_TABLE}"),
        (f"CREATE TABLE IF NOT EXISTS a {ON} {OF_A_TABLE}", f"CREATE TABLE IF NOT EXISTS a UUID '{UUID}' {OF_A_TABLE}"),
        (f"CREATE TABLE a UUID '{UUID}' {ON} {OF_A_TABLE}", f"CREATE TABLE a UUID '{UUID}' {OF_A_TABLE}"),
        (f"create table a uuid '{UUID}' {OF_A_TABLE}", f"create table a uuid '{UUID}' {OF_A_TABLE}"),
        ("CREATE TABLE a AS b", f"CREATE TABLE a UUID '{UUID}' AS b"),
    ],
)
def test_a_table_that_a_server_lacks_is_made_there_with_the_uuid_that_it_has_elsewhere(
    clickhouse26: EmbeddedServer, text: str, sent: str
) -> None:
    """With another one, a replica's place of `{uuid}` would be another place, and nothing would be replicated."""
    assert on_cluster.plain(statement(text), uuid=UUID) == sent
    database = make_embedded_database(clickhouse26)
    database.ask(f"CREATE TABLE b {OF_A_TABLE}")
    database.ask(sent)
    found = database.ask("SELECT name, toString(uuid) FROM system.tables WHERE database = currentDatabase()")
    assert ("a", UUID) in found
    drop_embedded_database(database)


@pytest.mark.parametrize("columns", ["", "(id UInt8) "])
def test_a_view_that_a_server_lacks_has_the_uuid_of_its_hidden_table_too(
    clickhouse26: EmbeddedServer, columns: str
) -> None:
    database = make_embedded_database(clickhouse26)
    database.ask(f"CREATE TABLE a {OF_A_TABLE}")
    text = f"CREATE MATERIALIZED VIEW v {ON} {columns}ENGINE = MergeTree ORDER BY id AS SELECT id FROM a"
    database.ask(on_cluster.plain(statement(text), uuid=UUID, inner_uuid=INNER_UUID))
    found = database.ask("SELECT name, toString(uuid) FROM system.tables WHERE database = currentDatabase()")
    assert {("v", UUID), (f".inner_id.{UUID}", INNER_UUID)} < set(found)
    drop_embedded_database(database)


ACCESS = [
    "CREATE USER IF NOT EXISTS u, `v w`@'h' | IDENTIFIED WITH no_password",
    "CREATE USER OR REPLACE u |",
    "ALTER USER u | RENAME TO v",
    "DROP USER IF EXISTS u, v |",
    "CREATE ROLE r | SETTINGS max_threads = 1",
    "DROP ROLE r |",
    "CREATE QUOTA q | FOR INTERVAL 1 HOUR MAX queries = 1 TO r",
    "CREATE ROW POLICY p | ON d.t USING 1 TO ALL",
    "CREATE POLICY p, q | ON d.t USING 1 TO ALL",
    "ALTER ROW POLICY p | ON d.t RENAME TO z",
    "DROP ROW POLICY p | ON d.t",
    "CREATE SETTINGS PROFILE s | SETTINGS max_threads = 1",
    "DROP PROFILE s |",
    "CREATE NAMED COLLECTION n | AS a = 1",
    "ALTER NAMED COLLECTION n | SET a = 1",
    "DROP NAMED COLLECTION n |",
    "CREATE FUNCTION f | AS (x) -> x + 1",
    "DROP FUNCTION f |",
    "CREATE WORKLOAD w |",
    "GRANT | SELECT ON d.* TO u",
    "REVOKE | SELECT ON d.* FROM u",
]


@pytest.mark.parametrize("text", ACCESS)
def test_what_is_a_server_s_own_is_made_on_every_server(clickhouse26: EmbeddedServer, text: str) -> None:
    """26.9 reads what is sent and finds the cluster in it; it has no users as a library."""
    given = text.replace(" |", "")
    sent = on_cluster.text_of(statement(given), NEW)
    assert sent == text.replace("|", ON)
    said = str(clickhouse26.link.ask(f"SELECT formatQuerySingleLine($q${sent}$q$)")[0][0])
    assert "ON CLUSTER town" in said
    assert on_cluster.text_of(statement(said), NEW) == said


def test_a_cluster_that_stands_further_behind_is_seen() -> None:
    for text in ("CREATE USER u HOST ANY ON CLUSTER other", "DROP ROW POLICY p ON d.t ON CLUSTER other"):
        assert on_cluster.text_of(statement(text), NEW) == text
