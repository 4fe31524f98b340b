"""The sections of a migration file and their directives (docs/formats.md, "Migration text"). Values only."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from schemactl.script.statement import Statement


class Directives(NamedTuple):
    """What a section says of itself. Times in milliseconds, None where nothing is said, 0 where switched off."""

    transaction_none: bool = False
    lock_timeout_ms: int | None = None
    statement_timeout_ms: int | None = None
    requires: tuple[tuple[str, int], ...] = ()  # ("users_db@0003", line)
    irreversible: str | None = None
    idempotent: bool = False
    ignore: tuple[tuple[str, str], ...] = ()


class Section(NamedTuple):
    line: int
    statements: tuple[Statement, ...]
    directives: Directives = Directives()


class Script(NamedTuple):
    """A whole migration file. `down` is None where the file has no such section.

    description  the first comment line of the file, without its marker, or ""
    up_hash      docs/formats.md, "Checksums"
    """

    description: str
    up: Section
    down: Section | None
    up_hash: str
