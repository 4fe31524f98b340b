"""What the server's catalogue says is not as it should be: indexes, validators, views, what aggregations left.

source  MongoDB manual, "listIndexes", "Schema Validation", "Views", "Convert an Existing Index to a Unique Index"
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pymongo.errors import PyMongoError

from schemactl.engines.mongodb import canonical, live
from schemactl.engines.mongodb.failure import UNAUTHORIZED, from_exception

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemactl.engines.mongodb.connection import Session
    from schemactl.engines.mongodb.live import Live, LiveIndex
    from schemactl.running.inspecting import Look

LEFT_OVER: Final = "tmp.agg_out."
_SOURCES: Final = ("$lookup", "$graphLookup", "$unionWith")
_TIMED_OUT: Final = frozenset({50, 262})
_ENDED: Final = frozenset({11601, 202, 175, 237})
"""Ended by somebody, or with its collection."""


def everything(session: Session) -> list[Live]:
    """Collections and views in order of their names. raises  PyMongoError"""
    return sorted(live.collections(session), key=lambda one: one.name)


def refused(error: PyMongoError, look: Look, about: str, limit_ms: int = 0) -> bool:
    """Whether the refusal says nothing of the object; then it is noted as not looked at."""
    failure = from_exception(error)
    if failure.code == UNAUTHORIZED:
        look.unread(about, failure.unquoted(), "give this user the right to read it")
    elif failure.code in _TIMED_OUT:
        what = f"it was not done within {limit_ms / 1000:g} s" if limit_ms else failure.unquoted()
        look.unread(about, what, "raise `statement_timeout`")
    elif failure.code in _ENDED:
        look.unread(about, failure.unquoted(), "verify again")
    else:
        return False
    return True


def indexes(session: Session, found: Sequence[Live], look: Look) -> None:
    for one in look.each([one for one in found if one.kind != "view"], "collections"):
        try:
            listed = live.indexes(session, one.name)
        except PyMongoError as error:
            if not refused(error, look, f"indexes of {one.name}"):
                raise
            continue
        look.examined += len(listed)
        for index in listed.values():
            _index(one.name, index, look)


def _index(collection: str, index: LiveIndex, look: Look) -> None:
    about = f"index {index.name} of {collection}"
    if index.building:
        look.flaw(
            about,
            "it is still being built, and no query uses it",
            "wait for its end (currentOp shows how far it is); where none comes, dropIndexes it and build it anew",
        )
    elif index.spec.get("prepareUnique"):
        look.flaw(
            about,
            "it refuses new duplicates and is not unique: those that are there may stand",
            f"mend the duplicates, then collMod {collection} with index {{name: {index.name!r}, unique: true}};"
            " prepareUnique: false takes it back",
        )


def guarded(found: Sequence[Live]) -> list[Live]:
    """The collections that have a validator, the server's own left out (a time series' buckets)."""
    return [one for one in found if one.options.get("validator") and not one.name.startswith("system.")]


def validators(session: Session, found: Sequence[Live], look: Look) -> None:
    del session
    for one in guarded(found):
        look.examined += 1
        action, level = one.options.get("validationAction", "error"), one.options.get("validationLevel", "strict")
        about = f"validator of {one.name}"
        if level == "off":
            do = f"collMod {one.name} with validationLevel: strict; verify --deep counts what came in"
            look.flaw(about, "it is switched off: every document is taken", do)
        elif action == "warn":
            do = f"collMod {one.name} with validationAction: error; verify --deep counts what came in"
            look.flaw(about, "it only warns, in the server's log: every document is taken", do)


def views(session: Session, found: Sequence[Live], look: Look) -> None:
    del session
    names = {one.name for one in found}
    for one in found:
        if "viewOn" not in one.options:
            continue
        look.examined += 1
        read = dict.fromkeys([str(one.options["viewOn"]), *_read_by(one.options.get("pipeline"))])
        gone = [name for name in read if name not in names]
        if gone:
            do = f"make {', '.join(gone)} again, or drop or change the view (collMod viewOn, pipeline)"
            look.flaw(f"view {one.name}", f"it reads what is not there: {', '.join(gone)}", do)


def _read_by(pipeline: Any) -> Iterator[str]:
    """The collections of this database that a pipeline reads beside its own, those within its stages too."""
    stages: list[Any] = pipeline if isinstance(pipeline, list) else []
    for stage in stages:
        for name, said in stage.items() if isinstance(stage, dict) else ():
            if name in _SOURCES:
                source = said if isinstance(said, str) else said.get("from", said.get("coll"))
                if isinstance(source, str):
                    yield source
                if isinstance(said, dict):
                    yield from _read_by(said.get("pipeline"))
            elif name == "$facet":
                for inner in said.values():
                    yield from _read_by(inner)


def left_overs(session: Session, found: Sequence[Live], look: Look) -> None:
    del session
    look.examined += len(found)
    for one in found:
        if one.name.startswith(LEFT_OVER):
            do = f"drop it, if no aggregation is under way: db.getCollection({canonical.text_of(one.name)}).drop()"
            look.flaw(f"collection {one.name}", "an aggregation with $out that did not end left it", do)
