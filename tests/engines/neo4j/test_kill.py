"""A runner killed at any moment leaves what `recover` and another run bring to where an undisturbed run ends."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from schemactl.engines.neo4j import fence
from tests.engines.neo4j.graph import End, Graph, run_out, succeeded
from tests.fixtures.neo4j import Database, wipe
from tests.projects.graph import GRAPH
from tests.tools.kills import unlike
from tests.tools.turnproxy import POINTS, Halt, Point, Turn

ROLL_BACK = ("rollback", "app", "--to", "0", "--yes")
MIGRATE = ("migrate",)
# How often these come hangs on the time, not on the run.
BY_TIME = ("SHOW TRANSACTIONS", fence.BEAT, "SHOW INDEXES YIELD id")


class Runs:
    """Runs the tool on the database, wiped each time, undisturbed or killed."""

    def __init__(self, root: Path, database: Database) -> None:
        self._graph = Graph(root / "project", database, GRAPH)
        self._database = database

    def prepare(self, command: tuple[str, ...]) -> None:
        """From here `command` has something to do."""
        wipe(self._database)
        if command == ROLL_BACK:
            self._graph.migrate()

    def undisturbed(self, command: tuple[str, ...]) -> tuple[list[Turn], End]:
        """What passes the wire in a run that nothing disturbs, and where it ends."""
        self.prepare(command)
        with self._graph.proxy() as proxy:
            child = self._graph.program(*command, url=self._graph.through(proxy))
            said, _ = child.communicate(timeout=120)
            assert child.returncode == 0, said
            passed = [turn for turn in proxy.seen if not any(word in turn.text for word in BY_TIME)]
        return passed, self._graph.end()

    def killed(self, command: tuple[str, ...], turn: Turn, point: Point) -> End:
        """Kill the run at that request, recover, run again: where that ends."""
        self.prepare(command)
        with self._graph.proxy() as proxy:
            halt = proxy.arm(Halt.at(turn, point=point))
            child = self._graph.program(*command, url=self._graph.through(proxy))
            try:
                halt.wait(60)
            finally:
                child.send_signal(signal.SIGKILL)
                child.communicate()
            proxy.release()
        run_out(self._database)
        # A heartbeat that was held up on its way may come in only now, and draw the lease on to its whole length.
        succeeded(self._graph.workspace().recover(wait_s=60))
        if command == MIGRATE:
            self._graph.migrate()
        else:
            self._graph.rollback()
        return self._graph.end()


def check(runs: Runs, command: tuple[str, ...], points: Sequence[Point], *, sample: int | None) -> None:
    passed, expected = runs.undisturbed(command)
    if sample is None:
        # A request that was repeated, as one is that met somebody's locks, is no place of every run.
        again = {(turn.text, turn.nth) for turn in runs.undisturbed(command)[0]}
        passed = [turn for turn in passed if (turn.text, turn.nth) in again]
    assert {fence.TAKE, fence.FREE} <= {turn.text.removeprefix("END ") for turn in passed}

    def killed(turn: Turn, point: Point) -> End:
        return runs.killed(command, turn, point)

    parts = ("catalog", "schema", "nodes", "ledger")
    found = unlike(passed, points, killed, expected, seed=str(command), sample=sample)
    assert [
        (point, turn, [part for part in parts if getattr(end, part) != getattr(expected, part)])
        for point, turn, end in found
    ] == []


@pytest.mark.parametrize(
    "command", [MIGRATE, pytest.param(ROLL_BACK, marks=pytest.mark.soak)], ids=["migrate", "rollback"]
)
def test_a_killed_run_is_recovered(tmp_path: Path, neo4j_database: Database, command: tuple[str, ...]) -> None:
    check(Runs(tmp_path, neo4j_database), command, ["executed"], sample=1)


@pytest.mark.soak
@pytest.mark.parametrize("command", [MIGRATE, ROLL_BACK], ids=["migrate", "rollback"])
@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_at_any_of_its_requests_is_recovered(
    tmp_path: Path, neo4j_database: Database, command: tuple[str, ...], point: Point
) -> None:
    check(Runs(tmp_path, neo4j_database), command, [point], sample=None)
