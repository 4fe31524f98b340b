"""Seeds on Neo4j beside the contract's: relationships, values of properties, the labels that are the tool's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from schemactl.errors import ConfigError, SchemactlError, StatementError
from schemactl.model.seed import Lookup, Rows, SeedEnd, SeedRelationship, SeedRow
from tests.contract.on_neo4j import Neo4jTarget
from tests.contract.test_seeding import apply, compare, counts, recorded
from tests.fixtures.neo4j import Database

ADA, BEA = {"name": "Ada"}, {"name": "Bea"}


@pytest.fixture
def target(neo4j_database: Database) -> Iterator[Neo4jTarget]:
    made = Neo4jTarget(neo4j_database)
    yield made
    made.close()


def nodes(*rows: dict[str, Any], label: str = ":User", edges: tuple[SeedRelationship, ...] = ()) -> Rows:
    made = tuple(SeedRow(row, f"01_users.toml:{line}") for line, row in enumerate(rows, 1))
    return Rows(label if made else "", ("name",) if made else (), "", made, edges, {"table": "01_users.toml:1"})


def knows(line: int, source: str = "Ada", to: str = "Bea", **values: Any) -> SeedRelationship:
    ends = [SeedEnd("User", {"name": name}) for name in (source, to)]
    return SeedRelationship("KNOWS", ends[0], ends[1], values, f"01_users.toml:{line}")


def test_relationships_come_behind_their_nodes_and_once(target: Neo4jTarget) -> None:
    since = datetime(2024, 1, 15, tzinfo=UTC)
    rows = nodes(ADA, BEA, edges=(knows(9, since=since, close=True), knows(10, "Bea", "Ada")))
    assert counts(compare(target, rows)) == (4, 0, 0)
    assert counts(apply(target, rows)) == (4, 0, 0)
    assert target.ask("MATCH (:User)-[r:KNOWS]->(:User) RETURN count(r)") == [[2]]
    assert counts(apply(target, rows)) == (0, 0, 4)
    target.ask("MATCH (:User {name: 'Ada'})-[r:KNOWS]->() SET r.close = false, r.note = 'kept'")
    found = compare(target, rows)
    assert counts(found) == (0, 1, 3)
    assert found.differences[0].key == "KNOWS from User with name = Ada to User with name = Bea"
    assert found.differences[0].fields == (("close", "false", "true"),)
    assert counts(apply(target, rows)) == (0, 1, 3)
    assert target.ask("MATCH ({name: 'Ada'})-[r:KNOWS]->() RETURN r.close, r.note") == [[True, "kept"]]


@pytest.mark.parametrize("others", [0, 2])
def test_an_end_that_is_not_one_node_stops_its_seed_in_its_place(target: Neo4jTarget, others: int) -> None:
    for _ in range(others):
        target.ask("CREATE (:User {name: 'Bea'})")
    with pytest.raises(StatementError) as caught:
        apply(target, nodes(ADA, edges=(knows(7),)))
    assert (caught.value.at, caught.value.kind) == ("01_users.toml:7", "lookup")
    assert target.ask("MATCH (u:User) RETURN count(u)") == [[others]]
    assert recorded(target) == ()


def test_a_relationship_that_stands_twice_is_refused_where_it_does(target: Neo4jTarget) -> None:
    with pytest.raises(ConfigError) as caught:
        apply(target, nodes(ADA, BEA, edges=(knows(7), knows(8))))
    assert (caught.value.at, caught.value.kind) == ("01_users.toml:8", "duplicate_key")
    target.ask("CREATE (a:User {name: 'Ada'})-[:KNOWS]->(b:User {name: 'Bea'}) CREATE (a)-[:KNOWS]->(b)")
    with pytest.raises(StatementError) as there:
        compare(target, nodes(edges=(knows(7),)))
    assert (there.value.at, there.value.kind) == ("01_users.toml:7", "duplicate_key")


def test_properties_of_each_kind_stay_the_same_once_they_are_written(target: Neo4jTarget) -> None:
    row = {
        **ADA,
        "words": ["a", "b"],
        "none": [],
        "at": datetime(2024, 1, 15, 1, 0, 0, 123456, tzinfo=UTC),
        "local": datetime(2024, 1, 15, 1, 0),
        "day": date(2024, 1, 15),
        "hour": time(8, 30),
        "score": 4.0,
        "scores": [1, 2.5],
        "long": {"$numberLong": "5"},
        "bytes": {"$binary": {"base64": "AAE=", "subType": "00"}},
        "gone": None,
    }
    assert counts(apply(target, nodes(row))) == (1, 0, 0)
    assert counts(compare(target, nodes(row))) == (0, 0, 1)
    target.ask("MATCH (u:User) SET u.at = datetime('2024-01-15T02:00:00.123456+01:00')")
    assert counts(compare(target, nodes(row))) == (0, 0, 1)
    target.ask("MATCH (u:User) SET u.score = 4, u.day = date('2024-01-16'), u.words = ['b', 'a']")
    (difference,) = compare(target, nodes(row)).differences
    assert [name for name, _, _ in difference.fields] == ["words", "day", "score"]


def test_what_the_server_alone_takes_for_the_same_is_looked_up_once_its_node_is_there(target: Neo4jTarget) -> None:
    rows = nodes({**BEA, "of": Lookup("User", {"n": 1.0}, "name")}, {**ADA, "n": 1})
    assert counts(compare(target, rows)) == (2, 0, 0)
    assert counts(apply(target, rows)) == (2, 0, 0)
    assert target.ask("MATCH (u:User {name: 'Bea'}) RETURN u.of") == [["Ada"]]
    assert counts(compare(target, rows)) == (0, 0, 2)


@pytest.mark.parametrize(
    "value", [{"a": 1}, [[1]], [None], 2**63, {"$numberLong": "x"}, Lookup(":User", {"name": "Ada"})]
)
def test_what_no_property_holds_is_told_in_its_row(target: Neo4jTarget, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        compare(target, nodes(ADA, {**BEA, "x": value}))
    assert caught.value.at == "01_users.toml:2"


@pytest.mark.parametrize("label", [":SchemaSeed", ":SchemaLock", ":"])
def test_labels_of_the_tool_are_not_seeded(target: Neo4jTarget, label: str) -> None:
    with pytest.raises(SchemactlError) as caught:
        compare(target, nodes(ADA, label=label))
    assert (caught.value.at, caught.value.kind) == ("01_users.toml:1", "missing_object")
