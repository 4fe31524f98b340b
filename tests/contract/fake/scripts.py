"""Python migrations on the fake: they run on a copy of the state, which the caller keeps or throws away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from schemactl.contract.job import Job
from schemactl.events import Listener, Noted, StepProgress, ignore
from tests.contract.fake.language import execute
from tests.contract.fake.server import RefusedError, Session, State


@dataclass(slots=True)
class Connection:
    """What `ctx.connection` is here."""

    state: State

    def execute(self, text: str) -> None:
        execute(self.state, text)

    def has(self, name: str) -> bool:
        return name in self.state.things


@dataclass(slots=True)
class Context:
    connection: Connection
    target: str
    engine: str
    log: Callable[[str], None]
    progress: Callable[[int, int | None, str], None]


class FakeScripts:
    def __init__(self, session: Session, target: str) -> None:
        self._session = session
        self._target = target

    def probe(self, job: Job) -> bool | None:
        """See contract.engine.Scripts. It works on a copy: whatever it does is lost."""
        found = self._session.read(lambda state: call(state, job, "probe", ignore, self._target))
        return None if found is None else bool(found)


def call(state: State, job: Job, function: str, emit: Listener, target: str) -> Any:
    """Call one function of the job's file; None where it is not there. raises  RefusedError"""
    version = job.entry.version.text

    def log(text: str) -> None:
        emit(Noted(target, version, text))

    def progress(done: int, total: int | None = None, unit: str = "rows") -> None:
        emit(StepProgress(target, version, done, total, unit))

    names: dict[str, Any] = {}
    try:
        exec(compile(job.text, str(job.script), "exec"), names)
        body = names.get(function)
        return None if body is None else body(Context(Connection(state), target, "fake", log, progress))
    except RefusedError:
        raise
    except Exception as error:
        raise RefusedError("script", f"{type(error).__name__}: {error}") from error
