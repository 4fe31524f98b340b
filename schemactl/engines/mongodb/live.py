"""What the server's catalogue says of one object now: a collection, its indexes, a user, a role. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pymongo.errors import OperationFailure

from schemactl.engines.mongodb import canonical
from schemactl.engines.mongodb.failure import NAMESPACE_NOT_FOUND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.engines.mongodb.connection import Document, Session

_NOT_ON_VIEW = 166
_UNKNOWN_FIELD = frozenset({9, 40415, 72})


class Live(NamedTuple):
    """A collection or view as it is. `uuid` is its identity, "" where the server gives none (a view has none)."""

    name: str
    kind: str
    uuid: str
    options: Document


class LiveIndex(NamedTuple):
    """An index as it is; `building`: its build is not over yet."""

    name: str
    spec: Document
    building: bool = False


def collections(session: Session, name: str | None = None) -> list[Live]:
    """All collections and views, or the one of this name. raises  PyMongoError"""
    where = {"name": name} if name is not None else {}
    command = {"listCollections": 1, "filter": where, "nameOnly": False, "cursor": {}}
    found = []
    for one in _all(session, command):
        identity = (one.get("info") or {}).get("uuid")
        # A view's is made up anew by some servers.
        uuid = "" if identity is None or one.get("type") == "view" else str(_hex(identity))
        found.append(Live(one["name"], one.get("type", "collection"), uuid, dict(one.get("options") or {})))
    return found


def collection(session: Session, name: str) -> Live | None:
    """The collection or view of this name. raises  PyMongoError"""
    return next(iter(collections(session, name)), None)


def ledger_uuid(session: Session) -> str:
    """The identity of the ledger that stands here, asked for once; "" where there is none. raises  PyMongoError"""
    if session.ledger_uuid is None:
        found = collection(session, "schema_format")
        session.ledger_uuid = "" if found is None else found.uuid
    return session.ledger_uuid


def indexes(session: Session, name: str) -> dict[str, LiveIndex]:
    """The indexes of a collection by name, those under way too; none where there is no such collection, or a view.

    raises  PyMongoError
    """
    found = _listed(session, name)
    told = {}
    for one in found:
        spec = dict(one.get("spec") or one)
        building = "buildUUID" in one or "buildUUID" in (one.get("indexBuildInfo") or {})
        told[spec["name"]] = LiveIndex(spec["name"], spec, building)
    return told


def _listed(session: Session, name: str) -> list[Document]:
    """listIndexes with what the server tells of builds under way; how it is asked differs between versions."""
    for told in ({"includeIndexBuildInfo": True}, {"includeBuildUUIDs": True}):
        try:
            return list(_all(session, {"listIndexes": name, **told}))
        except OperationFailure as error:
            if error.code in (NAMESPACE_NOT_FOUND, _NOT_ON_VIEW):
                return []
            if error.code not in _UNKNOWN_FIELD:
                raise
    return list(_all(session, {"listIndexes": name}))


def facts_of(found: dict[str, LiveIndex]) -> dict[str, Any]:
    """Index name → its facts."""
    return {name: canonical.index_of(one.spec) for name, one in sorted(found.items())}


def right(session: Session, kind: str, name: str) -> dict[str, Any] | None:
    """The facts of a user or role of this database, None where there is none. raises  PyMongoError"""
    key, command = ("users", "usersInfo") if kind == "user" else ("roles", "rolesInfo")
    about = {"role": name, "db": session.name} if kind == "role" else {"user": name, "db": session.name}
    extra = {"showPrivileges": True} if kind == "role" else {}
    found = session.command({command: about, **extra})[key]
    return right_facts(found[0]) if found else None


def right_facts(found: Document) -> dict[str, Any]:
    """What makes a user or role what it is: its roles and privileges. What it proves itself with is never read."""
    told = {}
    for key in ("roles", "privileges", "authenticationRestrictions", "customData"):
        value = found.get(key)
        if value:
            texts = sorted(map(canonical.text_of, value)) if isinstance(value, list) else canonical.text_of(value)
            told[key] = texts
    return told


def _all(session: Session, command: Document) -> Iterator[Document]:
    """Every batch of a command that answers with a cursor."""
    cursor = session.command(command)["cursor"]
    yield from cursor["firstBatch"]
    while cursor["id"]:
        place = str(cursor["ns"]).partition(".")[2]
        cursor = session.command({"getMore": cursor["id"], "collection": place})["cursor"]
        yield from cursor["nextBatch"]


def _hex(identity: Any) -> str:
    return identity.hex if hasattr(identity, "hex") and not callable(identity.hex) else bytes(identity).hex()
