"""Cuts a section into DDL, each command alone, and transactional writes (guarantee 3). Pure: text in, segments out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from schemactl.contract.job import PlannedStatement, Segment
from schemactl.engines.mongodb import commands
from schemactl.engines.mongodb.commands import Command
from schemactl.errors import ConfigError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.script.section import Section
    from schemactl.script.statement import Statement

_STANDALONE = "a standalone server has no transactions"
_ASKED = "the migration says transaction=none"


class MongoPlanner:
    """
    transactions  whether the server has any: on a standalone each command stands alone
    database      the target's, which a command may name; "" for none
    sharded       whether it is a mongos, which alone takes the commands of a sharded cluster
    """

    def __init__(self, *, transactions: bool = True, database: str = "", sharded: bool = False) -> None:
        self._transactions = transactions
        self._database = database
        self._sharded = sharded

    def segments(self, section: Section, *, shown: str, locks: bool = True) -> tuple[Segment, ...]:
        """Cut a section; a section without commands is one transaction without statements.

        raises  ConfigError for what is no BSON, for what only reads, and for what would end our transactions or lock;
                UnsupportedError for what only a sharded cluster takes, where the server is none
        """
        special: set[str] = set()
        segments: list[Segment] = []
        shared: list[PlannedStatement] = []
        for ordinal, statement in enumerate(section.statements):
            command = checked(statement, shown, self._database)
            if command.name in commands.SHARDING and not self._sharded:
                raise _not_sharded(command, f"{shown}:{statement.line}")
            why = self._why(command, special, none=section.directives.transaction_none)
            special |= _no_longer_plain(command, special)
            step = PlannedStatement(ordinal, statement, lock_of(command) if locks else "", why)
            if not why:
                shared.append(step)
                continue
            segments += _shared(shared)
            shared = []
            segments.append(Segment(mode="alone", steps=(step,)))
        segments += _shared(shared)
        return tuple(segments) or (Segment(mode="transaction", steps=()),)

    def script(self, section: Section) -> str:
        """Why a Python migration cannot share one transaction with its entry; "" where it does."""
        if not self._transactions:
            return _STANDALONE
        return _ASKED if section.directives.transaction_none else ""

    def _why(self, command: Command, special: set[str], *, none: bool) -> str:
        if command.name not in commands.WRITES:
            return _why_alone(command)
        if not self._transactions:
            return _STANDALONE
        written = next((name for _, name in commands.reaches(command) if name in special), "")
        if written:
            return f"{written} is made here as one that no transaction writes to"
        return _ASKED if none else ""


def _not_sharded(command: Command, at: str) -> UnsupportedError:
    return UnsupportedError(
        f"{command.name} is for a sharded cluster, and this server is no mongos",
        at=at,
        now="nothing was sent",
        do="let the target's URL name a mongos, or take the command out",
        kind="not_sharded",
    )


def _shared(steps: Sequence[PlannedStatement]) -> list[Segment]:
    return [Segment(mode="transaction", steps=tuple(steps))] if steps else []


def _why_alone(command: Command) -> str:
    if commands.writes_elsewhere(command):
        return "$out, $merge and mapReduce write outside any transaction"
    if command.name in ("create", "createIndexes"):
        return "DDL stands alone: in a transaction only an empty collection can have it, and not on every server"
    if command.name in commands.DEFINITIONS | commands.RIGHTS | commands.SHARDING:
        return "no transaction holds it"
    return "not known to be legal in a transaction"


def _no_longer_plain(command: Command, special: set[str]) -> set[str]:
    """Collections that this command makes capped, a time series or a view, or names anew: none for a transaction."""
    document = command.document
    if command.name == "renameCollection" and command.collection in special:
        return {str(document.get("to"))}
    if command.name == "create" and any(document.get(key) for key in ("capped", "timeseries", "viewOn")):
        return {command.collection}
    if command.name == "cloneCollectionAsCapped":
        return {str(document.get("toCollection"))}
    if command.name == "convertToCapped" or (command.name == "collMod" and "viewOn" in document):
        return {command.collection}
    return set()


def checked(statement: Statement, shown: str, database: str = "") -> Command:
    """The command, where a migration may hold it. raises  ConfigError with its place"""

    def refuse(what: str, do: str, kind: str) -> NoReturn:
        raise ConfigError(what, at=f"{shown}:{statement.line}", do=do, kind=kind)

    try:
        command = commands.of(statement)
    except commands.NotBsonError as error:
        refuse(f"{statement.words[0]} is no command of MongoDB: {error}", "write Extended JSON v2", "extended_json")
    name, document = command.name, command.document
    if command.size > commands.LARGEST:
        size = f"{command.size:,} bytes as BSON, and the server takes {commands.LARGEST:,}"
        refuse(f"{name} has {size}", "write several commands, or a .py that inserts in batches", "too_large")
    if name in commands.TRANSACTION or commands.SESSION_FIELDS & document.keys():
        field = next(iter(commands.SESSION_FIELDS & document.keys()), name)
        where = '`"schemactl": {"transaction": "none"}`'
        refuse(
            f"{field} in a migration: the tool opens and ends sessions and transactions itself",
            f"remove it; where each command must stand alone, say {where}",
            "transaction_control",
        )
    if name in commands.SERVER:
        refuse(f"{name} steers the server, not this database", "run it by hand", "server_control")
    if commands.CONCERNS & document.keys():
        field = next(iter(commands.CONCERNS & document.keys()))
        refuse(f"{field} in a migration: the tool asks for a majority itself", "remove it", "transaction_control")
    if name == "dropDatabase":
        refuse("dropDatabase takes the ledger with it", "drop the collections", "drops_ledger")
    reached = commands.reaches(command)
    elsewhere = next((one for one, _ in reached if one and one != database), "")
    if elsewhere:
        refuse(f"{name} names the database {elsewhere}", "migrate it where it lives", "server_control")
    if any(_is_ours(one, command) for _, one in reached):
        refuse(f"{name} touches a collection of the ledger (schema_…)", "leave it to schemactl", "drops_ledger")
    if name in commands.READS and not commands.writes_elsewhere(command):
        refuse(f"{name} only reads: nobody would see the result", "remove it, or write it as .py", "only_reads")
    return command


def _is_ours(collection: str, command: Command) -> bool:
    # renameCollection may have the database in front of the name.
    with_database = command.name == "renameCollection" and collection.partition(".")[2].startswith("schema_")
    return collection.startswith("schema_") or with_database


def lock_of(command: Command) -> str:
    """The strongest lock that others wait for, and on what; "" for none.

    Source: MongoDB's manual, "FAQ: Concurrency", "Index Builds on Populated Collections".
    """
    if command.name == "createIndexes":
        return f"exclusive on {command.collection}, at start and end of the build"
    if command.name in commands.DEFINITIONS or command.name == "convertToCapped":
        return f"exclusive on {' and '.join(commands.collections_of(command))}"
    return ""
