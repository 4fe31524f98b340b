"""Integrity checks: a query that must return no row, what it returned, and what an engine does with one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemactl.script.statement import Statement

_LONGEST = 60


class Check(NamedTuple):
    """One file of schemas/<platform>/checks/<target>.

    name         the file's, without its ending
    description  the first line of its leading comment, or ""
    statement    the one query in it
    """

    name: str
    description: str
    statement: Statement
    shown: str


class Found(NamedTuple):
    """What a check returned: the first rows as text for people, and whether there are more."""

    first: tuple[str, ...] = ()
    more: bool = False


class Checker(Protocol):
    def rows(self, check: Check, *, limit: int) -> Found:
        """Run the check's query and give the first `limit` rows. The server is asked to let it change nothing.

        raises  StatementError where the server refuses it, ConfigError where it is not a query
        """


def row_text(fields: Iterable[tuple[str, object]]) -> str:
    """A row as `name=value, name=value`; a nameless value alone, a long one cut."""
    return ", ".join(f"{name}={_short(value)}" if name else _short(value) for name, value in fields)


def _short(value: object) -> str:
    text = "NULL" if value is None else " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
