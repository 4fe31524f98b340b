"""The error tree. Each class owns one exit code (docs/exit-codes.md), never reused.

SchemactlError            1   never raised itself
├── ConfigError          10   a file, a name, a setting
├── ConnectError         11   no connection, or it was lost
├── LockedError          12   someone else is at work on the target
├── HistoryError         13   ledger and files disagree
├── StatementError       14   the server refused or lost a statement
├── UnsupportedError     15   the engine cannot, as it is
├── GateError            17   a guard of ours said no
└── RunInterruptedError      130   SIGINT or SIGTERM

A usage error (2) is the command line's own; "the answer is no" (3) is a result, not an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class SchemactlError(Exception):
    """What happened, where, what is true now, what to do next.

    what    one line, with the server's own words quoted
    at      `path:line`, an address without password, or None
    now     the state that the failure left, or None where nothing changed
    do      the next step, or None where there is none
    kind    a stable word within the exit code, for programs
    target  `platform/target`, or None
    """

    code: ClassVar[int] = 1
    default_kind: ClassVar[str] = "bug"

    def __init__(
        self,
        what: str,
        *,
        at: str | None = None,
        now: str | None = None,
        do: str | None = None,
        kind: str | None = None,
        target: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.at = at
        self.now = now
        self.do = do
        self.kind = kind or self.default_kind
        self.target = target

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "what": self.what,
            "at": self.at,
            "now": self.now,
            "do": self.do,
            "target": self.target,
        }

    def lines(self) -> list[str]:
        """The text form: `error: …`, then one indented line for each part that is known."""
        head = f"error: {self.target}: {self.what}" if self.target else f"error: {self.what}"
        parts = (("at", self.at), ("now", self.now), ("do", self.do))
        return [head, *(f"  {name}: {text}" for name, text in parts if text)]


class ConfigError(SchemactlError):
    code = 10
    default_kind = "config"


class ConnectError(SchemactlError):
    code = 11
    default_kind = "connect"


class LockedError(SchemactlError):
    code = 12
    default_kind = "locked"


class HistoryError(SchemactlError):
    code = 13
    default_kind = "history"


class StatementError(SchemactlError):
    """A statement failed. `applied`: versions this run finished; `failed`: the one that stopped; `state`: SQLSTATE."""

    code = 14
    default_kind = "statement"

    def __init__(
        self,
        what: str,
        *,
        at: str | None = None,
        now: str | None = None,
        do: str | None = None,
        kind: str | None = None,
        target: str | None = None,
        state: str | None = None,
        applied: Sequence[str] = (),
        failed: str | None = None,
    ) -> None:
        super().__init__(what, at=at, now=now, do=do, kind=kind, target=target)
        self.state = state
        self.applied = list(applied)
        self.failed = failed

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {"state": self.state, "applied": self.applied, "failed": self.failed}


class UnsupportedError(SchemactlError):
    code = 15
    default_kind = "unsupported"


class GateError(SchemactlError):
    code = 17
    default_kind = "gate"


class RunInterruptedError(SchemactlError):
    code = 130
    default_kind = "interrupted"
