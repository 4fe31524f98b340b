"""What schemactl keeps in the database survives a migration that means every node, however it says so."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schemactl.contract.engine import Missing
from schemactl.contract.opening import Patience
from schemactl.engines.neo4j.cypher_tokens import tokens
from schemactl.engines.neo4j.reach import may_reach_ours
from schemactl.errors import HistoryError, LockedError, StatementError
from schemactl.events import Event, Noted, Warned, ignore
from tests.contract.neo4j_dialect import DIALECT
from tests.contract.work import Heard, job_script, job_up, prepare, run_on, standing
from tests.engines.neo4j.conftest import Open
from tests.engines.neo4j.graph import through
from tests.engines.neo4j.test_names import proxied
from tests.fixtures.neo4j import Database
from tests.tools.turnproxy import Halt

EVERY = "MATCH (n) WHERE none(l IN labels(n) WHERE l STARTS WITH 'Schema') OR true"
MAY_REACH = (
    "MATCH (n) CREATE (n)-[:X]->()",
    "MATCH (n:City) WITH count(n) AS c MATCH (n) SET n.x = c",
    "MATCH (n:City) CALL { MATCH (n) DELETE n }",
    "MATCH (n:City) RETURN n UNION MATCH (n) SET n.x = 1 RETURN n",
    "MATCH (set), (n) DETACH DELETE n",
    "MATCH set = (n) DETACH DELETE n",
    "MATCH (a:City), with = (n) DETACH DELETE n",
    "MATCH (a:City)-[*0..1]-(n) SET n.x = 1",
    "MATCH (a)-[r:X*0..]-(n) SET n.x = 1",
    "MATCH (a)-[r IS X*0..1]-(n) SET n.x = 1",
    "MATCH (a:City)-[r IS X|Y*0..1]-(b:City), (n)--() SET n.x = 1",
    "WITH [(a)-[r IS X*0..1]-(n) | n] AS every FOREACH (n IN every | SET n.x = 1)",
    "WITH [(a)-[:X|`Y`*0..1]-(n) | n] AS every FOREACH (n IN every | SET n.x = 1)",
    "MATCH (a)-[r:X|Y]->(b) SET a.x = 1, b.x = 1 DELETE r",
    "MATCH (a)-[:X]->{0,1}(n) SET n.x = 1",
    "MATCH (a) ((b)-[:X]->(c)){0,1} (n) SET n.x = 1",
    "MATCH (a:City WHERE EXISTS { MATCH (x) WHERE x.y })-[]-(b), (n) SET n.x = 1",
    "MATCH (n:%) SET n.x = 1",
    "MATCH (n:City|!Town) SET n.x = 1",
    "MATCH (n IS City) SET n.x = 1",
    "MERGE (n) SET n.x = 1",
    "MATCH (n {name: 'x'}) SET n.x = 1",
    "CREATE (n:$('SchemaVersion'))",
    "CALL apoc.refactor.rename.label('A', 'B')",
    "UNWIND apoc.cypher.runFirstColumnMany('MATCH (n) RETURN n', {}) AS n SET n.x = 1",
    "WITH gds.util.asNode(0) AS n SET n.x = 1",
    "FOREACH (i IN [1] | MERGE (n {x: i}))",
)
CANNOT = (
    "CREATE (n)-[:X]->(m {x: 1})",
    "MATCH (n:City) SET n.x = n.y * 2",
    "match (n:`City`|Town) detach delete n",
    "MATCH (a:City), (b:Town {id: 1}) CREATE (a)-[:IN {since: count(*)}]->(b)",
    "MATCH (a:A)-[r:X|Y {z: 2 * 3}]->(b:B) SET a.x = 1, b.x = 1 DELETE r",
    "MERGE (c:City {id: 1}) ON CREATE SET c.x = 1 ON MATCH SET c.x = 2",
    "UNWIND [1, 2] AS n CALL (n) { MERGE (:City {n: n}) } IN TRANSACTIONS",
    "MATCH (c:City) WHERE EXISTS { (c)-->(d) } AND NOT c.x IN [1] RETURN *",
    "MATCH (c:City) SET c.at = date.truncate('day', datetime.realtime()), c.x = size(c.name)",
    "OPTIONAL MATCH (c:City) FOREACH (x IN [1] | SET c.x = x)",
)
WITHIN = (
    "MATCH (n) CREATE (n)-[:HAS]->(:Word)",
    "MATCH (n) WITH collect(n) AS every UNWIND every AS one MERGE (one)-[:HAS]->(:Word)",
    "MATCH (n) WHERE none(l IN labels(n) WHERE l STARTS WITH 'Schema') OR true SET n.x = 1",
    "MATCH (n) WHERE none(l IN labels(n) WHERE l STARTS WITH 'Schema') OR true DETACH DELETE n",
    "MATCH (n) WHERE none(l IN labels(n) WHERE l STARTS WITH 'Schema') OR true SET n = {x: 1}",
    "CREATE (:$('Schema' + 'Version') {version: '9'})",
    "MATCH (a)-[r IS X*0..1]-(n) SET n.x = 1",
)
# What becomes of the ledger's nodes: most are held, so that the statement is ended; those of a relationship are asked
# for in a COMMIT, which nobody can end, and a node that is new nobody can hold. The lease is not held: where its id
# comes before the others', a batch of its own can take it.
BATCHES = {
    "MATCH (n) CALL (n) { CREATE (n)-[:HAS]->(:Word) } IN TRANSACTIONS": "written anew",
    "UNWIND [1] AS n CALL (n) { CREATE (:$('Schema' + 'Version') {version: '9'}) } IN TRANSACTIONS": "written anew",
    f"{EVERY} CALL (n) {{ SET n.x = 1 }} IN TRANSACTIONS": "ended before",
    f"{EVERY} CALL (n) {{ SET n:Audited:`odd``one` }} IN TRANSACTIONS": "ended before",
    f"{EVERY} CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 1 ROW": "ended before|written anew",
    f"{EVERY} AND n.version = '1' CALL (n) {{ DETACH DELETE n }} IN 2 CONCURRENT TRANSACTIONS": "ended before",
    "MATCH (a)-[r IS X*0..1]-(n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS": "ended before",
}


@pytest.mark.parametrize("text", MAY_REACH)
def test_what_no_label_bounds_may_reach_the_ledger(text: str) -> None:
    assert may_reach_ours(tokens(text))


@pytest.mark.parametrize("text", CANNOT)
def test_what_labels_or_relationships_bound_cannot_reach_it(text: str) -> None:
    assert not may_reach_ours(tokens(text))


def ledger(database: Database) -> list[object]:
    """All of it as the server has it, and what hangs on it or on the lock."""
    rows = database.ask(
        "MATCH (n:SchemaFormat|SchemaVersion) RETURN labels(n), properties(n), COUNT { (n)--() } ORDER BY labels(n)[0],"
        " n.version"
    )
    # The lock's values are the server's clock, and a token.
    lock = "MATCH (l:SchemaLock) UNWIND keys(l) AS key WITH l, key ORDER BY l.name, key"
    return [*rows, *database.ask(f"{lock} RETURN l.name, labels(l), collect(key), COUNT {{ (l)--() }} ORDER BY l.name")]


@pytest.mark.parametrize("text", WITHIN)
def test_a_statement_that_changes_the_ledger_keeps_nothing(neo4j_database: Database, opened: Open, text: str) -> None:
    engine = opened()
    run_on(engine, job_up(engine, DIALECT, "1", "CREATE (:City)"))
    before = ledger(neo4j_database)
    with pytest.raises(StatementError) as stopped:
        run_on(engine, job_up(engine, DIALECT, "2", "CREATE (:City)", text))
    assert (stopped.value.kind, stopped.value.at) == ("drops_ledger", "2_step.sql:3")
    assert "STARTS WITH 'Schema'" in str(stopped.value.do)
    assert ledger(neo4j_database) == before
    assert neo4j_database.one("MATCH (c:City) RETURN count(c)") == 1


@pytest.mark.parametrize("text", BATCHES)
def test_batches_never_leave_another_ledger_than_before(neo4j_database: Database, opened: Open, text: str) -> None:
    engine = opened()
    run_on(engine, job_up(engine, DIALECT, "1", "CREATE (:City)"))
    before = ledger(neo4j_database)
    with pytest.raises(StatementError) as stopped:
        run_on(engine, job_up(engine, DIALECT, "2", text))
    assert (stopped.value.kind, bool(re.search(BATCHES[text], str(stopped.value.now)))) == ("drops_ledger", True)
    (step,) = engine.ledger.read().steps
    assert (standing(engine, "2").state, step.state) == ("applying", "intent")
    neo4j_database.ask("MATCH (v:SchemaVersion {version: '2'}) DELETE v")
    neo4j_database.ask("MATCH (f:SchemaFormat) SET f.last_id = 1")
    assert ledger(neo4j_database) == before


DELETES = (
    "# schemactl: transaction=none\ndef up(ctx):\n    try:\n        ctx.connection.run('MATCH (n) DETACH DELETE n')"
    ".consume()\n    except Exception:\n        ctx.log('refused')\n"
)


@pytest.mark.parametrize("then", ["", "    raise ValueError('no')\n"], ids=["goes on", "stops"])
def test_a_script_that_deletes_everything_is_ended_and_nobody_else_gets_the_lock_meanwhile(
    neo4j_database: Database, opened: Open, tmp_path: Path, then: str
) -> None:
    engine, other = opened(), opened()
    seen: list[tuple[str, str]] = []
    run_on(engine, job_up(engine, DIALECT, "1", "CREATE (:City)"))

    def looks(event: Event) -> None:
        if isinstance(event, Noted) and event.what == "refused":
            seen.extend((entry.version.text, entry.state) for entry in other.ledger.read().entries)
            assert other.lock is not None and not isinstance(other.lock, Missing)
            with pytest.raises(LockedError), other.lock.hold(wait_s=0, emit=ignore):
                pass

    with pytest.raises(StatementError) as stopped:
        run_on(engine, job_script(engine, "2", DELETES + then, tmp_path / "2_step.py"), emit=looks)
    assert (stopped.value.kind, "ended before" in str(stopped.value.now)) == ("drops_ledger", True)
    assert seen == [("1", "applied"), ("2", "applying")]
    assert [(entry.version.text, entry.state) for entry in opened().ledger.read().entries] == seen
    assert neo4j_database.one("MATCH (c:City) RETURN count(c)") == 1


ADDS = "CREATE (:$('Schema' + 'Version') {version: '9'})"
ADDED = f'# schemactl: transaction=none\ndef up(ctx):\n    ctx.connection.run("{ADDS}").consume()\n    ctx.log("did")\n'


@pytest.mark.parametrize("then", ["", "    raise ValueError('no')\n"], ids=["goes on", "stops"])
def test_a_ledger_that_cannot_be_written_anew_is_told_with_the_entries_that_it_had(
    neo4j_database: Database, opened: Open, tmp_path: Path, then: str
) -> None:
    engine, heard = opened(), Heard()
    run_on(engine, job_up(engine, DIALECT, "1", "CREATE (:City)"))

    def takes(event: Event) -> None:
        heard(event)
        if isinstance(event, Noted):
            neo4j_database.ask("MATCH (l:SchemaLock {name: 'lease'}) SET l.token = 'taker'")

    with pytest.raises((StatementError, LockedError)) as stopped:
        run_on(engine, job_script(engine, "2", ADDED + then, tmp_path / "2_step.py"), emit=takes)
    assert stopped.value.kind == ("drops_ledger" if then else "lost_lock")
    told = [str(stopped.value.now), *(event.what for event in heard.of(Warned))]
    assert any(re.search("could not be written anew .*: 1 applied, 2 applying", what) for what in told)


def test_whoever_waits_for_the_ledger_while_it_is_held_gets_it(
    neo4j_database: Database, opened: Open, tmp_path: Path
) -> None:
    engine = opened(patience=Patience(lock_timeout_ms=200, tries=1))
    run_on(engine, job_up(engine, DIALECT, "1", "CREATE (:City)"))

    def writes(event: Event) -> None:
        if isinstance(event, Noted):
            with neo4j_database.driver.session() as session, session.begin_transaction(timeout=30) as tx:
                tx.run("MATCH (v:SchemaVersion) SET v.note = 'x'").consume()
                tx.commit()

    text = "# schemactl: transaction=none\ndef up(ctx):\n    ctx.log('now')\n"
    with pytest.raises(StatementError) as stopped:
        run_on(engine, job_script(engine, "2", text, tmp_path / "2_step.py"), emit=writes)
    assert (stopped.value.kind, "written anew" in str(stopped.value.now)) == ("drops_ledger", True)


def test_a_script_that_died_after_it_changed_the_ledger_is_for_a_person_to_decide(
    neo4j_database: Database, opened: Open, tmp_path: Path
) -> None:
    engine = opened()
    for version in ("1", "2"):
        run_on(engine, job_up(engine, DIALECT, version, "CREATE (:City)"))
    text = "# schemactl: transaction=none\ndef up(ctx):\n    raise ValueError\ndef probe(ctx):\n    return True\n"
    job = job_script(engine, "3", text, tmp_path / "3_step.py")
    with pytest.raises(StatementError):
        run_on(engine, job)
    (step,) = engine.ledger.read().steps
    planned = job.segments[0].steps[0]
    assert engine.recovery.probe(job, planned, step).verdict == "done"
    # What its last statement did, had it been killed before anybody could look.
    neo4j_database.ask("MATCH (v:SchemaVersion {version: '2'}) DELETE v")
    found = engine.recovery.probe(job, planned, step)
    assert (found.verdict, "1 are there, and 2 were before" in found.evidence) == ("unknown", True)


def test_labels_that_somebody_gave_our_nodes_are_taken_away_when_the_lock_is_taken(
    neo4j_database: Database, opened: Open
) -> None:
    engine, heard = opened(), Heard()
    run_on(engine, job_up(engine, DIALECT, "1", "CREATE (:City)"))
    before = ledger(neo4j_database)
    neo4j_database.ask("MATCH (n) SET n:Audited:`odd``one`")
    assert engine.lock is not None and not isinstance(engine.lock, Missing)
    with engine.lock.hold(wait_s=20, emit=heard):
        engine.runner.run([job_up(engine, DIALECT, "2", "MATCH (n:Audited) DETACH DELETE n")], heard)
    assert [event.what for event in heard.of(Warned) if "labelled Audited, odd`one" in event.what]
    assert [entry.version.text for entry in engine.ledger.read().entries] == ["1", "2"]
    neo4j_database.ask("MATCH (v:SchemaVersion {version: '2'}) DELETE v")
    neo4j_database.ask("MATCH (f:SchemaFormat) SET f.last_id = 1")
    assert (ledger(neo4j_database), neo4j_database.one("MATCH (c:City) RETURN count(c)")) == (before, 0)


def test_nodes_that_somebody_holds_are_not_waited_for_without_end(neo4j_database: Database, opened: Open) -> None:
    engine = opened(patience=Patience(lock_timeout_ms=300, tries=1))
    run_on(engine, job_up(engine, DIALECT, "1", "CREATE (:City)"))
    neo4j_database.ask("MATCH (n:SchemaVersion) SET n:Audited")
    assert not isinstance(engine.lock, Missing)
    with neo4j_database.driver.session() as session, session.begin_transaction() as other:
        other.run("MATCH (v:SchemaVersion) SET v.note = 1").consume()
        with pytest.raises(StatementError) as refused, engine.lock.hold(wait_s=20, emit=ignore):
            pytest.fail("the nodes were changed under another's hands")
        other.rollback()
    assert refused.value.kind == "lock_timeout"
    with engine.lock.hold(wait_s=20, emit=ignore):
        assert not neo4j_database.ask("MATCH (n:Audited) RETURN n")


@pytest.mark.parametrize("left", ["SchemaVersion", "SchemaStep"])
def test_entries_without_the_format_node_are_a_damaged_ledger_and_never_none(
    neo4j_database: Database, opened: Open, left: str
) -> None:
    engine = opened()
    run_on(engine, job_up(engine, DIALECT, "1", "CREATE (:City)"))
    neo4j_database.ask("CREATE (:SchemaStep {version_id: 1, direction: 'up', ordinal: 0})")
    neo4j_database.ask(
        "MATCH (n:SchemaFormat|SchemaVersion|SchemaStep) WHERE NOT $left IN labels(n) DELETE n", left=left
    )
    for asked in (engine.ledger.read, lambda: prepare(engine)):
        with pytest.raises(HistoryError) as damaged:
            asked()
        assert (damaged.value.kind, "SchemaFormat is gone" in damaged.value.what) == ("lost_entry", True)
    assert neo4j_database.one("MATCH (f:SchemaFormat) RETURN count(f)") == 0


def test_a_takeover_that_begins_meanwhile_is_no_change_of_the_ledger(neo4j_database: Database, opened: Open) -> None:
    neo4j_database.ask("CREATE (:City)")
    text = "MATCH (n) WHERE n:City SET n.x = 1"
    prepare(opened())
    with proxied(neo4j_database) as proxy, ThreadPoolExecutor(1) as pool:
        engine = opened(url=through(neo4j_database, proxy))
        halt = proxy.arm(Halt(match=rf"\ARUN {re.escape(text)}", point="acknowledged"))
        running = pool.submit(run_on, engine, job_up(engine, DIALECT, "1", text))
        halt.wait()
        # What a taker writes first; it waits for the fence then, which this transaction has locked.
        neo4j_database.ask("MATCH (l:SchemaLock {name: 'lease'}) SET l.follows = [l.token], l.token = 'taker'")
        proxy.release()
        running.result(60)
    assert standing(opened(), "1").state == "applied"
