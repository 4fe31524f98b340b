"""What a Python migration is given, and the running of its functions. Knows nothing of transactions or the ledger."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from schemactl.errors import ConfigError
from schemactl.events import Listener, Noted, StepProgress
from schemactl.running.python_output import captured

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    from schemactl.contract.job import Job
    from schemactl.contract.opening import Opening


class ScriptError(Exception):
    """What a script asked of its context and cannot have; the text is for whoever wrote it."""


@dataclass(slots=True)
class Context:
    """What `up(ctx)`, `down(ctx)` and `probe(ctx)` are given.

    connection  the driver's own, in the migration's transaction where the engine has one (docs/engines): its commit
                and rollback are the tool's
    log(text)   tells the person who watches
    progress(done, total, unit)  for long work; raises where the run has been asked to stop
    """

    connection: Any
    target: str
    engine: str
    log: Callable[[str], None]
    progress: Callable[[int, int | None, str], None]
    operations: Any = None

    @property
    def op(self) -> Any:
        """Alembic's Operations, in the same transaction; PostgreSQL only."""
        if self.operations is None:
            if self.engine != "postgres":
                raise ScriptError("ctx.op is PostgreSQL's alone")
            raise ScriptError("ctx.op is there only in a file that has `.op` in its text")
        return self.operations


class Given(NamedTuple):
    """What the engine puts into a script's context."""

    engine: str
    connection: Any
    operations: Any = None


def call(opening: Opening, job: Job, function: str, given: Given, emit: Listener) -> Any:
    """Run the file's text and then its `function`; what that returns, None where it is not there.

    raises  ConfigError where the text is not Python; else whatever the script raises
    """
    version = job.entry.version.text
    names: dict[str, Any] = {"__name__": f"schemactl_migration_{version}", "__file__": str(job.script)}

    def log(text: str) -> None:
        emit(Noted(opening.target, version, text))

    def progress(done: int, total: int | None = None, unit: str = "rows") -> None:
        if opening.stop:
            raise ScriptError("the run was asked to stop")
        emit(StepProgress(opening.target, version, done, total, unit))

    context = Context(given.connection, opening.target, given.engine, log, progress, given.operations)
    with captured(log):
        exec(_compiled(job), names)
        body = names.get(function)
        return body(context) if callable(body) else None


def line_of(job: Job, error: BaseException) -> int | None:
    """The line of the file that raised `error` or called what did; None where the file was not there."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(job.script)]
    return lines[-1] if lines else None


def words_of(error: BaseException) -> str:
    """What happened, for people, where it is not the server's error."""
    if isinstance(error, ScriptError):
        return str(error)
    if isinstance(error, SystemExit):
        return f"it called sys.exit({'' if error.code is None else repr(error.code)})"
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _compiled(job: Job) -> CodeType:
    try:
        return compile(job.text, str(job.script), "exec")
    except SyntaxError as error:
        raise ConfigError(
            f"{job.label}: {error.msg}", at=f"{job.shown}:{error.lineno}", do="correct the file", kind="syntax"
        ) from error
