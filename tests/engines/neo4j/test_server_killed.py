"""A server killed in a change of the schema or in batches, and started again: recover, and all is as it should be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemactl.sandbox.neo4j import Server
from tests.engines.neo4j.graph import End, Graph, run_out, succeeded
from tests.fixtures.neo4j import Database, wipe
from tests.tools.turnproxy import Halt, Point

INDEX = "CREATE INDEX word FOR (w:Word) ON (w.text)"
BATCHES = "MATCH (w:Word) CALL (w) { SET w.n = w.id % 7 } IN TRANSACTIONS OF 500 ROWS"
FILES = {
    "0001_words.cypher": "// migrate:up\nUNWIND range(1, 20000) AS i CREATE (:Word {id: i, text: 'word ' + i});\n",
    "0002_kinds.cypher": f"// migrate:up\n{INDEX};\n// schemactl: idempotent\n{BATCHES};\nCREATE (:Word {{id: 0}});\n",
}
# A request of the run, and how far its answer gets before the server is killed.
KILLS: dict[str, tuple[str, Point]] = {
    "schema before it is committed": (rf"\ARUN {re.escape(INDEX)}", "acknowledged"),
    "schema in its commit": (rf"\AEND .*{re.escape(INDEX)}", "sent"),
    "schema committed, being built": (rf"\AEND .*{re.escape(INDEX)}", "executed"),
    "batches sent": (r"IN TRANSACTIONS OF 500 ROWS", "sent"),
    "batches committed": (r"IN TRANSACTIONS OF 500 ROWS", "executed"),
}


def undisturbed(graph: Graph) -> End:
    graph.migrate()
    return graph.end()


@pytest.mark.soak
def test_a_server_killed_in_schema_or_batches_is_recovered(tmp_path: Path, neo4j_database: Database) -> None:
    server = neo4j_database.server
    if not isinstance(server, Server):
        pytest.skip("not run: a given server is not killed")
    graph = Graph(tmp_path / "project", neo4j_database, FILES)
    expected = undisturbed(graph)
    differing = []
    for name, (match, point) in KILLS.items():
        wipe(neo4j_database)
        with graph.proxy() as proxy:
            halt = proxy.arm(Halt(match=re.compile(match, re.DOTALL), point=point))
            child = graph.program("migrate", url=graph.through(proxy))
            halt.wait(120)
            server.kill()
            proxy.release()
            child.communicate(timeout=120)
        server.restart()
        run_out(neo4j_database)
        succeeded(graph.workspace().recover(wait_s=30))
        graph.migrate()
        if graph.end() != expected:
            differing.append(name)
    assert differing == []
