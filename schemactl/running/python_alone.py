"""A Python migration that no transaction holds: how it is run, why it stopped, what its own probe says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from schemactl.contract.finding import Finding, sent_again
from schemactl.errors import SchemactlError
from schemactl.events import ignore
from schemactl.running.failure import Failure, RefusedError
from schemactl.running.python_context import Given, call, line_of, words_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.contract.opening import Opening
    from schemactl.events import Listener


class ScriptFailure(NamedTuple):
    """Why a script stopped where the server had no part in it."""

    message: str
    line: int = 0
    state: str = ""
    kind: str = "script"
    gone: bool = False
    retryable: bool = False
    settled: bool = False
    position: int = 0
    remedy: str = ""

    def sentence(self) -> str:
        return self.message

    def unquoted(self) -> str:
        return self.message


class AtLine(NamedTuple):
    """A server's failure at the line of the script that asked."""

    failure: Failure
    line: int
    position: int = 0

    @property
    def state(self) -> str:
        return self.failure.state

    @property
    def kind(self) -> str:
        return self.failure.kind

    @property
    def gone(self) -> bool:
        return self.failure.gone

    @property
    def retryable(self) -> bool:
        return False  # What the script did before is still there.

    @property
    def settled(self) -> bool:
        return False

    @property
    def remedy(self) -> str:
        return self.failure.remedy

    def sentence(self) -> str:
        return self.failure.sentence()

    def unquoted(self) -> str:
        return self.failure.unquoted()


def run_alone(
    opening: Opening,
    job: Job,
    given: Given,
    emit: Listener,
    of_server: Callable[[BaseException], Failure | None],
    function: str = "",
) -> None:
    """Run the job's `up` or `down`, or another `function`.

    of_server  the failure that an exception of the driver holds, None for every other exception
    function   another than those: a seed's
    raises     RefusedError with the line of the file that it stopped at; ConfigError where the file is not Python
    """
    try:
        call(opening, job, function or job.direction, given, emit)
    except (KeyboardInterrupt, SchemactlError):
        raise
    except BaseException as error:  # SystemExit too: a script does not end the program
        line = line_of(job, error) or 0
        failure = of_server(error)
        told: Failure = AtLine(failure, line) if failure is not None else ScriptFailure(words_of(error), line)
        raise RefusedError(told, stopped=bool(opening.stop) and not told.gone) from error


def probe_script(opening: Opening, job: Job, given: Given) -> bool | None:
    """What the script's own `probe(ctx)` says: applied or not; None where it has none. raises  as the script does"""
    found = call(opening, job, "probe", given, ignore)
    return None if found is None else bool(found)


def script_finding(job: Job, planned: PlannedStatement, said: bool | None, *, trouble: str = "") -> Finding:
    """What recover is told of a script whose end was not recorded.

    said     what its own probe answered
    trouble  why it could not answer: nobody knows then, and a person decides
    """
    applied = said if job.direction == "up" or said is None else not said
    if applied is not None:
        answer = "applied" if said else "not applied"
        return Finding(verdict="done" if applied else "not done", evidence=f"its own probe says that it is {answer}")
    unknown = Finding(
        verdict="unknown",
        evidence=f"its own probe stopped: {trouble}" if trouble else f"{job.shown} has no probe, and {planned.why}",
        query=f"-- look at what {job.direction}(ctx) of {job.shown} changes; a probe(ctx) there would answer",
    )
    return sent_again(unknown) if job.idempotent else unknown
