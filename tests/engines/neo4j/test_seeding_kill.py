"""A run of seeds killed at any moment leaves each seed in full with its record, or neither; another run goes on."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engines.neo4j.graph import Graph, run_out
from tests.engines.neo4j.test_kill import BY_TIME
from tests.fixtures.neo4j import Database, wipe
from tests.tools import seed_kills
from tests.tools.seed_kills import State
from tests.tools.turnproxy import POINTS, Halt, Point, TurnProxy

# Run twice, they would say so.
SCRIPTS = {
    "02_script.cypher": "CREATE (:note {text: 'cypher'});\nMATCH (n:note) SET n.times = coalesce(n.times, 0) + 1;\n",
    "03_python.py": "def seed(ctx):\n    ctx.connection.run(\"CREATE (:note {text: 'python'})\")\n",
    "05_ways.toml": """[[relationships]]
type = "WAY"
from = { label = "place", by = { name = "p00" } }
to = { label = "place", by = { name = "p11" } }
set = { length = 12 }
[[relationships]]
type = "WAY"
from = { label = "place", by = { name = "p11" } }
to = { label = "place", by = { name = "p00" } }
""",
}
# What a run sends whatever the time.
COUNTED = re.compile(rf"\A(?!.*(?:{'|'.join(map(re.escape, BY_TIME))}))", re.DOTALL)


class Ground:
    """Target `shop/app` on the database, which is wiped before."""

    def __init__(self, root: Path, database: Database) -> None:
        wipe(database)
        self._graph = Graph(root, database, {})
        folder = self._graph.root / "seeds/shop/app"
        folder.mkdir(parents=True)
        for name, text in seed_kills.files(":{}", SCRIPTS).items():
            (folder / name).write_text(text)
        for name, size, region in seed_kills.THERE:
            database.ask("CREATE (:place {name: $n, size: $s, region: $r})", n=name, s=size, r=region)

    @contextmanager
    def proxied(self) -> Iterator[tuple[TurnProxy, str]]:
        with self._graph.proxy() as proxy:
            yield proxy, self._graph.through(proxy)

    def start(self, url: str | None = None) -> subprocess.Popen[str]:
        return self._graph.program("seed", "--wait", "60s", url=url)

    def passed(self, proxy: TurnProxy) -> int:
        return sum(bool(turn.text and COUNTED.search(turn.text)) for turn in proxy.seen)

    def halt(self, nth: int, point: Point) -> Halt:
        return Halt(match=COUNTED, nth=nth, point=point)

    def settle(self) -> None:
        """Until the server has seen that the dead run is gone."""
        until = time.monotonic() + 60
        shown = "SHOW TRANSACTIONS YIELD transactionId AS id, currentQuery AS query"
        others = f"{shown} WHERE NOT query STARTS WITH 'SHOW' RETURN id"
        while self._graph.database.ask(others):
            assert time.monotonic() < until
            time.sleep(0.02)
        run_out(self._graph.database)

    def state(self) -> State:
        ask = self._graph.database.ask
        told = "s.version, s.name, s.kind, s.checksum, s.added, s.changed, s.same"
        records = ask(f"MATCH (s:SchemaSeed) RETURN {told}")
        marks: dict[str, Any] = {
            "01": ask("MATCH (p:place) RETURN p.name, p.size, p.region ORDER BY p.name"),
            "02": ask("MATCH (n:note {text: 'cypher'}) RETURN n.times"),
            "03": ask("MATCH (n:note {text: 'python'}) RETURN n.times"),
            "05": ask("MATCH (a)-[w:WAY]->(b) RETURN a.name, w.length, b.name ORDER BY a.name"),
            "09": ask("MATCH (c:city) RETURN c.name, c.country ORDER BY c.name"),
        }
        return State(marks, {version: rest for version, *rest in records})


def grounds(root: Path, database: Database) -> Callable[[], seed_kills.Ground]:
    return seed_kills.each_in(root, lambda folder: Ground(folder, database))


def test_a_killed_run_leaves_whole_seeds_and_another_goes_on(tmp_path: Path, neo4j_database: Database) -> None:
    seed_kills.check(grounds(tmp_path, neo4j_database), ["executed"], seed="seeds", sample=1)


@pytest.mark.soak
@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_at_any_of_its_requests_leaves_whole_seeds(
    tmp_path: Path, neo4j_database: Database, point: Point
) -> None:
    seed_kills.check(grounds(tmp_path, neo4j_database), [point], seed="seeds", sample=None)
