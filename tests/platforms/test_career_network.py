"""The career platform's graph: counts, what its keys refuse, what its indexes find, what its checks find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from neo4j.exceptions import ConstraintError

from tests.fixtures.neo4j import Database, name_of
from tests.platforms.career import assert_returns_the_same, block, checks, user

CONSTRAINTS = {"user_user_id", "mentor_user_id", "event_event_id"}
INDEXES = {
    "event_type_date": "RANGE",
    "mentor_rating": "RANGE",
    "mentored_by_status": "RANGE",
    "registered_for_status": "RANGE",
    "people_text": "FULLTEXT",
}
# How a writer joins a user and a mentor, as the platform's page says it.
MERGED = block("career_network", "cypher")
ONE, OTHER = user(1), user(2)

FAULTS = {
    "01_people_have_a_user_id.cypher": [
        "CREATE (:User {name: 'nobody'})",
        "CREATE (:Mentor)",
        "CREATE (:User {user_id: '00000000-0000-4000-8000-00000000000A'})",
        "CREATE (:User {user_id: 5})",
        "CREATE (:Mentor {user_id: '00000000-0000-4000-8000-0000000000011'})",
    ],
    "02_events_have_id_date_and_title.cypher": [
        "CREATE (:Event {date: datetime(), title: 'x'})",
        "CREATE (:Event {event_id: 'e9', title: 'x'})",
        "CREATE (:Event {event_id: 'e9', date: datetime()})",
    ],
    "03_nobody_mentors_themselves.cypher": [
        f"MATCH (u:User {{user_id: '{ONE}'}}) CREATE (u)-[:MENTORED_BY]->(:Mentor {{user_id: '{ONE}'}})",
    ],
    "04_relationships_are_there_once.cypher": [
        "MATCH (u:User)-[:MENTORED_BY]->(m:Mentor) CREATE (u)-[:MENTORED_BY]->(m)",
        "MATCH (u:User)-[:REGISTERED_FOR]->(e:Event) CREATE (u)-[:REGISTERED_FOR {status: 'waiting'}]->(e)",
    ],
    "05_events_are_not_overbooked.cypher": [
        f"MATCH (e:Event) CREATE (:User {{user_id: '{user(7)}'}})-[:REGISTERED_FOR {{status: 'confirmed'}}]->(e)",
    ],
    "06_a_mentor_is_the_user_of_that_id.cypher": [
        "MATCH (u:User)-[:MENTORED_BY]->(m:Mentor) CREATE (u)-[:IS_MENTOR]->(m)",
    ],
}


@pytest.fixture
def graph(career_graph: Database) -> Iterator[Database]:
    """The migrated database, its people and events gone afterwards."""
    yield career_graph
    career_graph.ask("MATCH (n:User|Mentor|Event) DETACH DELETE n")


@pytest.fixture
def peopled(graph: Database) -> Database:
    """A user with a mentor who is a user too, and an event with one place, which is taken."""
    for statement in (
        MERGED,
        "MATCH (m:Mentor) MERGE (u:User {user_id: m.user_id}) MERGE (u)-[:IS_MENTOR]->(m)",
        "CREATE (:Event {event_id: 'e1', title: 'Summit', date: datetime(), type: 'webinar', max_participants: 1})",
        "MATCH (u:User {user_id: $user}), (e:Event) CREATE (u)-[:REGISTERED_FOR {status: 'confirmed'}]->(e)",
    ):
        graph.ask(statement, user=ONE, mentor=OTHER)
    return graph


def schema(graph: Database) -> tuple[set[str], dict[str, str]]:
    constraints = {name for (name,) in graph.ask("SHOW CONSTRAINTS YIELD name")}
    beside = (
        "SHOW INDEXES YIELD name, type, owningConstraint, state WHERE owningConstraint IS NULL AND state = 'ONLINE'"
    )
    indexes = {name: kind for name, kind in graph.ask(f"{beside} RETURN name, type") if kind != "LOOKUP"}
    return {name for name in constraints if not name.startswith("schema_")}, indexes


def test_the_graph_counts_what_the_sheet_counts(graph: Database) -> None:
    assert schema(graph) == (CONSTRAINTS, INDEXES)
    kinds = graph.ask(
        "SHOW CONSTRAINTS YIELD name, type WHERE name IN $names RETURN DISTINCT type", names=[*CONSTRAINTS]
    )
    assert kinds == [["UNIQUENESS"]]


def test_indexes_are_on_what_the_sheet_says(graph: Database) -> None:
    shown = "SHOW INDEXES YIELD name, labelsOrTypes, properties WHERE name IN $names"
    found = graph.ask(f"{shown} RETURN name, labelsOrTypes, properties", names=[*INDEXES])
    assert {name: (sorted(labels), properties) for name, labels, properties in found} == {
        "event_type_date": (["Event"], ["type", "date"]),
        "mentor_rating": (["Mentor"], ["rating"]),
        "mentored_by_status": (["MENTORED_BY"], ["status"]),
        "registered_for_status": (["REGISTERED_FOR"], ["status"]),
        "people_text": (["Mentor", "User"], ["name", "title", "company", "expertise", "specializations"]),
    }


@pytest.mark.parametrize(("label", "key"), [("User", "user_id"), ("Mentor", "user_id"), ("Event", "event_id")])
def test_an_id_is_there_once_a_label(label: str, key: str, graph: Database) -> None:
    graph.ask(f"CREATE (:{label} {{{key}: $id}})", id=ONE)
    with pytest.raises(ConstraintError):
        graph.ask(f"CREATE (:{label} {{{key}: $id}})", id=ONE)
    assert graph.one(f"MATCH (n:{label}) RETURN count(n)") == 1


def test_a_user_may_be_a_mentor_of_the_same_id(graph: Database) -> None:
    graph.ask("CREATE (:User {user_id: $id})-[:IS_MENTOR]->(:Mentor {user_id: $id})", id=ONE)
    assert graph.one("MATCH (:User)-[r:IS_MENTOR]->(:Mentor) RETURN count(r)") == 1


def test_merging_twice_adds_nothing_where_a_bare_pattern_leaves_empty_nodes_that_a_check_finds(graph: Database) -> None:
    for _ in range(2):
        graph.ask(MERGED, user=ONE, mentor=OTHER)
    assert graph.ask("MATCH (n:User|Mentor) OPTIONAL MATCH (n)-[r]->() RETURN count(DISTINCT n), count(r)") == [[2, 1]]
    for _ in range(2):
        graph.ask("CREATE (:User)-[:MENTORED_BY {status: 'active'}]->(:Mentor)")
    assert len(graph.ask(checks("career_network")["01_people_have_a_user_id.cypher"])) == 4


def test_people_are_found_by_words_of_any_of_their_texts(graph: Database) -> None:
    graph.ask(
        "CREATE (:User {user_id: $one, name: 'John Doe', title: 'Senior Developer', company: 'Tech Corp', "
        "expertise: ['JavaScript', 'Python']}), "
        "(:Mentor {user_id: $other, specializations: ['Career Transition', 'Technical Leadership']})",
        one=ONE,
        other=OTHER,
    )
    graph.ask("CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()")

    def found(words: str) -> list[Any]:
        query = "CALL db.index.fulltext.queryNodes('people_text', $words) YIELD node RETURN node.user_id"
        return [row[0] for row in graph.ask(query, words=words)]

    for words in ("john", "senior", "corp", "python"):
        assert found(words) == [ONE], words
    assert (found("leadership"), found("cobol")) == ([OTHER], [])


def test_events_are_found_by_the_index_of_kind_and_date(peopled: Database) -> None:
    query = "MATCH (e:Event) WHERE e.type = 'webinar' AND e.date < datetime() + duration('P1D') RETURN e.event_id"
    with peopled.driver.session(database=name_of(peopled.url)) as session:
        result = session.run(f"PROFILE {query}")
        assert result.values() == [["e1"]]
        profile = str(result.consume().profile)
    assert "event_type_date" in profile or "e:Event(type, date)" in profile


def test_the_checks_return_nothing_on_whole_data_and_each_finds_its_faults(peopled: Database) -> None:
    texts = checks("career_network")
    # Those of the sheet, and one for mentors.
    assert (list(texts), len(texts)) == (list(FAULTS), 5 + 1)
    assert {name: peopled.ask(text) for name, text in texts.items()} == {name: [] for name in texts}
    found = {}
    with peopled.driver.session(database=name_of(peopled.url)) as session:
        for name, faults in FAULTS.items():
            for fault in faults:
                with session.begin_transaction() as transaction:
                    transaction.run(fault).consume()
                    found[name, fault] = len(transaction.run(texts[name]).values())
                    transaction.rollback()
    assert found == {(name, fault): 1 for name, faults in FAULTS.items() for fault in faults}


@pytest.mark.soak
def test_the_graph_goes_and_comes_back_the_same(graph: Database) -> None:
    assert_returns_the_same({"career_network": graph})
