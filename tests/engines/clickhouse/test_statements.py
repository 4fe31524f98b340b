"""What a statement is, read from its text."""

from __future__ import annotations

import pytest

from schemactl.contract.job import Segment
from schemactl.engines.clickhouse.planner import ClickHousePlanner
from schemactl.engines.clickhouse.statements import Known, known_text
from schemactl.engines.clickhouse.tokens import Name, tokens, unquoted
from schemactl.errors import ConfigError
from schemactl.script import sections, syntax

KINDS = [
    ("CREATE TABLE t (a Int8) ENGINE = Memory", "create", "TABLE", ["t"]),
    ("create table if not exists d.`t u` (a Int8) ENGINE = Memory", "create", "TABLE", ["d.t u"]),
    ("CREATE OR REPLACE VIEW v AS SELECT 1", "create", "VIEW", ["v"]),
    ("CREATE MATERIALIZED VIEW v TO t AS SELECT 1", "create", "MATERIALIZED VIEW", ["v"]),
    ("CREATE DATABASE d", "create", "DATABASE", ["d"]),
    ("CREATE FUNCTION f AS x -> x", "create", "FUNCTION", ["f"]),
    ("CREATE USER u", "access", "USER", []),
    ("CREATE ROW POLICY p ON t USING 1", "access", "ROW", []),
    ("DROP TABLE IF EXISTS t", "drop", "TABLE", ["t"]),
    ('DETACH TABLE "t"', "drop", "TABLE", ["t"]),
    ("RENAME TABLE a TO b, c TO d.e", "rename", "", ["a", "b", "c", "d.e"]),
    ("RENAME DATABASE a TO b", "rename", "DATABASE", ["a", "b"]),
    ("EXCHANGE TABLES a AND b", "exchange", "", ["a", "b"]),
    ("ALTER TABLE t ADD COLUMN a Int8, DROP COLUMN b", "alter", "", ["t"]),
    ("ALTER TABLE t MODIFY TTL d + toIntervalDay(1)", "alter", "", ["t"]),
    ("ALTER TABLE t UPDATE a = 1 WHERE b IN (1, 2), DELETE WHERE c", "mutation", "", ["t"]),
    ("ALTER TABLE t MATERIALIZE INDEX i", "mutation", "", ["t"]),
    ("ALTER TABLE t UPDATE a = 1, b = 2 WHERE c", "mutation", "", ["t"]),
    ("ALTER TABLE t (DROP PARTITION 201901)", "partition", "", ["t"]),
    ("ALTER DATABASE d MODIFY SETTING a = 1", "other", "", []),
    ("CREATE INDEX IF NOT EXISTS i ON d.t (a) TYPE minmax", "alter", "", ["d.t"]),
    ("DROP INDEX i ON t", "alter", "", ["t"]),
    ("CREATE WORKLOAD w", "other", "WORKLOAD", ["w"]),
    ("CREATE RESOURCE r (READ DISK a)", "other", "RESOURCE", ["r"]),
    ("DROP WORKLOAD w", "other", "WORKLOAD", ["w"]),
    ("UNDROP TABLE t", "other", "", ["t"]),
    ("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", "insert", "", ["t"]),
    ("WITH 1 AS x SELECT x", "repeatable", "a statement that only reads", []),
    ("DROP TABLE a, d.b", "drop", "TABLE", ["a", "d.b"]),
    ("TRUNCATE ALL TABLES FROM d", "other", "TRUNCATE DATABASE", ["d"]),
    ("TRUNCATE DATABASE IF EXISTS d", "other", "TRUNCATE DATABASE", ["d"]),
    ("ALTER TABLE t DROP PARTITION 201901", "partition", "", ["t"]),
    ("ALTER TABLE t ATTACH PART 'x'", "partition", "", ["t"]),
    ("ALTER TABLE t DROP COLUMN partition", "alter", "", ["t"]),
    ("DELETE FROM t WHERE a = 1", "mutation", "", ["t"]),
    ("INSERT INTO t SELECT 1", "insert", "", ["t"]),
    ("TRUNCATE TABLE t", "truncate", "TRUNCATE", ["t"]),
    ("OPTIMIZE TABLE t FINAL", "repeatable", "OPTIMIZE", ["t"]),
    ("GRANT SELECT ON d.* TO u", "access", "GRANT", []),
    ("SYSTEM RELOAD DICTIONARIES", "repeatable", "SYSTEM RELOAD", []),
    ("SELECT 1", "repeatable", "a statement that only reads", []),
    ("BACKUP TABLE t TO Disk('a', 'b')", "other", "", []),
]


@pytest.mark.parametrize(("text", "kind", "what", "names"), KINDS, ids=[row[0][:40] for row in KINDS])
def test_a_statement_is_known_by_its_words(text: str, kind: str, what: str, names: list[str]) -> None:
    found = known_text(text)
    assert (found.kind, found.what, [str(name) for name in found.names]) == (kind, what, names)


@pytest.mark.parametrize(
    ("text", "inline"),
    [
        ("INSERT INTO t VALUES (1)", "VALUES"),
        ("INSERT INTO t (a, `values`) VALUES (1, 2)", "VALUES"),
        ("INSERT INTO t FORMAT TSV 1", "FORMAT"),
        ("INSERT INTO t SELECT * FROM values('a Int8', 1)", ""),
        ("INSERT INTO t WITH 1 AS x SELECT x", ""),
        ("INSERT INTO t (a) SELECT 'VALUES'", ""),
    ],
)
def test_rows_in_the_text_of_an_insert_are_seen(text: str, inline: str) -> None:
    assert known_text(text).inline == inline


@pytest.mark.parametrize(
    ("text", "cluster"),
    [
        ("CREATE TABLE t ON CLUSTER c (a Int8) ENGINE = Memory", "c"),
        ("DROP TABLE IF EXISTS d.t ON CLUSTER 'c'", "c"),
        ("ALTER TABLE t ON CLUSTER `c` ADD COLUMN a Int8", "c"),
        ("RENAME TABLE a TO b ON CLUSTER c", "c"),
        ("TRUNCATE TABLE t ON CLUSTER c", "c"),
        ("CREATE TABLE t (`ON CLUSTER` Int8) ENGINE = Memory", ""),
    ],
)
def test_the_cluster_that_a_statement_names_is_read(text: str, cluster: str) -> None:
    assert known_text(text).cluster == cluster


def test_a_mutation_s_command_is_read_without_the_table() -> None:
    found = known_text("ALTER TABLE d.t ON CLUSTER c UPDATE a = f(1, 2) WHERE b, DELETE WHERE c")
    assert found.command == "UPDATE a = f ( 1 , 2 ) WHERE b, DELETE WHERE c"


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE IF NOT EXISTS t (a Int8) ENGINE = Memory",
        "DROP TABLE IF EXISTS t",
        "CREATE OR REPLACE VIEW v AS SELECT 1",
    ],
)
def test_what_may_run_twice_is_known(text: str) -> None:
    assert known_text(text).repeats
    assert not known_text(
        text.replace("IF NOT EXISTS ", "").replace("IF EXISTS ", "").replace("OR REPLACE ", "")
    ).repeats


def test_a_view_that_copies_what_is_there_is_told_apart_from_a_column_of_that_name() -> None:
    assert known_text("CREATE MATERIALIZED VIEW v ENGINE = Memory POPULATE AS SELECT 1").populate
    assert not known_text("CREATE MATERIALIZED VIEW v (populate Int8) ENGINE = Memory AS SELECT 1").populate


@pytest.mark.parametrize(
    ("text", "copies"),
    [
        ("CREATE TABLE t ENGINE = Log AS SELECT 1", True),
        ("CREATE TABLE t ENGINE = Log AS (SELECT 1)", True),
        ("CREATE TABLE t CLONE AS other", True),
        ("CREATE TABLE t (clone Int8) AS other", False),
        ("CREATE TABLE t AS other ENGINE = Log", False),
        ("CREATE TABLE t (a Int8 DEFAULT (SELECT 1 AS x)) ENGINE = Log", False),
        ("CREATE VIEW v AS SELECT 1", False),
    ],
)
def test_a_table_that_is_made_of_rows_is_told_apart(text: str, copies: bool) -> None:
    assert known_text(text).populate == copies


def test_names_are_read_without_quotes_and_escapes() -> None:
    assert [unquoted(token) for token in tokens("`a``b` \"c\\\"d\" 'it\\'s' 'it''s' e")] == [
        "a`b",
        'c"d',
        "it's",
        "it's",
        "e",
    ]


def test_a_string_and_a_heredoc_are_one_token() -> None:
    assert tokens("f('a, (b', $x$ , $y$ $x$, 1.5e3)") == ["f", "(", "'a, (b'", ",", "$x$ , $y$ $x$", ",", "1.5e3", ")"]


def test_a_word_that_begins_no_statement_is_not_guessed_at() -> None:
    assert known_text("FROBNICATE t") == Known("other")


def test_a_mutation_says_that_it_rewrites_parts() -> None:
    text = "-- migrate:up\nALTER TABLE t UPDATE a = 1 WHERE 1;\nALTER TABLE t MODIFY COLUMN a Int16;\nDROP TABLE t;\n"
    section = sections.parse(text, syntax.CLICKHOUSE, shown="a.sql").up
    steps = [step for segment in ClickHousePlanner().segments(section, shown="a.sql") for step in segment.steps]
    assert [step.lock for step in steps] == ["rewrites parts of t", "rewrites parts of t", ""]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("ALTER TABLE t UPDATE n = n + 10 WHERE 1, ADD COLUMN n UInt8", "statement"),
        ("ALTER TABLE t DROP COLUMN nope, DROP PARTITION tuple()", "statement"),
        ("ALTER TABLE t REPLACE PARTITION 1 FROM s, ATTACH PARTITION 2 FROM s", "statement"),
        ("ALTER TABLE t DROP PARTITION 1, DROP PARTITION 2", "statement"),
        ("DROP TABLE a, b", "statement"),
        ("TRUNCATE TABLE a, b", "statement"),
        ("DETACH TABLE IF EXISTS a, b", "statement"),
        ("DROP TABLE schema_events", "drops_ledger"),
        ("INSERT INTO schema_steps SELECT 1", "drops_ledger"),
        ("WITH 1 AS x INSERT INTO schema_steps SELECT x", "drops_ledger"),
        ("CREATE MATERIALIZED VIEW v TO home.schema_events AS SELECT 1", "drops_ledger"),
        ("CREATE MATERIALIZED VIEW v REFRESH EVERY 1 DAY TO schema_events AS SELECT 1", "drops_ledger"),
        ("CREATE WINDOW VIEW v TO schema_events AS SELECT 1", "drops_ledger"),
        ("ALTER TABLE t MOVE PARTITION 1 TO TABLE schema_events", "drops_ledger"),
        ("TRUNCATE ALL TABLES FROM home", "drops_ledger"),
        ("TRUNCATE DATABASE home", "drops_ledger"),
        ("DROP DATABASE IF EXISTS home", "drops_ledger"),
        ("DETACH DATABASE home", "drops_ledger"),
        ("RENAME DATABASE home TO away", "drops_ledger"),
        ("CREATE TABLE schema_of_mine (a Int8) ENGINE = Log", "drops_ledger"),
        ("RENAME TABLE a TO home.schema_of_mine", "drops_ledger"),
    ],
)
def test_what_could_be_half_done_unseen_or_takes_the_ledger_along_is_refused(statement: str, kind: str) -> None:
    with pytest.raises(ConfigError) as error:
        planned(statement)
    assert (error.value.kind, error.value.code, error.value.at) == (kind, 10, "a.sql:2")


@pytest.mark.parametrize("settings", ["", " SETTINGS mutations_sync = 1", " SETTINGS a = 1, b = 'c'"])
def test_a_statement_s_own_settings_are_no_command_of_it(settings: str) -> None:
    found = known_text(f"ALTER TABLE t UPDATE settings = 1 WHERE settings = 2{settings}")
    assert (found.kind, found.families) == ("mutation", ("mutation",))
    assert found.command == "UPDATE settings = 1 WHERE settings = 2"


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE t UPDATE a = 1, b = 2 WHERE c, DELETE WHERE d",
        "ALTER TABLE t ADD COLUMN a Int8, DROP COLUMN b, MODIFY TTL d + toIntervalDay(1)",
        "DROP DATABASE IF EXISTS away",
        "CREATE DATABASE IF NOT EXISTS home",
        "TRUNCATE DATABASE away",
        "DROP TABLE schema_of_mine",
        "CREATE TABLE away.schema_of_mine (a Int8) ENGINE = Log",
        "CREATE MATERIALIZED VIEW v TO t AS SELECT toDate(a) AS a FROM schema_events",
    ],
)
def test_what_looks_like_it_and_harms_nothing_is_not_refused(statement: str) -> None:
    assert planned(statement)


def planned(statement: str) -> tuple[Segment, ...]:
    """As for a target whose database is `home`."""
    section = sections.parse(f"-- migrate:up\n{statement};\n", syntax.CLICKHOUSE, shown="a.sql").up
    return ClickHousePlanner(database="home").segments(section, shown="a.sql")


def test_a_cluster_is_told_in_the_plan() -> None:
    section = sections.parse("-- migrate:up\nDROP TABLE t;\n", syntax.CLICKHOUSE, shown="a.sql").up
    assert ClickHousePlanner("town").segments(section, shown="a.sql")[0].steps[0].why.endswith("ON CLUSTER town")


def test_a_name_with_its_database_is_written_with_a_dot() -> None:
    assert (str(Name("d", "t")), str(Name("", "t"))) == ("d.t", "t")
