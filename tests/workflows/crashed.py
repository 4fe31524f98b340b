"""Runs that died at a chosen request, and what they left: what the tests of recover begin with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from schemactl.errors import SchemactlError
from schemactl.events import ignore
from schemactl.model.version import Version
from schemactl.workflows import recover, rollback
from schemactl.workflows.execute import RunResult
from schemactl.workflows.rollback import Reach
from tests.contract.fake import Crash, Killed, Server
from tests.contract.fake.server import Point
from tests.workflows.platform import Platform

UP = ("create a", "alone create b", "insert a 'x'", "alone create c", "alone drop c", "create d")
DOWN = ("drop d", "alone drop b", "drop a")


def mixed(town: Platform) -> None:
    town.add("bank", "1")
    town.add("bank", "2", *UP, down=DOWN)
    town.add("bank", "3")


def undo_all(town: Platform) -> RunResult:
    made = rollback.plan(town.sites(), town.sites(), Reach(to=Version("0")))
    return rollback.run(made, emit=ignore)


@contextlib.contextmanager
def dying(town: Platform, crash: Crash) -> Iterator[None]:
    """The body is a process that dies where `crash` says; one that dies after its last word dies unseen."""
    town.servers["bank"].crash = crash
    with contextlib.suppress(Killed):
        yield
    assert town.servers["bank"].crash is None, "nothing was sent that matches"


def run(town: Platform, **options: Any) -> RunResult:
    return recover.run(town.sites(), emit=options.pop("emit", ignore), **options)


def error_of(result: RunResult) -> SchemactlError:
    assert result.error is not None
    return result.error


def left(town: Platform, match: str, point: Point, *, half: bool = False, nth: int = 1) -> None:
    """Migrate, and die at the request that matches."""
    with dying(town, Crash(match=match, point=point, half=half, nth=nth)):
        town.migrate()


def end_of(server: Server) -> tuple[Any, ...]:
    """Where a server stands: objects, rows, entries without the facts of their moment, steps."""
    records = server.state.records
    assert records is not None
    entries = [(one.version.text, one.state, one.checksum, one.up_hash) for one in records.entries.values()]
    return (server.state.things, sorted(entries), records.steps)


def undecidable(town: Platform, *said: str) -> None:
    town.add("bank", "1")
    town.add("bank", "2", "alone insert t1 'x'", "create after", said=said)
