"""What is noted before a lone command, and what the live catalogue says of it afterwards. Reads only.

A collection's identity is its `info.uuid`, not its name: the name may be another collection's by then. Each kind of
command has two functions here or in observe_indexes and observe_rights: `before` and `probe`; a new kind is `unknown`
until it has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from schemactl.contract.finding import Finding, sent_again
from schemactl.engines.mongodb import (
    canonical,
    commands,
    live,
    observe_capped,
    observe_indexes,
    observe_rights,
    queries,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.mongodb.commands import Command
    from schemactl.engines.mongodb.connection import Session

Before = dict[str, Any]

_NOT_OPTIONS = frozenset({"create", "comment", "maxTimeMS", "autoIndexId"})
_NOT_CHANGES = frozenset({"collMod", "comment", "maxTimeMS", "dryRun", "index"})
# How the catalogue calls what a collMod calls otherwise.
_SHOWN_AS = {"cappedSize": "size", "cappedMax": "max"}


class _Kind(NamedTuple):
    """What is noted before a command of one kind, and what is found of it afterwards."""

    before: Callable[[Session, Command], Before]
    probe: Callable[[Session, Command, Before], Finding]


def before(session: Session, planned: PlannedStatement) -> Before:
    """What the catalogue says of the command's objects now; JSON values. raises  PyMongoError"""
    command = commands.of(planned.statement)
    kind = _kind(command)
    noted = kind.before(session, command) if kind is not None else {}
    return {"command": command.name, "ledger": live.ledger_uuid(session), **noted}


def probe(session: Session, planned: PlannedStatement, noted: Before, *, idempotent: bool) -> Finding:
    """Whether the command took effect since `noted`. raises  PyMongoError"""
    command = commands.of(planned.statement)
    kind = _kind(command)
    found = kind.probe(session, command, noted) if kind is not None else _nothing_shows(command)
    if found.verdict == "unknown" and idempotent:
        return sent_again(found)
    if found.verdict == "not done" and session.blind:
        query = found.query or queries.of_catalogue(command)
        return Finding(verdict="unknown", evidence=f"{found.evidence}, but {session.blind}", query=query)
    return found


def tidy(session: Session, planned: PlannedStatement, noted: Before, look: Callable[[], None]) -> str:
    """Take away what half of the command left, or wait for its end; returns what was done.

    look    is called before anything is sent: raises where the lease is lost
    raises  PyMongoError; RunInterruptedError where a stop is asked for while something is awaited
    """
    command = commands.of(planned.statement)
    if command.name == "createIndexes":
        return observe_indexes.tidy_built(session, command, noted, look)
    if command.name in ("dropIndexes", "deleteIndexes"):
        return observe_indexes.tidy_dropped(session, command, noted, look)
    return f"{command.name} on {command.collection} is sent again: twice is the same as once"


def after_answer(session: Session, planned: PlannedStatement, found: Finding) -> Finding:
    """What holds of a command that the server has called well: half of it can only be what is still being built.

    How a catalogue words what was asked for differs between servers. raises  PyMongoError
    """
    command = commands.of(planned.statement)
    if found.verdict != "half" or (
        command.name == "createIndexes" and observe_indexes.is_building(session, command.collection)
    ):
        return found
    return Finding(verdict="done", evidence=f"the server has called it well, though {found.evidence}")


def is_idempotent(job: Job, planned: PlannedStatement) -> bool:
    return job.idempotent or "idempotent" in planned.statement.directives


def _kind(command: Command) -> _Kind | None:
    if command.name == "aggregate":
        stages = command.document["pipeline"]
        return _OUT if "$out" in stages[-1] and isinstance(stages[-1]["$out"], str) else None
    if command.name in commands.RIGHTS:
        return _Kind(observe_rights.before, observe_rights.probe)
    return _KINDS.get(command.name)


def _uuid_of(session: Session, name: str) -> str | None:
    found = live.collection(session, name)
    return None if found is None else found.uuid or canonical.text_of(found.options)


def _identity(session: Session, command: Command) -> Before:
    return {"uuid": _uuid_of(session, command.collection)}


def _created(session: Session, command: Command, noted: Before) -> Finding:
    name, query = command.collection, queries.of_catalogue(command)
    found = live.collection(session, name)
    if found is None:
        return Finding(verdict="not done", evidence=f"there is no collection {name}", query=query)
    if noted.get("uuid") is not None:
        # It was there before: nothing that this command could have made.
        return Finding(verdict="not done", evidence=f"{name} is as it was before", query=query)
    asked = {key: value for key, value in command.document.items() if key not in _NOT_OPTIONS}
    options = canonical.facts(asked)
    fits = all(_holds_option(key, asked[key], found.options.get(key)) for key in options)
    if fits:
        return Finding(verdict="done", evidence=f"{name} is there, with the options asked for", query=query)
    return Finding(verdict="unknown", evidence=f"{name} is there, with other options than those asked for", query=query)


def _holds_option(key: str, asked: Any, there: Any) -> bool:
    return observe_capped.fits(asked, there) if key == "size" else canonical.holds(asked, there)


def _is_restored(session: Session, noted: Before) -> bool:
    """Whether the ledger is another collection than the one that noted this: it came with a copy of the database, in
    which every collection has a new identity."""
    now = live.ledger_uuid(session)
    return bool(noted.get("ledger", now) != now)


def _copied(name: str, query: str) -> Finding:
    evidence = f"{name} is there, but the ledger was restored since, and with it no collection is the one of before"
    return Finding(verdict="unknown", evidence=evidence, query=query)


def _dropped(session: Session, command: Command, noted: Before) -> Finding:
    name, query = command.collection, queries.of_catalogue(command)
    was, now = noted.get("uuid"), _uuid_of(session, command.collection)
    if None not in (was, now) and _is_restored(session, noted):
        return _copied(name, query)
    if was is not None and was != now:
        return Finding(verdict="done", evidence=f"the collection {name} of before is gone", query=query)
    what = f"{name} is there" if now is not None else f"there was no {name} before either"
    return Finding(verdict="not done", evidence=what, query=query)


def _names(command: Command) -> tuple[str, str]:
    """Old and new name of a renameCollection, without the database."""
    return command.collection, str(command.document.get("to", ""))


def _before_rename(session: Session, command: Command) -> Before:
    source, target = _names(command)
    return {"uuid": _uuid_of(session, source), "target": _uuid_of(session, target)}


def _renamed(session: Session, command: Command, noted: Before) -> Finding:
    source, target = _names(command)
    query, was = queries.of_catalogue(command), noted.get("uuid")
    there, here = _uuid_of(session, source), _uuid_of(session, target)
    if None not in (here, noted.get("target")) and _is_restored(session, noted):
        return _copied(target, query)
    # Not every server lets a collection keep its identity under a new name.
    moved = there is None and here not in (None, noted.get("target"))
    if was is not None and (here == was or moved):
        return Finding(verdict="done", evidence=f"the collection {source} of before is {target} now", query=query)
    if there == was:
        what = f"{source} still has its name" if was is not None else f"there was no {source} before either"
        return Finding(verdict="not done", evidence=what, query=query)
    return Finding(verdict="unknown", evidence=f"{source} and {target} are others than before", query=query)


def _before_change(session: Session, command: Command) -> Before:
    found = live.collection(session, command.collection)
    if found is None:
        return {"uuid": None}
    known = {} if found.kind == "view" else live.facts_of(live.indexes(session, command.collection))
    return {"uuid": found.uuid, "options": canonical.facts(found.options), "indexes": known}


def _changed(session: Session, command: Command, noted: Before) -> Finding:
    name, query = command.collection, queries.of_catalogue(command)
    if command.document.get("dryRun"):
        return Finding(verdict="not done", evidence="it only tries (dryRun) and changes nothing", query=query)
    found = live.collection(session, name)
    if found is None:
        return Finding(verdict="not done", evidence=f"there is no collection {name}", query=query)
    asked = {key: value for key, value in command.document.items() if key not in _NOT_CHANGES}
    fits = [_became(key, asked[key], found.options, noted) for key in asked]
    if "index" in command.document:
        fits += observe_indexes.changed(session, name, command.document["index"])
    if all(fits):
        return Finding(verdict="done", evidence=f"{name} is as it was to become", query=query)
    now = _before_change(session, command)
    if any(fits) and (now["options"], now["indexes"]) != (noted.get("options"), noted.get("indexes")):
        return Finding(verdict="half", evidence=f"{name} has part of what was asked for", query=query)
    return Finding(verdict="not done", evidence=f"{name} is as it was before", query=query)


def _became(key: str, asked: Any, options: dict[str, Any], noted: Before) -> bool:
    """`holds_change`, but a size that is the one of before is what the server made of the one asked for only where it
    is that very size: any below the least would pass for it."""
    if _SHOWN_AS.get(key) == "size":
        now = canonical.text_of(options.get("size"))
        if now == (noted.get("options") or {}).get("size") and now != canonical.text_of(asked):
            return False
    return holds_change(key, asked, options)


def holds_change(key: str, asked: Any, options: dict[str, Any]) -> bool:
    """Whether a collection's options show what a collMod asked for under `key`."""
    key = _SHOWN_AS.get(key, key)
    if key == "size":
        return observe_capped.fits(asked, options.get(key))
    if (key, asked) == ("expireAfterSeconds", "off"):
        return key not in options
    there = {key: options[key]} if key in options else {}
    if key == "timeseries":
        # What was not asked about stays, and what follows from it is added.
        return canonical.holds(asked, there.get(key))
    return canonical.facts({key: asked}) == canonical.facts(there)


def _before_out(session: Session, command: Command) -> Before:
    return {"uuid": _uuid_of(session, commands.writes_elsewhere(command))}


def _written_out(session: Session, command: Command, noted: Before) -> Finding:
    name = commands.writes_elsewhere(command)
    query = queries.of_collection(name)
    now = _uuid_of(session, name)
    if None not in (now, noted.get("uuid")) and _is_restored(session, noted):
        return _copied(name, query)
    if now is not None and now != noted.get("uuid"):
        return Finding(verdict="done", evidence=f"{name} is a new collection", query=query)
    if now == noted.get("uuid"):
        return Finding(verdict="not done", evidence=f"{name} is the collection that it was", query=query)
    return Finding(verdict="unknown", evidence=f"{name} is gone", query=query)


def _nothing_shows(command: Command) -> Finding:
    what = f"no catalogue shows what {command.name} wrote"
    return Finding(verdict="unknown", evidence=what, query=queries.of_data(command))


_OUT = _Kind(_before_out, _written_out)
_KINDS = {
    "create": _Kind(_identity, _created),
    "drop": _Kind(_identity, _dropped),
    "renameCollection": _Kind(_before_rename, _renamed),
    "collMod": _Kind(_before_change, _changed),
    "convertToCapped": _Kind(observe_capped.before, observe_capped.converted),
    "cloneCollectionAsCapped": _Kind(observe_capped.before, observe_capped.cloned),
    "createIndexes": _Kind(observe_indexes.before, observe_indexes.built),
    "dropIndexes": _Kind(observe_indexes.before, observe_indexes.dropped),
    "deleteIndexes": _Kind(observe_indexes.before, observe_indexes.dropped),
}
