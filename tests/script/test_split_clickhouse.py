"""ClickHouse text."""

from __future__ import annotations

import pytest

from schemactl.errors import ConfigError
from schemactl.script import split
from schemactl.script.syntax import CLICKHOUSE, by_engine, by_format

WHOLE = {
    "backslash escapes": r"SELECT 'a\';b', 'c\\'",
    "doubled quote": "SELECT 'a'';b'",
    "backticks": r"SELECT `a;b`, `c\`;`, `d``;`",
    "quoted name with a backslash": r'SELECT "a\";b"',
    "typographic quotes": "SELECT \u2018a;'b\u2019, \u201cc;\u201d",
    "hash comment": "SELECT 1 # a; 'b\n, 2",
    "shebang comment": "SELECT 1 #!a; 'b\n, 2",
    "dash comment": "SELECT 1 --a; 'b\n, 2",
    "nested comments": "SELECT 1 /* a /* ; */ ; */ , 2",
    "heredoc": "SELECT $doc$ ;'\" $x$ $doc$, $$;$$",
    "dollar in a name": "SELECT a$b$c",
    "query parameter": "SELECT {a:UInt32}",
    "values": "INSERT INTO t (a, format) VALUES (1, 'a;b'), (2, 'FORMAT CSV')",
    "FORMAT Values": "INSERT INTO t FORMAT Values (1, 'a;b')",
    "table called format": "INSERT INTO format SELECT 1",
    "column called format": "INSERT INTO t SELECT format FROM s",
    "output format": "SELECT 1 FORMAT JSONEachRow",
    "lambda": "ALTER TABLE t ADD COLUMN c Array(UInt8) DEFAULT arrayMap(x -> x + 1, [1, 2])",
}


@pytest.mark.parametrize("statement", WHOLE.values(), ids=WHOLE.keys())
def test_what_is_one_statement_stays_one_between_others(statement: str) -> None:
    found = split.statements(f"SELECT 0;\n{statement}\n;\nSELECT 9;", CLICKHOUSE)
    assert [part.text for part in found] == ["SELECT 0", statement, "SELECT 9"]


@pytest.mark.parametrize(
    "insert", ["INSERT INTO t FORMAT CSV\n1,it's\n", 'insert into t (a) /* x */ format JSONEachRow {"a":"']
)
def test_rows_in_a_format_of_the_client_are_refused(insert: str) -> None:
    with pytest.raises(ConfigError) as refused:
        split.statements(f"SELECT 1;\n{insert}", CLICKHOUSE, shown="c.sql")
    assert (refused.value.kind, refused.value.at) == ("inline_data", "c.sql:2")


@pytest.mark.parametrize(
    ("script", "kind", "line"),
    [
        ("SELECT 1;\nSELECT 'a\\'", "unclosed", 2),
        ("SELECT\n`a", "unclosed", 2),
        ("SELECT $a$ x", "unclosed", 1),
        ("SELECT 1\n\\G", "meta_command", 2),
    ],
)
def test_a_fault_is_told_with_the_line_where_it_begins(script: str, kind: str, line: int) -> None:
    with pytest.raises(ConfigError) as refused:
        split.statements(script, CLICKHOUSE, shown="c.sql")
    assert (refused.value.kind, refused.value.at) == (kind, f"c.sql:{line}")


def test_copy_and_begin_atomic_mean_nothing_here() -> None:
    found = split.statements("COPY t FROM stdin; CREATE FUNCTION f BEGIN ATOMIC; SELECT 1", CLICKHOUSE)
    assert len(found) == 3


@pytest.mark.parametrize(("suffix", "engine"), [("cypher", "clickhouse"), ("sql", "neo4j"), ("sql", "mongodb")])
def test_a_format_of_another_engine_is_refused(suffix: str, engine: str) -> None:
    with pytest.raises(ConfigError) as refused:
        by_format(suffix, engine=engine)
    assert refused.value.kind == "format"


def test_an_engine_has_one_syntax() -> None:
    assert by_format("sql", engine="clickhouse") is by_engine("clickhouse") is CLICKHOUSE
