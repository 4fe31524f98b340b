"""Seeds on MongoDB: one transaction each, with its record (docs/adr/0015)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pymongo.errors import PyMongoError

from schemactl.engines.mongodb import seeding_record
from schemactl.engines.mongodb.failure import OUTLIVED, ServerFailure
from schemactl.engines.mongodb.seeding_documents import DocumentShelf
from schemactl.engines.mongodb.seeding_write import Writing
from schemactl.errors import UnsupportedError
from schemactl.running.failure import RefusedError
from schemactl.running.patience import Patiently
from schemactl.running.seed_faults import Faults
from schemactl.running.seed_matching import SeedRows, compared, written
from schemactl.running.seed_own import with_own

if TYPE_CHECKING:
    from schemactl.contract.job import Job
    from schemactl.engines.mongodb.connection import Session
    from schemactl.engines.mongodb.sending import Sender
    from schemactl.errors import SchemactlError
    from schemactl.events import Listener
    from schemactl.model.seed import Compared, Rows, SeedFile, SeedRecord

_LIVES: Final = (
    "cut the seed into several; transactionLifetimeLimitSeconds sets how long the server lets a transaction live"
)
_KINDS: Final = {
    "view": "a view",
    "timeseries": "a time series, which no transaction writes to",
    "capped": "a capped collection, which no transaction writes to",
}


class MongoSeeder:
    """See contract.seeding.Seeder. `sender` is its own."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    @property
    def _session(self) -> Session:
        return self._sender.session

    @property
    def promise(self) -> str:
        if self._session.transactions:
            return "each is one transaction, its record in it"
        return "one document that differs in each: a standalone server has no transactions"

    def recorded(self) -> tuple[SeedRecord, ...]:
        try:
            return seeding_record.read(self._session)
        except PyMongoError as error:
            raise self._session.reading(error, "reading which seeds were applied") from error

    def compare(self, seed: SeedFile, rows: Rows) -> Compared:
        faults = self._faults(seed, rows)
        rows = _with_own(rows, faults)
        try:
            self._check(rows, faults)
            return compared(SeedRows(DocumentShelf(self._sender), rows, faults), len(rows.rows))
        except RefusedError as refused:
            raise _error(refused, faults) from refused

    def apply(self, seed: SeedFile, rows: Rows, record: SeedRecord, emit: Listener) -> Compared:
        faults = self._faults(seed, rows)
        rows = _with_own(rows, faults)
        patience = Patiently(self._session.opening, emit)
        while True:
            try:
                self._check(rows, faults)
                self._sender.make_seeds(seeding_record.make)
                return self._attempt(seed, rows, record, faults, emit)
            except RefusedError as refused:
                if refused.stopped or self._session.lost or not patience.again(refused.failure):
                    raise _error(refused, faults) from refused

    def run(self, seed: SeedFile, job: Job, record: SeedRecord, emit: Listener) -> None:
        from schemactl.engines.mongodb.seeding_script import run

        run(self._sender, seed, job, record, emit)

    def _faults(self, seed: SeedFile, rows: Rows) -> Faults:
        faults = Faults(self._session.opening, seed, rows)
        if not self._session.transactions:
            faults.unknown = "its one document may be there, and not its record: the next run tells, and writes that"
        return faults

    def _attempt(self, seed: SeedFile, rows: Rows, record: SeedRecord, faults: Faults, emit: Listener) -> Compared:
        with self._sender.transaction():
            with self._sender.cancelling():
                if not self._session.transactions:
                    self._refuse_several(
                        seed, compared(SeedRows(DocumentShelf(self._sender), rows, faults), len(rows.rows))
                    )
                writing = Writing(self._sender, seed, rows, faults, emit)
                done = written(SeedRows(DocumentShelf(self._sender), rows, faults), writing.write)
            if not self._session.transactions and done.differs:
                # The next run finds the rows the same, and writes the record.
                faults.now = "the document is written, its record is not"
            counted = record._replace(added=done.added, changed=done.changed, same=done.same)
            self._sender.record(seeding_record.write(counted))
        return done

    def _check(self, rows: Rows, faults: Faults) -> None:
        """Refuse what no collection of this server is seeded with. raises  SchemactlError; RefusedError"""
        if rows.relationships:
            raise faults.file(
                "[[relationships]] are Neo4j's", at=rows.relationships[0].at, do="take them out", kind="wrong_value"
            )
        if rows.where:
            raise faults.file("`where` is PostgreSQL's", at=rows.at.get("where", ""), do="take it out", kind="where")
        name = rows.object
        if not rows.rows:
            return
        what = "the ledger's own" if name.startswith("schema_") else "the server's own"
        if not name.startswith(("schema_", "system.")) and name and "$" not in name:
            what = _KINDS.get(self._kind(name), "")
        if what:
            raise faults.target(
                f"{name or 'a collection without a name'} is {what}",
                at=rows.at.get("table", ""),
                do="name the collection that holds the documents",
                kind="missing_object",
            )

    def _kind(self, name: str) -> str:
        database = self._session.db
        found = self._sender.answered(lambda: list(database.list_collections(filter={"name": name})))
        if not found:
            return ""
        return "capped" if found[0].get("options", {}).get("capped") else str(found[0].get("type", ""))

    def _refuse_several(self, seed: SeedFile, found: Compared) -> None:
        differing = found.added + found.changed
        if differing > 1:
            raise UnsupportedError(
                f"{seed.label}: {differing} documents differ, and a standalone server has no transaction that holds"
                " them: half of a seed is worse than none",
                at=seed.shown,
                now="nothing of this seed was written",
                do="make the server a replica set of one member, or write the seed as .json or .py",
                kind="no_transaction",
                target=self._session.target,
            )


def _with_own(rows: Rows, faults: Faults) -> Rows:
    return with_own(rows, lambda name: name == rows.object, DocumentShelf.own, faults.file)


def _error(refused: RefusedError, faults: Faults) -> SchemactlError:
    failure = refused.failure
    outlived = isinstance(failure, ServerFailure) and failure.code == OUTLIVED
    return faults.refused(refused, do=_LIVES if outlived else "")
