"""What a statement would do to nodes that it names no label of: the ledger's and the lock's are among them."""

from __future__ import annotations

import pytest

from schemactl.engines.neo4j import options
from schemactl.engines.neo4j.cypher_tokens import tokens
from schemactl.engines.neo4j.planner import Neo4jPlanner
from schemactl.errors import ConfigError, HistoryError, StatementError
from tests.contract.neo4j_dialect import DIALECT
from tests.contract.work import cut, job_up, run_on
from tests.engines.neo4j.conftest import Open
from tests.fixtures.neo4j import Database

REACHES_OURS = (
    "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS",
    "MATCH (n) CALL { WITH n SET n.x = 1 } IN TRANSACTIONS OF 10 ROWS",
    "MATCH (n) DETACH DELETE n",
    "MATCH (n) REMOVE n.description",
    "match (`n`) set `n`.x = 1",
    "MATCH (n {name: 'lease'}) SET n.x = 1",
    "MATCH (n:!City) SET n.x = 1",
    "MATCH (a:City), (n) SET a.x = 1, n.x = 1",
    "OPTIONAL MATCH (n) WITH collect(n) AS all FOREACH (one IN all | DELETE one)",
    "MATCH (n) WHERE NOT n:City SET n += {x: 1}",
    "MATCH (n) CREATE (n)-[:HAS]->(:Word) SET n.x = 1",
    "MERGE (n {name: 'lease'}) ON MATCH SET n.token = ''",
)
LEAVES_OURS = (
    "MATCH (n) RETURN n",
    "MATCH (n:City) SET n.x = 1",
    "MATCH (n:City|Town) CALL (n) { DETACH DELETE n } IN TRANSACTIONS",
    "MATCH (n) WHERE n:City SET n.x = 1",
    "MATCH (n WHERE n:City) SET n.x = 1",
    "MATCH (a)-[r]->(b) DELETE r SET a.x = 1, b.x = 1",
    "MATCH (a:City) OPTIONAL MATCH (a)--(b) DETACH DELETE a, b",
    "MATCH (n) WITH count(n) AS many MATCH (c:City) SET c.of = many",
    "MATCH (n) WHERE none(l IN labels(n) WHERE l STARTS WITH 'Schema') CALL (n) { DELETE n } IN TRANSACTIONS",
    "CREATE (n) SET n.x = 1",
    "MERGE (c:City {id: 1}) ON CREATE SET c.x = 1 ON MATCH SET c.x = 2",
)


@pytest.mark.parametrize("text", REACHES_OURS)
def test_what_may_change_the_ledger_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Neo4jPlanner().segments(cut(DIALECT, text).up, shown="1_step.cypher")
    assert (refused.value.kind, "STARTS WITH 'Schema'" in str(refused.value.do)) == ("drops_ledger", True)


@pytest.mark.parametrize("text", LEAVES_OURS)
def test_what_leaves_the_ledger_alone_is_not(neo4j_database: Database, opened: Open, text: str) -> None:
    engine = opened()
    run_on(engine, job_up(engine, DIALECT, "1", text))
    before = ours(neo4j_database)
    run_on(engine, job_up(engine, DIALECT, "2", "CREATE (:City)", text))
    assert before <= ours(neo4j_database)


def ours(database: Database) -> set[str]:
    rows = database.ask("MATCH (v:SchemaVersion) RETURN v.version, keys(v)")
    return {repr((version, sorted(keys))) for version, keys in rows}


def test_a_ledger_that_somebody_else_has_changed_is_told_as_such(neo4j_database: Database, opened: Open) -> None:
    engine = opened()
    run_on(engine, job_up(engine, DIALECT, "1", "CREATE (:City)"))
    neo4j_database.ask("MATCH (v:SchemaVersion) REMOVE v.description")
    with pytest.raises(HistoryError) as damaged:
        engine.ledger.read()
    assert (damaged.value.kind, "`description`" in damaged.value.what) == ("lost_entry", True)


@pytest.mark.parametrize(
    ("said", "shown", "same"),
    [
        (":: STRING", "STRING", True),
        ("TYPED varchar", "STRING", True),
        (":: INT | STRING", "INTEGER | STRING", True),
        (":: STRING | INT", "INTEGER | STRING", True),
        (":: LIST<INT NOT NULL>", "LIST<INTEGER NOT NULL>", True),
        (":: TIMESTAMP WITH TIME ZONE", "ZONED DATETIME", True),
        (":: STRING", "INTEGER", False),
        (":: LIST<STRING NOT NULL>", "LIST<INTEGER NOT NULL>", False),
    ],
)
def test_a_type_is_compared_by_what_it_means(said: str, shown: str, same: bool) -> None:
    wanted = options.asked(tokens(f"n.x IS {said}"))
    assert (options.differing(wanted, {"propertyType": shown}) == "") == same


def test_a_procedure_that_commits_is_for_a_person_to_decide(opened: Open) -> None:
    engine = opened()
    text = "CALL apoc.periodic.iterate('MATCH (n:A) RETURN n', 'DELETE n', {})"
    with pytest.raises(StatementError) as refused:
        run_on(engine, job_up(engine, DIALECT, "1", text))
    assert refused.value.kind == "missing_object"
    job = job_up(engine, DIALECT, "1", text)
    (step,) = engine.ledger.read().steps
    assert engine.recovery.probe(job, job.segments[0].steps[0], step).verdict == "unknown"


def test_a_password_within_a_statement_is_shown_to_nobody(opened: Open) -> None:
    engine = opened()
    text = "CALL apoc.periodic.iterate('CALL apoc.load.jdbc(\\'jdbc:x://h?password=hush-hush\\')', 'RETURN 1', {})"
    job = job_up(engine, DIALECT, "1", text)
    with pytest.raises(StatementError) as refused:
        run_on(engine, job)
    (step,) = engine.ledger.read().steps
    found = engine.recovery.probe(job, job.segments[0].steps[0], step)
    assert "apoc.periodic" in found.query
    shown = [*refused.value.lines(), found.query, found.evidence, repr(engine.ledger.read())]
    assert "hush-hush" not in "\n".join(shown)


@pytest.mark.parametrize(
    "text", ["CREATE USER anna SET PASSWORD 'hush'", "ALTER CURRENT USER SET PASSWORD FROM 'hush' TO 'x'"]
)
def test_a_user_s_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Neo4jPlanner().segments(cut(DIALECT, text).up, shown="1_step.cypher")
    assert (refused.value.kind, "hush" in "\n".join(refused.value.lines())) == ("server_control", False)


def test_periodic_commit_is_refused_with_what_stands_for_it_now() -> None:
    text = "USING PERIODIC COMMIT 500 LOAD CSV FROM 'file:///a.csv' AS line CREATE (:A)"
    with pytest.raises(ConfigError) as refused:
        Neo4jPlanner().segments(cut(DIALECT, "CREATE (:City)", text).up, shown="1_step.cypher")
    assert (refused.value.at, "IN TRANSACTIONS" in str(refused.value.do)) == ("1_step.cypher:3", True)
