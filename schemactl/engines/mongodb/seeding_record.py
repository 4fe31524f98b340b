"""`schema_seeds` on MongoDB (docs/formats.md, "Ledger"): made before the first record, written with a seed's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bson.int64 import Int64
from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern

from schemactl.engines.mongodb.connection import MAJORITY
from schemactl.engines.mongodb.failure import NAMESPACE_EXISTS
from schemactl.model.seed import SeedRecord
from schemactl.model.version import Version

if TYPE_CHECKING:
    from schemactl.engines.mongodb.connection import Document, Session

SEEDS: Final = "schema_seeds"
_COUNTS: Final = ("added", "changed", "same")
_TEXTS: Final = ("name", "kind", "checksum", "environment", "applied_by", "tool_version", "head")


def read(session: Session) -> tuple[SeedRecord, ...]:
    """Every record; empty where there is no collection. raises  PyMongoError"""
    found = session.db.get_collection(SEEDS, read_concern=ReadConcern("majority")).find()
    return tuple(sorted(map(_record, found), key=lambda record: record.version.number))


def make(session: Session) -> None:
    """Make the collection where it is not there: not every server makes one in a transaction. raises  PyMongoError"""
    try:
        session.command({"create": SEEDS, "writeConcern": MAJORITY})
    except OperationFailure as error:
        if error.code != NAMESPACE_EXISTS:
            raise


def write(record: SeedRecord) -> Document:
    """The command that writes one record."""
    facts: Document = {"_id": str(record.version.number), "version": record.version.text}
    facts |= {name: getattr(record, name) for name in _TEXTS}
    facts |= {name: Int64(getattr(record, name)) for name in _COUNTS}
    made = {"$mergeObjects": [{"$literal": facts}, {"applied_at": "$$NOW"}]}
    where = {"_id": facts["_id"]}
    return {"update": SEEDS, "updates": [{"q": where, "u": [{"$replaceWith": made}], "upsert": True}]}


def _record(one: Document) -> SeedRecord:
    facts: dict[str, Any] = {name: one[name] for name in _TEXTS}
    facts |= {name: int(one[name]) for name in _COUNTS}
    return SeedRecord(version=Version(one["version"]), applied_at=one["applied_at"], **facts)
