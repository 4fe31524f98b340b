"""Several runs at once, and lock nodes that came with a dump: each migration is applied once."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemactl.contract.engine import Missing
from schemactl.errors import LockedError
from schemactl.events import Warned, ignore
from tests.contract.neo4j_dialect import DIALECT
from tests.contract.work import Heard, job_up, prepare, standing
from tests.engines.neo4j.conftest import Open
from tests.engines.neo4j.graph import Graph
from tests.fixtures.neo4j import OURS, Database

NOW = "datetime.realtime().epochMillis"
FILES = {
    "0001_count.cypher": "// migrate:up\nCREATE (:Count {n: 1});\n",
    "0002_index.cypher": "// migrate:up\nCREATE INDEX FOR (c:Count) ON (c.n);\nMATCH (c:Count) SET c.n = c.n * 2;\n",
    "0003_batches.cypher": "// migrate:up\nMATCH (c:Count) CALL (c) { SET c.n = c.n + 3 } IN TRANSACTIONS;\n",
}


@pytest.mark.parametrize("processes", [3, pytest.param(10, marks=pytest.mark.soak)])
def test_processes_that_migrate_at_once_apply_each_migration_once(
    tmp_path: Path, neo4j_database: Database, processes: int
) -> None:
    for name in OURS:
        neo4j_database.ask(f"DROP CONSTRAINT {name} IF EXISTS")
    graph = Graph(tmp_path / "project", neo4j_database, FILES)
    running = [graph.program("migrate", "--wait", "5min") for _ in range(processes)]
    said = [one.communicate(timeout=300)[0] for one in running]
    assert [one.returncode for one in running] == [0] * processes, said
    assert neo4j_database.ask("MATCH (c:Count) RETURN c.n") == [[5]]
    ledger = "MATCH (v:SchemaVersion) RETURN v.version, v.state, v.version_id ORDER BY v.version"
    assert neo4j_database.ask(ledger) == [[f"000{n}", "applied", n] for n in (1, 2, 3)]
    assert neo4j_database.one("MATCH (f:SchemaFormat) RETURN count(f)") == 1
    assert neo4j_database.one("MATCH (l:SchemaLock) RETURN count(l)") == 2


@pytest.mark.parametrize("left_ms", [-3_600_000, 2_000], ids=["long past", "not yet over"])
def test_a_lock_that_came_with_a_dump_is_over_by_the_clock_of_the_server_that_has_it_now(
    neo4j_database: Database, opened: Open, left_ms: int
) -> None:
    engine, heard = opened(), Heard()
    assert not isinstance(engine.lock, Missing)
    prepare(engine)
    with engine.lock.hold(wait_s=0, emit=ignore):
        engine.runner.run([job_up(engine, DIALECT, "1", "CREATE (:City)")], ignore)
        dumped = neo4j_database.ask("MATCH (l:SchemaLock) RETURN properties(l)")
    # Made anew, as a load of the dump makes them: other ids, the same words.
    neo4j_database.ask("MATCH (l:SchemaLock) DELETE l")
    neo4j_database.ask("UNWIND $all AS facts CREATE (l:SchemaLock) SET l = facts[0]", all=dumped)
    neo4j_database.ask(f"MATCH (l:SchemaLock {{name: 'lease'}}) SET l.expires = {NOW} + $left", left=left_ms)
    again = opened()
    assert not isinstance(again.lock, Missing)
    if left_ms > 0:
        with pytest.raises(LockedError), again.lock.hold(wait_s=0, emit=ignore):
            pytest.fail("it was not over yet")
    with again.lock.hold(wait_s=30, emit=heard):
        again.runner.run([job_up(again, DIALECT, "2", "CREATE (:City)")], heard)
    assert any("taken over" in event.what for event in heard.of(Warned))
    assert [standing(again, version).state for version in ("1", "2")] == ["applied", "applied"]
    assert neo4j_database.one("MATCH (c:City) RETURN count(c)") == 2
