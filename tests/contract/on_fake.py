"""The fake's harness."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from schemactl.contract.engine import Engine
from schemactl.contract.job import Job
from schemactl.contract.opening import Stop
from schemactl.running.owner import this_runner
from schemactl.script import syntax
from tests.contract.fake import Crash, Killed, Server, open_fake
from tests.contract.language import sectioned
from tests.contract.target import TARGET, Cut, Dialect, Left
from tests.contract.work import run_on

DIALECT = Dialect(
    language=sectioned(syntax.POSTGRES),
    make=lambda name: f"create {name}",
    drop=lambda name: f"drop {name}",
    insert=lambda name, word: f"insert {name} '{word}'",
    fails="fail",
    alone_make=lambda name: f"alone create {name}",
    alone_drop=lambda name: f"alone drop {name}",
    alone_fails="alone drop nothing",
    undecidable=lambda name, word: f"alone insert {name} '{word}'",
    has=lambda name: f"ctx.connection.has({name!r})",
    having=lambda name, word: f"find {name} '{word}'",
    ddl=lambda name: f"create {name}",
    execute=lambda statement: f"ctx.connection.execute({statement!r})",
    leaves=("done", "not done", "half"),
    changes=(("create a", "note a 'other'"), ("create a", "create b"), ("create a", "drop a")),
    cuts=(
        Cut(name="shared", statements=("create a", "create b"), modes=(("transaction", (0, 1)),)),
        Cut(
            name="alone",
            statements=("create a", "alone create b", "drop a"),
            modes=(("transaction", (0,)), ("alone", (1,)), ("transaction", (2,))),
        ),
        Cut(
            name="none",
            statements=("create a", "create b"),
            modes=(("transaction", (0,)), ("transaction", (1,))),
            none=True,
        ),
    ),
    refused=("begin", "commit", "rollback", "unlock"),
)


class FakeTarget:
    """A server of its own."""

    dialect = DIALECT

    def __init__(self) -> None:
        self.server = Server()
        self._counting = threading.Lock()
        self._within = 0

    def open(self, *, stop: Stop | None = None) -> Engine:
        return open_fake(self.server, TARGET, stop=stop, runner=this_runner())

    def has(self, name: str) -> bool:
        return name in self.server.state.things

    def words(self, name: str) -> list[str]:
        return list(self.server.state.things[name].rows)

    def has_ledger(self) -> bool:
        return self.server.state.records is not None

    def raise_ledger_format(self) -> None:
        assert self.server.state.records is not None
        self.server.state.records.format += 1

    def make_read_only(self) -> None:
        self.server.read_only = "a test made it so"

    def kill_runners(self) -> None:
        self.server.disconnect_all()

    @contextmanager
    def inside(self) -> Iterator[int]:
        with self._counting:
            self._within += 1
        # Read again apart from the writing: another that came in meanwhile is seen.
        yield self._within
        with self._counting:
            self._within -= 1

    def leave(self, job: Job, how: Left) -> None:
        text = job.segments[0].steps[0].statement.normal
        self.server.crash = Crash(match=text, point="executed" if how == "done" else "sent", half=how == "half")
        with contextlib.suppress(Killed):
            run_on(self.open(), job)
        assert self.server.crash is None, "the run ended before it came to the statement"
