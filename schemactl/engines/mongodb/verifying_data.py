"""What is read at length: documents that their validator would refuse, and collections that the server finds damaged.

source  MongoDB manual, "Query for and Modify Valid or Invalid Documents"; "validate": in the background it takes no
        lock that keeps a writer waiting, and `full`, which takes one, cannot be asked for along with it
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bson import json_util
from pymongo.errors import OperationFailure

from schemactl.engines.mongodb.failure import NAMESPACE_NOT_FOUND, from_exception
from schemactl.engines.mongodb.stopping import looking
from schemactl.engines.mongodb.verifying_state import guarded, refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.engines.mongodb.connection import Document, Session
    from schemactl.engines.mongodb.live import Live
    from schemactl.running.inspecting import Look

COUNTED: Final = 1000
"""Documents of one collection that are counted; reading stops there."""
_SHOWN: Final = 5
_NOT_IN_THE_BACKGROUND: Final = frozenset({115, 72})
_NO_CHECKPOINT: Final = "checkpoint"
_QUOTED: Final = 2


def documents(session: Session, found: Sequence[Live], look: Look) -> None:
    for one in look.each(guarded(found), "collections"):
        try:
            ids, examined = _refused_ids(session, one), _number(session, one.name)
        except OperationFailure as error:
            failure = from_exception(error)
            if failure.gone:
                raise
            if not refused(error, look, f"collection {one.name}", session.opening.statement_timeout_ms):
                # A validator that fails on a document rather than refusing it.
                do = "mend the validator (collMod), or the documents that it fails on"
                look.flaw(f"collection {one.name}", f"its validator fails: {failure.unquoted()}", do)
            continue
        look.examined += max(examined, len(ids))
        if ids:
            first = ", ".join(_shown(one) for one in ids[:_SHOWN])
            more = ", …" if len(ids) > _SHOWN else ""
            number = f"{COUNTED:,} or more documents" if len(ids) >= COUNTED else _plural(len(ids), "document")
            look.flaw(
                f"collection {one.name}",
                f"{number} would be refused by its validator, _id {first}{more}",
                f"mend or remove them: db.getCollection({json_util.dumps(one.name)}).find({{$nor: [VALIDATOR]}}) gives"
                " them all, or change the validator",
            )


def _refused_ids(session: Session, one: Live) -> list[Any]:
    """The _id of documents that the validator would refuse, as far as they are counted. raises  PyMongoError"""
    asked = {
        "find": one.name,
        "filter": {"$nor": [one.options["validator"]]},
        "projection": {"_id": 1},
        "limit": COUNTED,
        "batchSize": COUNTED,
        "singleBatch": True,
        "readConcern": {"level": "majority"},
    }
    return [document.get("_id") for document in _asked(session, asked)["cursor"]["firstBatch"]]


def _asked(session: Session, document: Document) -> Document:
    """One command that may take long, within the time limit; a stop ends it.

    raises  PyMongoError; RunInterruptedError where it was ended
    """
    limit_ms = session.opening.statement_timeout_ms
    with looking(session):
        return session.command(document | {"maxTimeMS": limit_ms} if limit_ms else document)


def _number(session: Session, name: str) -> int:
    """How many documents the server says that a collection has: by what it keeps of it, without reading."""
    return int(session.command({"count": name})["n"])


def _shown(value: Any) -> str:
    return json_util.dumps(value) if not isinstance(value, int | str) else repr(value)


def _plural(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def collections(session: Session, found: Sequence[Live], look: Look) -> None:
    limit_ms = session.opening.statement_timeout_ms
    stored = [one for one in found if one.kind == "collection" and "viewOn" not in one.options]
    for one in look.each(stored, "collections"):
        about = f"collection {one.name}"
        try:
            reply = _asked(session, {"validate": one.name, "background": True})
        except OperationFailure as error:
            if not refused(error, look, about, limit_ms) and not _not_there(error, look, about):
                raise
            continue
        look.examined += 1
        for thing, what in flaws_of(one.name, reply):
            look.flaw(thing, what, _mend(one.name))


def _mend(name: str) -> str:
    return (
        "look at the server's disk and log; resync the member, restore a backup, or, with no writer about,"
        f" db.runCommand({{validate: {json_util.dumps(name)}, full: true}}) tells all and repair: true mends indexes"
    )


def _not_there(error: OperationFailure, look: Look, about: str) -> bool:
    """Whether the server cannot look at it now; one that was dropped meanwhile is nothing to look at."""
    words = from_exception(error).unquoted()
    if error.code == NAMESPACE_NOT_FOUND:
        if _NO_CHECKPOINT in words:
            look.unread(about, "it is newer than the server's last checkpoint", "verify again in a minute")
        return True
    if error.code in _NOT_IN_THE_BACKGROUND:
        do = "validate by hand, when nobody writes: in the foreground it keeps writers waiting"
        look.unread(about, f"this server does not validate in the background: {words}", do)
        return True
    return False


def flaws_of(name: str, reply: Document) -> list[tuple[str, str]]:
    """What a reply to `validate` says is wrong, of the collection or of one of its indexes; of each shard's."""
    if isinstance(reply.get("raw"), dict):
        return [flaw for shard in reply["raw"].values() for flaw in flaws_of(name, shard)]
    found = []
    for index, told in (reply.get("indexDetails") or {}).items():
        if not told.get("valid", True):
            found.append((f"index {index} of {name}", f"it is damaged: {_words(told.get('errors'))}"))
    corrupt = len(reply.get("corruptRecords") or ())
    if corrupt or (not reply.get("valid", True) and not found):
        what = f"{_plural(corrupt, 'document')} cannot be read" if corrupt else "it is damaged"
        found.append((f"collection {name}", f"{what}: {_words(reply.get('errors'))}"))
    return found


def _words(errors: Any) -> str:
    said = [str(one) for one in errors or ()]
    return "; ".join(said[:_QUOTED]) or "the server says no more"
