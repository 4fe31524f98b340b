"""A value of a variable in a server's words: masked as it is written, and what may be of it left out."""

from __future__ import annotations

import pytest

from schemactl.engines.clickhouse.failure import ServerFailure as OfClickHouse
from schemactl.engines.mongodb.failure import ServerFailure as OfMongo
from schemactl.engines.neo4j.failure import ServerFailure as OfNeo4j
from schemactl.engines.postgres.failure import ServerFailure as OfPostgres
from schemactl.model.seed import Expanded, Rows, SeedRow
from schemactl.running.failure import Failure
from schemactl.running.seed_words import Words, hidden

SECRET = Expanded("S3\"c'ret", "${KEY}")
ROWS = Rows("t", ("k",), "", (SeedRow({"k": 1, "n": {"a": [SECRET]}}, "f:1"), SeedRow({"k": 2}, "f:2")))
CUT = "S3cr"  # a piece of a value as a server may have it


def test_an_error_names_the_variable_however_the_server_quotes_its_value() -> None:
    quoted = (
        *("plain: S3\"c'ret", "sql: 'S3\"c''ret'", 'json: "S3\\"c\'ret"', "escaped: 'S3\"c\\'ret'"),
        *("lower: s3\"c'ret", 'upper: "S3\\"C\'RET"'),
    )
    for text in quoted:
        assert hidden(text, [SECRET]).strip("'\"").endswith("${KEY}"), text


@pytest.mark.parametrize(
    ("failure", "kept"),
    [
        (OfPostgres("23514", 'row of "t" violates check constraint "c"', f"Failing row contains ({CUT}…)"), "23514"),
        (OfPostgres("23505", 'violates unique constraint "i"', f"Key (lower(n))=({CUT}) already exists."), '"i"'),
        (OfPostgres("22P02", "invalid input syntax for type json", f'Token "{CUT}" is invalid.'), "for type json"),
        (OfPostgres("22P02", f'invalid input syntax for type integer: "{CUT}"'), "invalid text representation"),
        (OfPostgres("22P02", f"ungültige Syntax: »{CUT}«", column="n"), "column n"),
        (OfPostgres("23514", f"no {CUT} here", raised=True, constraint="c"), "check violation (SQLSTATE 23514, con"),
        (OfPostgres("P0001", f"not {CUT}"), "raise exception"),
        (OfPostgres("XY123", f"not {CUT}"), "the server refused it (SQLSTATE XY123)"),
        (
            OfMongo(11000, "DuplicateKey", f'E11000 d.t index: n_1 dup key: {{ n: "{CUT}" }}'),
            "n_1 (DuplicateKey 11000)",
        ),
        (
            OfNeo4j("Neo.C.S.C", f"Node(1) already exists with label `T` and property `n` = '{CUT}'"),
            "property `n` (Neo",
        ),
        (OfClickHouse(6, f"Cannot parse string '{CUT}' as UInt8"), "Cannot parse string (code 6)"),
        (OfClickHouse(27, f"Cannot parse input: expected , before: {CUT}"), "Cannot parse input (code 27)"),
    ],
)
def test_what_a_server_may_quote_is_not_told_of_a_row_with_a_variable(failure: Failure, kept: str) -> None:
    words = Words(ROWS)
    for at in ("f:1", "", "f:9"):
        told = words.said(failure, at)
        assert (CUT in told, kept in told, "${KEY}" in told) == (False, True, True), told
    assert words.said(failure, "f:2") == failure.sentence()
