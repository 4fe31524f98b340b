"""What is noted and found of commands that make a capped collection, and which size counts as the one asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemactl.contract.finding import Finding
from schemactl.engines.mongodb import live, queries

if TYPE_CHECKING:
    from schemactl.engines.mongodb.commands import Command
    from schemactl.engines.mongodb.connection import Session
    from schemactl.engines.mongodb.live import Live

Before = dict[str, Any]

_STEP, _LEAST = 256, 4096


def fits(asked: Any, there: Any) -> bool:
    """Whether a size is what the server makes of the one asked for: up to MongoDB 6.1 it is rounded up.

    Source: the manual, "Create a Capped Collection" (a multiple of 256); SERVER-67036 (the 4096 bytes that a smaller
    one becomes, of collMod alone on some versions); SERVER-67246 (not rounded since 6.2).
    """
    if not _is_number(asked) or not _is_number(there):
        return False
    rounded = -(-int(asked) // _STEP) * _STEP
    return bool(asked <= there <= max(rounded, _LEAST))


def before(session: Session, command: Command) -> Before:
    found = live.collection(session, _name(command))
    return {"uuid": None if found is None else found.uuid, "capped": _is_capped(found)}


def cloned(session: Session, command: Command, noted: Before) -> Finding:
    """What became of cloneCollectionAsCapped, which makes the target first and then copies one document after another:
    no catalogue shows how far it came."""
    name = _name(command)
    if noted.get("uuid") is None and live.collection(session, name) is not None:
        evidence = f"{name} is there, and it may hold only some of the documents of {command.collection}"
        return Finding(verdict="unknown", evidence=evidence, query=queries.of_counts(command.collection, name))
    return converted(session, command, noted)


def converted(session: Session, command: Command, noted: Before) -> Finding:
    """What became of convertToCapped, which makes a new collection and gives it the old name at its end.

    Sent twice, the second would convert what was converted, and documents could fall out: so never by chance.
    """
    name, query = _name(command), queries.of_catalogue(command)
    found = live.collection(session, name)
    same = found is not None and found.uuid == noted.get("uuid")
    size = found.options.get("size") if found is not None else None
    if found is None and noted.get("uuid") is None:
        return Finding(verdict="not done", evidence=f"there is no collection {name}", query=query)
    if same and _is_capped(found) == noted.get("capped"):
        return Finding(verdict="not done", evidence=f"{name} is the collection that it was", query=query)
    if _is_capped(found) and fits(command.document.get("size"), size):
        evidence = f"{name} is a new collection, capped at {size} bytes"
        return Finding(verdict="done", evidence=evidence, query=query)
    return Finding(verdict="unknown", evidence=f"{name} is neither as it was nor as asked for", query=query)


def _name(command: Command) -> str:
    return str(command.document.get("toCollection") or command.collection)


def _is_capped(found: Live | None) -> bool:
    return found is not None and bool(found.options.get("capped"))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
