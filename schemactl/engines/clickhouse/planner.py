"""Cuts a section into segments: each statement alone, for ClickHouse has no transactions (guarantee 3). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.contract.job import PlannedStatement, Segment
from schemactl.engines.clickhouse.statements import Known, known
from schemactl.errors import ConfigError

if TYPE_CHECKING:
    from schemactl.script.section import Section
    from schemactl.script.statement import Statement

WHY: Final = "ClickHouse has no transactions"
OURS: Final = ("schema_events", "schema_format", "schema_versions", "schema_steps", "schema_lock")
_TRANSACTION: Final = ("BEGIN", "COMMIT", "ROLLBACK", "START")
_REWRITES: Final = ("MODIFY", "ALTER", "DROP", "CLEAR", "RENAME")


class ClickHousePlanner:
    """`cluster`: the one that the target's URL names; "" for none."""

    def __init__(self, cluster: str = "") -> None:
        self._why = f"{WHY}; sent ON CLUSTER {cluster}" if cluster else WHY

    def segments(self, section: Section, *, shown: str, locks: bool = True) -> tuple[Segment, ...]:
        """Each statement alone; a section without statements is one transaction without statements.

        raises  ConfigError for what a migration must not hold, at `shown`:line
        """
        if not section.statements:
            return (Segment("transaction", ()),)
        planned = []
        for ordinal, statement in enumerate(section.statements):
            found = known(statement)
            _refuse(statement, found, shown)
            lock = _lock(statement, found) if locks else ""
            planned.append(PlannedStatement(ordinal, statement, lock=lock, why=self._why))
        return tuple(Segment("alone", (one,)) for one in planned)

    def script(self, section: Section) -> str:
        """Why a .py is a lone statement here."""
        return WHY


def _refuse(statement: Statement, found: Known, shown: str) -> None:
    what, do = _problem(statement.words, found)
    if what:
        raise ConfigError(what, at=f"{shown}:{statement.line}", do=do, kind="statement")


def _problem(words: tuple[str, ...], found: Known) -> tuple[str, str]:
    """What is wrong with the statement and what to do instead; ("", "") for nothing."""
    head = words[0]
    if head in _TRANSACTION:
        return f"{head} has no place in a migration: {WHY}", "leave it out"
    if head == "SET":
        return (
            "SET does not last: a connection that is made anew has forgotten it",
            "give the setting to the statement that needs it: `… SETTINGS name = value`",
        )
    if head == "USE":
        return "USE does not last: a connection that is made anew has forgotten it", "write `database.table`"
    if head == "KILL":
        return "KILL could end the migration itself", "leave it out"
    if words[:2] in (("SYSTEM", "SHUTDOWN"), ("SYSTEM", "KILL")):
        return f"{' '.join(words[:2])} ends the server", "leave it out"
    if words[:2] == ("CREATE", "TEMPORARY"):
        return "a temporary table is gone with the connection", "make an ordinary table, and drop it afterwards"
    if any(name.table.startswith(OURS) for name in found.names):
        return f"{found.name} is a table of schemactl's own", "leave it alone"
    return "", ""


def _lock(statement: Statement, found: Known) -> str:
    """What others wait for: on ClickHouse nobody, but parts that are written anew cost disk and time."""
    if found.kind == "mutation" or (found.kind == "alter" and _modifies_type(statement)):
        return f"rewrites parts of {found.name}"
    return ""


def _modifies_type(statement: Statement) -> bool:
    words = statement.words
    return any(words[at] in _REWRITES and words[at + 1 : at + 2] == ("COLUMN",) for at in range(3, len(words)))
