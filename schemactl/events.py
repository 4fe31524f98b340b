"""What the library tells while it works: frozen values, given to a Listener. Nothing here draws or writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Direction = Literal["up", "down"]
Outcome = Literal["done", "failed", "blocked", "not_started", "passed_over"]


@dataclass(frozen=True, slots=True)
class TargetStarted:
    """A target is about to be worked on: `steps` migrations, `statements` statements."""

    target: str
    steps: int
    statements: int


@dataclass(frozen=True, slots=True)
class StepStarted:
    target: str
    version: str
    name: str
    direction: Direction
    statements: int


@dataclass(frozen=True, slots=True)
class StepProgress:
    """Part of a step is done; `unit` says of what (`statements`, `rows`, …), `total` is None where nobody knows.

    version  of an inspection of `verify`: its name
    """

    target: str
    version: str
    done: int
    total: int | None
    unit: str


@dataclass(frozen=True, slots=True)
class StepFinished:
    target: str
    version: str
    name: str
    direction: Direction
    duration_ms: int


@dataclass(frozen=True, slots=True)
class StepFailed:
    target: str
    version: str
    name: str
    direction: Direction
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Held up, and about to try again after `delay_s` seconds: attempt `attempt` of `tries`."""

    target: str
    why: str
    attempt: int
    tries: int
    delay_s: float


@dataclass(frozen=True, slots=True)
class Warned:
    target: str | None
    what: str
    do: str | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """A line of log that a migration script or the server gave."""

    target: str
    version: str | None
    what: str


@dataclass(frozen=True, slots=True)
class StatementProbed:
    """What recover found of one statement: `verdict` is done, not done, half or unknown."""

    target: str
    version: str
    direction: Direction
    ordinal: int
    line: int
    verdict: str
    evidence: str


@dataclass(frozen=True, slots=True)
class SeedWritten:
    """A seed's rows are as it says: how many it added, changed and found so. StepFinished follows."""

    target: str
    version: str
    name: str
    added: int
    changed: int
    same: int


@dataclass(frozen=True, slots=True)
class InspectionStarted:
    """`verify` begins to look for one thing, `name`."""

    target: str
    name: str


@dataclass(frozen=True, slots=True)
class InspectionFinished:
    """`verify` has looked for it.

    state     passed, failed, nothing (to look at), not_run, error
    examined  how many were looked at, of what `unit` says
    """

    target: str
    name: str
    state: str
    examined: int
    unit: str
    findings: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class TargetFinished:
    target: str
    outcome: Outcome
    versions: tuple[str, ...]
    why: str | None = None


Event = (
    TargetStarted
    | StepStarted
    | StepProgress
    | StepFinished
    | StepFailed
    | Waiting
    | Warned
    | Noted
    | StatementProbed
    | SeedWritten
    | InspectionStarted
    | InspectionFinished
    | TargetFinished
)
Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The listener that hears nothing."""
