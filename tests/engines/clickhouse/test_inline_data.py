"""INSERT … VALUES as the native protocol can carry it: the rows are those that the server's own parser reads."""

from __future__ import annotations

from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemactl.contract.opening import Opening, Stop
from schemactl.engines.clickhouse import inline_data
from schemactl.engines.clickhouse.connection import Session
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.errors import UnsupportedError
from schemactl.script import sections
from schemactl.script.syntax import CLICKHOUSE
from tests.fixtures.clickhouse import ClickHouseDatabase
from tests.fixtures.clickhouse_embedded import EmbeddedServer, drop_embedded_database, make_embedded_database

UUID = "'00112233-4455-6677-8899-aabbccddeeff'"
# (type, a literal, something like zero, an expression)
COLUMNS = (
    ("Int64", "-5", "0", "1 + 1"),
    ("UInt8", "7", "0", "2 * (3 - 1)"),
    ("Float64", "1.5e-3", "0", "1 / 4"),
    ("Decimal(18, 4)", "1.1001", "0", "toDecimal64(1, 4)"),
    ("String", "'it\\'s; '' -- \\\\ /* é'", "''", "concat('a', 'b')"),
    ("FixedString(4)", "'ab'", "''", "toFixedString('ab', 4)"),
    ("Date", "'2020-02-29'", "'1970-01-01'", "toDate('2020-01-01') + 1"),
    ("DateTime", "'2020-01-01 10:00:00'", "0", "toDateTime('2020-01-01 00:00:00')"),
    ("DateTime('Asia/Tokyo')", "'2020-01-01 10:00:00'", "1500000000", "toDateTime('2020-01-01 00:00:00')"),
    ("Nullable(DateTime('Asia/Tokyo'))", "'2020-01-01 10:00:00'", "NULL", "NULL"),
    ("Array(DateTime('Asia/Tokyo'))", "['2020-01-01 10:00:00']", "[]", "[]"),
    ("Enum8('red' = 1, 'it\\'s;' = 2)", "'it''s;'", "'red'", "'red'"),
    ("UUID", UUID, UUID, UUID),
    ("Nullable(UInt8)", "NULL", "3", "1 + 1"),
    ("Nullable(String)", "NULL", "'x'", "NULL"),
    ("Nullable(Decimal(9, 2))", "-3.1", "2", "NULL"),
    ("Array(Int32)", "[1, -2]", "[]", "range(3)"),
    ("Array(String)", "['a', 'b\\'c', 'd''e']", "[]", "splitByChar(',', 'a,b')"),
    ("Array(Nullable(Float64))", "[1.5, NULL]", "[]", "[]"),
    ("Array(Array(UInt8))", "[[1], []]", "[]", "[[1 + 1]]"),
)
TYPES = ", ".join(
    [*(f"c{at} {column[0]}" for at, column in enumerate(COLUMNS)), "made UInt8 MATERIALIZED 7, other String ALIAS c4"]
)
ROW, PLAIN, EXPRESSIONS = (", ".join(column[at] for column in COLUMNS) for at in (1, 2, 3))
NEWER = (
    ("Bool", "true", "false"),
    ("DateTime64(3, 'UTC')", "'2020-01-01 00:00:00.123'", "0"),
    ("Map(String, UInt8)", "{'a': 1}", "{}"),
    ("LowCardinality(String)", "'x'", "''"),
    ("LowCardinality(Nullable(String))", "NULL", "'y'"),
    ("Tuple(UInt8, String)", "(1, 'a')", "(2, 'it''s')"),
    ("UInt256", str(2**256 - 1), "0"),
    ("IPv4", "'127.0.0.1'", "'10.0.0.1'"),
    ("Decimal(76, 10)", "1.0000000001", "-1"),
    ("Array(Tuple(UInt8, String))", "[(1, 'x')]", "[]"),
    ("Variant(UInt8, String)", "'word'", "5"),
)


@pytest.fixture
def session(clickhouse_database: ClickHouseDatabase) -> Any:
    found = Session(Opening(url=clickhouse_database.url, shown="a test's", target="t/t", stop=Stop()))
    yield found
    found.close()


def normal(statement: str) -> str:
    script = sections.parse(f"-- migrate:up\n{statement};\n", CLICKHOUSE, shown="x.sql")
    return script.up.statements[0].normal


def by_native(session: Session, statement: str) -> None:
    sent = inline_data.rewritten(session.link, normal(statement), target="t/t")
    session.link.ask(sent.sql, settings=sent.settings)


def by_http(database: ClickHouseDatabase, statement: str) -> None:
    """The oracle: over HTTP the server reads the rows itself, as it does from its own client."""
    parts = urlsplit(database.url)
    asked = urlencode({"user": parts.username, "password": parts.password, "database": database.name})
    url = f"http://127.0.0.1:{database.server.http_port}/?{asked}"  # type: ignore[union-attr]
    urlopen(Request(url, data=statement.encode()), timeout=30).read()


def texts(database: ClickHouseDatabase, table: str) -> list[Any]:
    return database.ask(f"SELECT * FROM {table}")


def both(database: ClickHouseDatabase, session: Session, types: str, values: str, columns: str = "") -> None:
    for table in ("theirs", "ours"):
        database.ask(f"DROP TABLE IF EXISTS {table}")
        database.ask(f"CREATE TABLE {table} ({types}) ENGINE = MergeTree ORDER BY tuple()")
    by_http(database, f"INSERT INTO theirs {columns} VALUES {values}")
    by_native(session, f"INSERT INTO ours {columns} VALUES {values}")
    assert repr(texts(database, "ours")) == repr(texts(database, "theirs"))


@pytest.mark.parametrize(
    "values",
    [f"({ROW})", f"({PLAIN})", f"({EXPRESSIONS})", f"({ROW}), ({PLAIN}), ({EXPRESSIONS})"],
    ids=["literals", "zeroes", "expressions", "rows of all kinds"],
)
def test_values_are_what_the_server_s_own_parser_reads(
    clickhouse_database: ClickHouseDatabase, session: Session, values: str
) -> None:
    both(clickhouse_database, session, TYPES, values)


def test_a_list_of_columns_is_kept_and_the_others_get_their_defaults(
    clickhouse_database: ClickHouseDatabase, session: Session
) -> None:
    types = "n UInt8, `a b` String, ne Nested(x UInt8, y String), k UInt8 DEFAULT n + 1"
    both(clickhouse_database, session, types, "('x', 1, [1], ['z'])", "(`a b`, n, ne.x, `ne.y`)")


def test_rows_keep_their_order_and_are_one_part(clickhouse_database: ClickHouseDatabase, session: Session) -> None:
    count = 20_000
    clickhouse_database.ask("CREATE TABLE t (n UInt32, s String) ENGINE = MergeTree ORDER BY tuple()")
    by_native(session, "INSERT INTO t VALUES " + ", ".join(f"({n}, 'word {n}')" for n in range(count)))
    assert clickhouse_database.ask("SELECT n FROM t") == [(n,) for n in range(count)]
    assert clickhouse_database.ask(
        "SELECT count() FROM system.parts WHERE active AND database = currentDatabase()"
    ) == [(1,)]


def test_rows_need_no_comma_between_them(clickhouse_database: ClickHouseDatabase, session: Session) -> None:
    both(clickhouse_database, session, "n UInt8", "(1)(2) (3),(4)")


@pytest.mark.parametrize(
    ("types", "value"),
    [("n UInt8", "'x'"), ("n UInt8", "NULL"), ("e Enum8('a' = 1)", "'b'"), ("n UInt8", "b")],
)
def test_what_the_server_s_own_parser_refuses_is_refused(
    clickhouse_database: ClickHouseDatabase, session: Session, types: str, value: str
) -> None:
    clickhouse_database.ask(f"CREATE TABLE t ({types}) ENGINE = Log")
    with pytest.raises(HTTPError):
        by_http(clickhouse_database, f"INSERT INTO t VALUES ({value})")
    with pytest.raises(ServerError):
        by_native(session, f"INSERT INTO t VALUES ({value})")
    assert texts(clickhouse_database, "t") == []


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t VALUES (1)",
        "INSERT INTO t (n) VALUES (1, 'x')",
        "INSERT INTO t VALUES (1, DEFAULT)",
        "INSERT INTO t VALUES 1",
        "INSERT INTO t VALUES",
        "INSERT INTO t (* EXCEPT(s)) VALUES (1)",
        "INSERT INTO FUNCTION remote('127.0.0.1', default, t) VALUES (1)",
    ],
)
def test_what_cannot_be_carried_is_refused_with_the_way_out(
    clickhouse_database: ClickHouseDatabase, session: Session, statement: str
) -> None:
    clickhouse_database.ask("CREATE TABLE t (n UInt8, s String) ENGINE = Log")
    with pytest.raises(UnsupportedError) as error:
        by_native(session, statement)
    assert error.value.code == 15 and "INSERT … SELECT" in (error.value.do or "")
    assert texts(clickhouse_database, "t") == []


def test_a_column_that_is_not_there_is_the_server_s_to_refuse(
    clickhouse_database: ClickHouseDatabase, session: Session
) -> None:
    clickhouse_database.ask("CREATE TABLE t (n UInt8) ENGINE = Log")
    with pytest.raises(ServerError) as error:
        by_native(session, "INSERT INTO t (nowhere) VALUES (1)")
    assert error.value.failure.kind == "missing_object"


NUMBERS = st.integers(-(2**63), 2**63 - 1).map(str)
DECIMALS = st.decimals(min_value=-(10**12), max_value=10**12, places=4, allow_nan=False).map(lambda one: f"{one:f}")
FLOATS = st.floats(allow_nan=False, allow_infinity=False).map(repr)
WORDS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)
STRINGS = WORDS.map(lambda one: "'" + one.replace("\\", "\\\\").replace("'", "\\'") + "'")
ARRAYS = st.lists(STRINGS, max_size=3).map(lambda one: f"[{', '.join(one)}]")
NULLABLE = st.one_of(st.just("NULL"), st.integers(-(2**31), 2**31 - 1).map(str))
ROWS = st.lists(st.tuples(NUMBERS, DECIMALS, FLOATS, STRINGS, ARRAYS, NULLABLE), min_size=1, max_size=4)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_whatever_the_rows_are_they_are_the_server_s(
    clickhouse_database: ClickHouseDatabase, session: Session, rows: list[tuple[str, ...]]
) -> None:
    types = "i Int64, d Decimal(18, 4), f Float64, s String, a Array(String), n Nullable(Int32)"
    both(clickhouse_database, session, types, ", ".join(f"({', '.join(row)})" for row in rows))


@pytest.fixture
def embedded(clickhouse26: EmbeddedServer) -> Any:
    database = make_embedded_database(clickhouse26)
    yield database
    drop_embedded_database(database)


def test_newer_servers_read_what_is_sent_as_they_read_the_rows(embedded: Any) -> None:
    types = ", ".join(f"c{at} {column[0]}" for at, column in enumerate(NEWER))
    values = ", ".join(f"({', '.join(column[at] for column in NEWER)})" for at in (1, 2))
    for table in ("theirs", "ours"):
        embedded.ask(f"CREATE TABLE {table} ({types}) ENGINE = MergeTree ORDER BY tuple()")
    embedded.ask(f"INSERT INTO theirs VALUES {values}")
    session = Session(Opening(url=embedded.url, shown="a test's", target="t/t", stop=Stop()))
    by_native(session, f"INSERT INTO ours VALUES {values}")
    session.close()
    assert embedded.ask("SELECT * FROM ours") == embedded.ask("SELECT * FROM theirs")
