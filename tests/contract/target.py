"""What a contract test asks of an engine's harness: a new, empty database, examples of statements, a look of its own.

An engine joins with one such harness and one line in conftest.py. `look`s never go through the engine under test.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from schemactl.contract.engine import Engine
from schemactl.contract.job import Job
from schemactl.contract.opening import Stop
from tests.contract.language import Language

Left = Literal["done", "not done", "half"]
Modes = tuple[tuple[str, tuple[int, ...]], ...]  # (mode, ordinals) of each segment

PLATFORM, SERVICE = "contract", "town"
TARGET = f"{PLATFORM}/{SERVICE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Statements, and the segments that they are to become. `none`: under `transaction=none`."""

    name: str
    statements: tuple[str, ...]
    modes: Modes
    none: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One example of each kind of statement, in the engine's own language.

    make         an object that holds words; `drop` takes it away, `insert` adds a word
    alone_make   an object that no transaction makes; `alone_drop` takes it away; `insert` adds to none
    alone_fails  stands alone, and the server refuses it
    undecidable  stands alone under `transaction=none`, adds a word, and leaves nothing that a catalogue shows
    has          a Python expression with `ctx`: whether the object is there
    having       a query for the rows that hold a word in an object
    ddl          makes an object, by a statement that changes the catalogue; `make` where that is one
    execute      a line of Python that runs a statement by `ctx.connection`
    leaves       what of a lone statement a crash can leave here
    changes      pairs: a statement that sets the scene, and one that changes the catalogue
    cuts         the planner's examples; refused: statements that no migration may hold
    """

    language: Language
    make: Callable[[str], str]
    drop: Callable[[str], str]
    insert: Callable[[str, str], str]
    fails: str
    alone_make: Callable[[str], str]
    alone_drop: Callable[[str], str]
    alone_fails: str
    undecidable: Callable[[str, str], str]
    has: Callable[[str], str]
    having: Callable[[str, str], str]
    ddl: Callable[[str], str]
    execute: Callable[[str], str]
    leaves: tuple[Left, ...]
    changes: tuple[tuple[str, str], ...]
    cuts: tuple[Cut, ...]
    refused: tuple[str, ...]


class Target(Protocol):
    """One new, empty database of one server."""

    dialect: Dialect

    def open(self, *, stop: Stop | None = None) -> Engine:
        """A new engine on this database, as `contract/town`; closed after the test."""

    def has(self, name: str) -> bool:
        """Whether the object is there, whole or not."""

    def words(self, name: str) -> list[str]:
        """The words that were inserted, in order of insertion."""

    def has_ledger(self) -> bool:
        """Whether any object of the ledger is there."""

    def raise_ledger_format(self) -> None:
        """Make the ledger one that a later version wrote."""

    def make_read_only(self) -> None:
        """From now on, who connects can write nothing."""

    def kill_runners(self) -> None:
        """End every engine's connection, as the server or a network does."""

    def inside(self) -> AbstractContextManager[int]:
        """Count who is within, in the server: the number, this one included."""

    def leave(self, job: Job, how: Left) -> None:
        """Run `job`, one statement that stands alone, as a run that dies there and leaves the statement so."""
