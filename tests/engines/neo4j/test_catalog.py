"""The catalogue beside what the server itself says would make its schema: SHOW … YIELD createStatement."""

from __future__ import annotations

import pytest

from tests.engines.neo4j.conftest import Open
from tests.fixtures.neo4j import Database, wipe

SCHEMA = (
    "CREATE INDEX a FOR (n:A) ON (n.x, n.y)",
    "CREATE INDEX FOR ()-[r:R]-() ON (r.x)",
    "CREATE TEXT INDEX b FOR (n:A) ON (n.x)",
    "CREATE POINT INDEX c FOR (n:A) ON (n.p) OPTIONS {indexConfig: {`spatial.cartesian.min`: [-10.5, -10.0]}}",
    "CREATE FULLTEXT INDEX d FOR (n:B|A) ON EACH [n.x, n.y] OPTIONS {indexConfig: {`fulltext.analyzer`: 'german'}}",
    "CREATE VECTOR INDEX e FOR (n:A) ON (n.v)"
    " OPTIONS {indexConfig: {`vector.dimensions`: 3, `vector.similarity_function`: 'cosine'}}",
    "CREATE CONSTRAINT f FOR (n:`A ``b``; c`) REQUIRE (n.x, n.`y z`) IS UNIQUE",
    "CREATE CONSTRAINT g FOR ()-[r:R]-() REQUIRE r.y IS UNIQUE",
)


def made_by(database: Database) -> list[str]:
    """The statements that the server says would make its schema, ours and the lookups left out."""
    rows = [
        *database.ask(
            "SHOW INDEXES YIELD createStatement, name, type, owningConstraint"
            " WHERE type <> 'LOOKUP' AND owningConstraint IS NULL RETURN createStatement, name"
        ),
        *database.ask("SHOW CONSTRAINTS YIELD createStatement, name"),
    ]
    return [statement for statement, name in rows if not name.startswith("schema_")]


def test_what_the_server_s_own_statements_make_anew_is_equal(neo4j_database: Database, opened: Open) -> None:
    catalog = opened().catalog
    for statement in SCHEMA:
        neo4j_database.ask(statement)
    before, statements = catalog.read(), made_by(neo4j_database)
    assert len(statements) == len(SCHEMA)
    wipe(neo4j_database)
    assert catalog.read() != before
    for statement in statements:
        neo4j_database.ask(statement)
    assert catalog.read().difference(before) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CREATE INDEX i FOR (n:A) ON (n.x, n.y)", "CREATE INDEX i FOR (n:A) ON (n.y, n.x)"),
        ("CREATE INDEX i FOR (n:A) ON (n.x)", "CREATE INDEX i FOR (n:B) ON (n.x)"),
        ("CREATE INDEX i FOR (n:A) ON (n.x)", "CREATE INDEX i FOR ()-[n:A]-() ON (n.x)"),
        ("CREATE INDEX i FOR (n:A) ON (n.x)", "CREATE CONSTRAINT i FOR (n:A) REQUIRE n.x IS UNIQUE"),
        (
            "CREATE FULLTEXT INDEX i FOR (n:A) ON EACH [n.x]",
            "CREATE FULLTEXT INDEX i FOR (n:A) ON EACH [n.x] OPTIONS {indexConfig: {`fulltext.analyzer`: 'german'}}",
        ),
    ],
)
def test_what_the_server_tells_apart_is_different(neo4j_database: Database, opened: Open, one: str, other: str) -> None:
    catalog = opened().catalog
    neo4j_database.ask(one)
    first, told = catalog.read(), made_by(neo4j_database)
    wipe(neo4j_database)
    neo4j_database.ask(other)
    assert (catalog.read() != first, made_by(neo4j_database) != told) == (True, True)
