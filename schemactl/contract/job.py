"""What a workflow hands to an engine: a migration cut into segments, with the ledger entry it is to leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from schemactl.model.entry import Direction, Entry
    from schemactl.script.statement import Statement

Mode = Literal["transaction", "alone", "script"]


class PlannedStatement(NamedTuple):
    """A statement with what the engine knows of it before it runs.

    lock  the strongest lock it takes and on what ("ACCESS EXCLUSIVE on users"), "" where none that anybody waits for
    why   the reason it cannot share a transaction with its neighbours, "" where it can
    """

    ordinal: int
    statement: Statement
    lock: str = ""
    why: str = ""


class Segment(NamedTuple):
    """Statements that share one fate: `transaction` all or none, `alone` one that no transaction holds.

    `script` is a .py in one transaction with its entry, without steps; where it cannot be that, it is `alone`, its text
    the one statement.
    """

    mode: Mode
    steps: tuple[PlannedStatement, ...]


class Job(NamedTuple):
    """One migration to run in one direction.

    entry     up: the entry to leave, state `applied`. down: the entry that stands in the ledger
    segments  in order; one `transaction` or `script` segment means that entry and effects commit together
    done      ordinals that an earlier run finished and recover confirmed; they are not sent again
    shown     the file, for messages
    script    the .py file of a Python migration; `text` is what was hashed, and what runs
    """

    entry: Entry
    direction: Direction
    segments: tuple[Segment, ...]
    shown: str
    script: Path | None = None
    text: str = ""
    done: frozenset[int] = frozenset()
    lock_timeout_ms: int | None = None
    statement_timeout_ms: int | None = None
    idempotent: bool = False

    @property
    def label(self) -> str:
        return self.entry.label

    @property
    def statements(self) -> int:
        return sum(len(segment.steps) for segment in self.segments)
