"""The ledger on MongoDB: collections `schema_format`, `schema_versions`, `schema_steps` (docs/formats.md, "Ledger").

No one else reads them. A document of schema_versions means: this migration's effects are in the database, in full where
its state is `applied`, in the part that schema_steps names where it is `applying` or `reverting`. What a run writes is
in ledger_writes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

from schemactl.engines.mongodb.connection import MAJORITY
from schemactl.engines.mongodb.failure import NAMESPACE_EXISTS, from_reply
from schemactl.errors import StatementError
from schemactl.model.entry import LEDGER_FORMAT, Entry, LedgerState
from schemactl.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pymongo.collection import Collection

    from schemactl.engines.mongodb.connection import Document, Session
    from schemactl.model.step import Step

FORMAT, VERSIONS, STEPS = "schema_format", "schema_versions", "schema_steps"
ONLY = "ledger"  # the _id of the only document of schema_format


class MongoLedger:
    """Reads the ledger, prepares it, and settles what recover decides."""

    def __init__(self, session: Session, still_held: Callable[[], None]) -> None:
        """`still_held` raises LockedError where a lock was taken and is lost: then nothing more is written."""
        self._session = session
        self._still_held = still_held

    def read(self) -> LedgerState:
        try:
            told = self._of(FORMAT).find_one({"_id": ONLY})
            if told is None:
                return LedgerState(exists=False)
            self._refuse_newer(told["format"])
            found = {one["_id"]: _entry(one) for one in self._of(VERSIONS).find()}
            unfinished = [key for key, entry in found.items() if entry.state != "applied"]
            rows = list(self._of(STEPS).find({"entry": {"$in": unfinished}})) if unfinished else []
        except PyMongoError as error:
            raise self._session.reading(error, "reading the ledger") from error
        return LedgerState(
            exists=True,
            format=told["format"],
            platform=told["platform"],
            service_name=told["service_name"],
            entries=tuple(sorted(found.values(), key=lambda entry: entry.version.number)),
            steps=_steps(rows, found),
        )

    def prepare(self, *, platform: str, service_name: str) -> None:
        made = {"format": LEDGER_FORMAT, "platform": platform, "service_name": service_name, "last_version_id": 0}
        try:
            told = self._of(FORMAT).find_one({"_id": ONLY})
            if told is not None:
                self._refuse_newer(told["format"])
                self._forget_leftover_steps()
                return
            for name in (VERSIONS, STEPS, FORMAT):
                self._create(name)
            facts = {"$mergeObjects": [{"$literal": made}, {"created_at": "$$NOW"}, "$$ROOT"]}
            self._write(FORMAT, {"_id": ONLY}, [{"$replaceWith": facts}], upsert=True)
        except PyMongoError as error:
            raise self._session.reading(error, "creating the ledger") from error

    def accept(self, entry: Entry, *, checksum: str, up_hash: str, note: str) -> None:
        described = {"$cond": [{"$eq": ["$description", ""]}, "", {"$concat": ["$description", "; "]}]}
        change = {
            "checksum": {"$literal": checksum},
            "checksum_algorithm": "sha256-lf",
            "up_hash": {"$literal": up_hash},
            "description": {"$concat": [described, {"$literal": note}]},
        }
        self._change(VERSIONS, {"_id": entry_id(entry)}, [{"$set": change}])

    def mark(self, entry: Entry, ordinal: int, *, done: bool) -> None:
        where = {"entry": entry_id(entry), "ordinal": ordinal}
        if done:
            self._change(STEPS, where, [{"$set": {"state": "done", "at": "$$NOW"}}])
        else:
            self._take(STEPS, where)

    # The steps first: an entry under way without them is one of which nothing was done, which is true of both; steps
    # that outlive it would be taken for those of the next one of its number.
    def remove(self, entry: Entry) -> None:
        self._take(STEPS, {"entry": entry_id(entry)})
        self._take(VERSIONS, {"_id": entry_id(entry)})

    def reinstate(self, entry: Entry) -> None:
        where = {"_id": entry_id(entry), "state": "reverting"}
        try:
            stands = self._of(VERSIONS).find_one(where)
        except PyMongoError as error:
            raise self._session.reading(error, "reading the ledger") from error
        if stands is not None:
            self._take(STEPS, {"entry": entry_id(entry)})
            self._change(VERSIONS, where, [{"$set": {"state": "applied"}}])

    def _of(self, name: str) -> Collection[Document]:
        return self._session.db.get_collection(name, read_concern=ReadConcern("majority"))

    def _create(self, name: str) -> None:
        self._still_held()
        try:
            self._session.command({"create": name, "writeConcern": MAJORITY})
        except OperationFailure as error:
            if error.code != NAMESPACE_EXISTS:
                raise

    def _forget_leftover_steps(self) -> None:
        """Where there are no transactions a run may die between the end of an entry and that of its steps."""
        if not self._session.transactions:
            under_way = [one["_id"] for one in self._of(VERSIONS).find({"state": {"$ne": "applied"}}, {"_id": 1})]
            self._take(STEPS, {"entry": {"$nin": under_way}})

    def _change(self, name: str, where: Document, change: list[Document]) -> int:
        try:
            return self._write(name, where, change)
        except PyMongoError as error:
            raise self._session.reading(error, "writing the ledger") from error

    def _take(self, name: str, where: Document) -> None:
        self._still_held()
        try:
            deletes = [{"q": where, "limit": 0}]
            self._confirmed(self._session.command({"delete": name, "deletes": deletes, "writeConcern": MAJORITY}))
        except PyMongoError as error:
            raise self._session.reading(error, "writing the ledger") from error

    def _write(self, name: str, where: Document, change: list[Document], *, upsert: bool = False) -> int:
        self._still_held()
        updates = [{"q": where, "u": change, "upsert": upsert}]
        reply = self._session.command({"update": name, "updates": updates, "writeConcern": MAJORITY})
        return int(self._confirmed(reply)["n"])

    def _confirmed(self, reply: Document) -> Document:
        failure = from_reply(reply)
        if failure is not None:
            raise StatementError(
                f"writing the ledger failed: {failure.sentence()}",
                at=self._session.opening.shown,
                do=failure.remedy or None,
                kind=failure.kind,
                target=self._session.target,
                state=failure.state,
            )
        return reply

    def _refuse_newer(self, found: int) -> None:
        if found > LEDGER_FORMAT:
            from schemactl.running.newer_ledger import refusal

            raise refusal(found, self._session.opening)


def entry_id(entry: Entry) -> str:
    """The `_id` of an entry: one number has one, however it is written."""
    return f"{entry.service_name}:{entry.version.number}"


def step_id(entry: Entry, direction: str, ordinal: int) -> str:
    return f"{entry_id(entry)}:{direction}:{ordinal}"


def facts_of(entry: Entry) -> Document:
    """What an entry's document says that its file, and not the server, knows."""
    return {
        "service_name": entry.service_name,
        "version": entry.version.text,
        "name": entry.name,
        "description": entry.description,
        "checksum": entry.checksum,
        "checksum_algorithm": entry.checksum_algorithm,
        "up_hash": entry.up_hash,
        "format": entry.format,
        "applied_by": entry.applied_by,
        "tool_version": entry.tool_version,
        "backup_id": entry.backup_id,
        "unlocked": entry.unlocked,
    }


def _entry(one: Document) -> Entry:
    facts: dict[str, Any] = {key: one[key] for key in _FACTS}
    return Entry(
        **facts,
        version=Version(one["version"]),
        version_id=int(one["version_id"]),
        state=one["state"],
        applied_at=one["applied_at"],
        duration_ms=int(one["duration_ms"]),
    )


_FACTS: tuple[str, ...] = ("service_name", "name", "description", "checksum", "checksum_algorithm", "up_hash", "format")
_FACTS += ("applied_by", "tool_version", "backup_id", "unlocked")


def _steps(rows: Sequence[Document], entries: Mapping[str, Entry]) -> tuple[Step, ...]:
    from schemactl.model.step import Step

    steps = [
        Step(
            version_id=entries[one["entry"]].version_id or 0,
            direction=one["direction"],
            ordinal=one["ordinal"],
            segment=one["segment"],
            statement_hash=one["statement_hash"],
            line=one["line"],
            state=one["state"],
            before=json.loads(one["before"]),
        )
        for one in rows
    ]
    return tuple(sorted(steps, key=lambda step: (step.version_id, step.ordinal)))
