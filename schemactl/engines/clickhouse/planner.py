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
OURS: Final = ("schema_events", "schema_format", "schema_versions", "schema_steps", "schema_seeds", "schema_lock")
PREFIX: Final = "schema_"
_WHOLE: Final = ("DATABASE", "TRUNCATE DATABASE")
_TOLD: Final = {"alter": "a change of the table", "mutation": "a mutation", "partition": "partitions"}
_TRANSACTION: Final = ("BEGIN", "COMMIT", "ROLLBACK", "START")


class ClickHousePlanner:
    """`cluster`: the one that the target's URL names, "" for none; `database`: the target's, "" where none is known."""

    def __init__(self, cluster: str = "", database: str = "") -> None:
        self._database = database
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
            for what, do, kind in [*refusals(statement, found, self._database), *_mixed(found)]:
                raise ConfigError(what, at=f"{shown}:{statement.line}", do=do, kind=kind)
            lock = _lock(found) if locks else ""
            planned.append(PlannedStatement(ordinal, statement, lock=lock, why=self._why))
        return tuple(Segment("alone", (one,)) for one in planned)

    def script(self, section: Section) -> str:
        """Why a .py is a lone statement here."""
        return WHY


def refusals(statement: Statement, found: Known, database: str) -> list[tuple[str, str, str]]:
    """Why the statement has no place in a migration: (what, what to do instead, kind of error) for each reason."""
    problems = ((*_problem(statement.words, found), "statement"), (*_takes_ours(found, database), "drops_ledger"))
    return [problem for problem in problems if problem[0]]


def _mixed(found: Known) -> list[tuple[str, str, str]]:
    """What is carried out piece by piece, and could be left half done with nothing to tell by."""
    apart = "write them as statements of their own"
    if found.kind in ("drop", "truncate") and len(found.names) > 1:
        return [
            (f"{found.kind.upper()} of a list ({', '.join(map(str, found.names))}) is not one step", apart, "statement")
        ]
    if len(set(found.families)) > 1 or found.families.count("partition") > 1:
        told = ", ".join(_TOLD[family] for family in dict.fromkeys(found.families))
        what = f"this ALTER of {found.name} has commands that the server carries out one after the other: {told}"
        return [(what, apart, "statement")]
    return []


def _takes_ours(found: Known, database: str) -> tuple[str, str]:
    """What would take the tool's own tables along, write to them, or look like one of them."""
    ours = next((name for name in (*found.names, found.into) if name.table.startswith(OURS)), None)
    if ours is not None and found.what not in _WHOLE:
        return f"{ours} is a table of schemactl's own", "leave it alone"
    if database and found.what in _WHOLE and database in (name.table for name in found.names):
        if found.kind != "create":
            return f"{database} is the target's own database: the ledger is in it", "name the tables one by one"
        return "", ""
    made = found.names[:1] if found.kind == "create" else found.names[1::2] if found.kind == "rename" else ()
    for name in made:
        is_here = name.database in ("", database)
        if is_here and found.what not in (*_WHOLE, "FUNCTION") and name.table.startswith(PREFIX):
            what = f"{name} begins with {PREFIX}, as schemactl's own tables do: the catalogue would leave it out"
            return what, "give it another name"
    return "", ""


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
    return "", ""


def _lock(found: Known) -> str:
    """What others wait for: on ClickHouse nobody, but parts that are written anew cost disk and time."""
    return f"rewrites parts of {found.name}" if found.kind == "mutation" or found.rewrites else ""
