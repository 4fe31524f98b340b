"""What is noted and found of commands about indexes, and what is done about half of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemactl.contract.finding import Finding
from schemactl.engines.mongodb import canonical, live, queries
from schemactl.engines.mongodb.connection import MAJORITY
from schemactl.errors import RunInterruptedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.engines.mongodb.commands import Command
    from schemactl.engines.mongodb.connection import Session
    from schemactl.engines.mongodb.live import LiveIndex

Before = dict[str, Any]

_LOOK_AGAIN_S = 0.5
_FLAGS = ("hidden", "unique", "prepareUnique", "expireAfterSeconds")


def before(session: Session, command: Command) -> Before:
    found = live.collection(session, command.collection)
    return {
        "uuid": None if found is None else found.uuid,
        "indexes": live.facts_of(live.indexes(session, command.collection)),
    }


def built(session: Session, command: Command, noted: Before) -> Finding:
    name, query = command.collection, queries.of_indexes(command)
    found = live.indexes(session, name)
    asked = _asked(command)
    building = [one for one in asked if one in found and found[one].building]
    if building:
        return Finding(verdict="half", evidence=f"index {building[0]} of {name} is still being built", query=query)
    there = [one for one, spec in asked.items() if one in found and _fits(spec, found[one].spec)]
    if asked and len(there) == len(asked):
        return Finding(verdict="done", evidence=f"{_told(list(asked))} of {name} is there", query=query)
    new = [one for one in there if one not in noted.get("indexes", {})]
    if new:
        absent = [one for one in asked if one not in there]
        evidence = f"of {name} {_told(new)} is there, {_told(absent)} is not"
        return Finding(verdict="half", evidence=evidence, query=query)
    others = [one for one in asked if one in found and one not in there and one not in noted.get("indexes", {})]
    if others:
        evidence = f"{_told(others)} of {name} is there, but not as asked for"
        return Finding(verdict="unknown", evidence=evidence, query=query)
    return Finding(verdict="not done", evidence=f"{_told(list(asked))} of {name} is not there", query=query)


def dropped(session: Session, command: Command, noted: Before) -> Finding:
    name, query = command.collection, queries.of_indexes(command)
    were = _to_drop(command, noted)
    found = live.indexes(session, name)
    left = [one for one in were if one in found]
    if were and not left:
        return Finding(verdict="done", evidence=f"{_told(were)} of {name} is gone", query=query)
    if len(left) < len(were):
        return Finding(verdict="half", evidence=f"of {name} {_told(left)} is still there", query=query)
    what = f"{_told(were)} of {name} is there" if were else f"{name} had no such index before either"
    return Finding(verdict="not done", evidence=what, query=query)


def changed(session: Session, collection: str, asked: Any) -> list[bool]:
    """Of each thing that a collMod asks of an index, whether it is so."""
    if not isinstance(asked, dict):
        return [False]
    index = _meant(live.indexes(session, collection), asked)
    if index is None:
        return [False]
    return [canonical.facts({key: asked[key]}) == _flag(index.spec, key) for key in _FLAGS if key in asked]


def duplicates(session: Session, command: Command) -> str:
    """The queries that show what stands in the way of the unique indexes that the command is to make; "" for none."""
    name, asked = command.collection, command.document.get("index")
    specs: list[dict[str, Any]] = [spec for spec in _asked(command).values() if spec.get("unique")]
    if isinstance(asked, dict) and (asked.get("unique") or asked.get("prepareUnique")):
        index = _meant(live.indexes(session, name), asked)
        specs = [index.spec] if index is not None else []
    found = [queries.of_duplicates(spec["key"], spec, name) for spec in specs]
    return ", ".join(f"`{query}`" for query in found if query)


def is_building(session: Session, collection: str) -> bool:
    return any(one.building for one in live.indexes(session, collection).values())


def tidy_built(session: Session, command: Command, noted: Before, look: Callable[[], None]) -> str:
    """Wait for what is being built; where only some came of it, those go, and all can be built anew.

    raises  RunInterruptedError where the run is asked to stop meanwhile; what `look` raises
    """
    name = command.collection
    waited = False
    while is_building(session, name):
        waited = True
        if session.opening.stop.event.wait(_LOOK_AGAIN_S):
            raise _stopped(session, name)
        look()
    if built(session, command, noted).verdict != "half":
        return f"the indexes of {name} were built to their end"
    was, found = noted.get("indexes", {}), live.indexes(session, name)
    # One of that name with another key is somebody else's.
    asked = _asked(command).items()
    new = [one for one, spec in asked if one in found and one not in was and _fits(spec, found[one].spec)]
    for one in new:
        look()
        session.command({"dropIndexes": name, "index": one, "writeConcern": MAJORITY})
    return f"{'after its end ' if waited else ''}{_told(new)} of {name} was dropped, to be built again with the rest"


def tidy_dropped(session: Session, command: Command, noted: Before, look: Callable[[], None]) -> str:
    """Drop the rest of what was to be dropped."""
    name, found = command.collection, live.indexes(session, command.collection)
    left = [one for one in _to_drop(command, noted) if one in found]
    for one in left:
        look()
        session.command({"dropIndexes": name, "index": one, "writeConcern": MAJORITY})
    return f"{_told(left)} of {name} was dropped too"


def _stopped(session: Session, name: str) -> RunInterruptedError:
    return RunInterruptedError(
        f"stopped while an index of {name} was still being built",
        at=session.opening.shown,
        now="the server goes on building it",
        do="run `schemactl recover` when it is done",
        target=session.target,
    )


def _asked(command: Command) -> dict[str, dict[str, Any]]:
    specs = command.document.get("indexes")
    if not isinstance(specs, list):
        return {}
    return {str(spec["name"]): spec for spec in specs if isinstance(spec, dict) and "name" in spec}


def _fits(asked: dict[str, Any], live_spec: dict[str, Any]) -> bool:
    """The server adds to a collation, and gives an index a version; all that was asked for must be there."""
    wanted, there = canonical.index_of(asked), canonical.index_of(live_spec)
    same_key = wanted["key"] == there["key"]
    # A server keeps nothing of the collation that compares bytes.
    same_collation = "collation" not in asked or ("collation" in wanted) == ("collation" in there)
    return (same_key and same_collation) and all(
        canonical.holds(asked[key], live_spec.get(key)) for key in wanted if key != "key" and key in asked
    )


def _to_drop(command: Command, noted: Before) -> list[str]:
    """The names of those indexes of before that a dropIndexes means."""
    were: dict[str, Any] = noted.get("indexes", {})
    asked = command.document.get("index")
    if asked == "*":
        return [name for name in were if name != "_id_"]
    if isinstance(asked, dict):
        pattern = canonical.index_of({"key": asked})["key"]
        return [name for name, facts in were.items() if facts["key"] == pattern]
    names = asked if isinstance(asked, list) else [asked]
    return [name for name in were if name in names]


def _meant(found: dict[str, LiveIndex], asked: dict[str, Any]) -> LiveIndex | None:
    """The index that a collMod names, or whose key it says."""
    index = found.get(str(asked.get("name")))
    if index is None and "keyPattern" in asked:
        pattern = canonical.text_of(asked["keyPattern"])
        index = next((one for one in found.values() if canonical.text_of(one.spec.get("key")) == pattern), None)
    return index


def _flag(spec: dict[str, Any], key: str) -> dict[str, Any]:
    return canonical.facts({key: spec[key]}) if key in spec else {}


def _told(names: list[str]) -> str:
    return f"index {', '.join(names)}" if names else "no index"
