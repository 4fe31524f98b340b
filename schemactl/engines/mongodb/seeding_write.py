"""A seed's rows written where they are new or differ, many in a command; a row that is refused is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bson

from schemactl.engines.mongodb.connection import MAJORITY
from schemactl.engines.mongodb.failure import ServerFailure, from_reply
from schemactl.engines.mongodb.seeding_values import nested
from schemactl.events import StepProgress
from schemactl.running.failure import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemactl.engines.mongodb.connection import Document
    from schemactl.engines.mongodb.sending import Sender
    from schemactl.events import Listener
    from schemactl.model.seed import Rows, SeedFile
    from schemactl.running.seed_faults import Faults
    from schemactl.running.seed_matching import Matched

_ROWS: Final = 2_000
_BYTES: Final = 8 * 1024 * 1024  # of one command; the server takes twice that (manual, "MongoDB Limits")


class Writing:
    """Writes rows in the transaction that is open; on a standalone one row, by itself."""

    def __init__(self, sender: Sender, seed: SeedFile, rows: Rows, faults: Faults, emit: Listener) -> None:
        self._sender = sender
        self._version = seed.version.text
        self._object = rows.object
        self._total = len(rows.rows)
        self._faults = faults
        self._emit = emit
        self._done = 0

    def write(self, matched: Sequence[Matched]) -> None:
        """raises  StatementError in a row's place; RefusedError for what no row is to blame for"""
        added = [one for one in matched if one.there is None]
        changed = [one for one in matched if one.there is not None and one.changes]
        for some, documents in self._in_batches([(one, nested(one.row.fields)) for one in added]):
            self._send({"insert": self._object, "documents": documents}, some)
        updates = [
            (one, {"q": {"_id": one.there["_id"]}, "u": {"$set": one.changes}})
            for one in changed
            if one.there is not None
        ]
        for some, documents in self._in_batches(updates):
            self._send({"update": self._object, "updates": documents}, some)
        self._tell(len(matched) - len(added) - len(changed))

    def _send(self, document: Document, rows: Sequence[Matched]) -> None:
        """One command of some rows, in their order."""
        if self._sender.session.opening.stop:
            raise self._faults.interrupted()
        sender, session = self._sender, self._sender.session
        if sender.within is None:
            sender.check()
            document = {**document, "writeConcern": MAJORITY}
        sender.look_within()
        try:
            reply = sender.answered(lambda: session.command(document, session=sender.within))
        except RefusedError as refused:
            failure = refused.failure
            if len(rows) == 1 and isinstance(failure, ServerFailure) and failure.settled and not failure.gone:
                raise self._faults.failure(failure, at=rows[0].row.row.at) from refused
            raise
        failed = from_reply(reply)
        if failed is not None:
            errors = reply.get("writeErrors") or ()
            if failed.retryable or not errors:
                raise RefusedError(failed)
            at = rows[int(errors[0]["index"])].row.row.at
            raise self._faults.failure(failed, at=at, do="correct the row, or what is in its way")
        if reply["n"] != len(rows):
            raise self._faults.target(
                f"{len(rows) - reply['n']} of the documents to change were taken away meanwhile",
                at=rows[0].row.row.at,
                do="run the command again",
                kind="statement",
            )
        self._tell(len(rows))

    def _tell(self, rows: int) -> None:
        if rows:
            self._done += rows
            target = self._sender.session.target
            self._emit(StepProgress(target, self._version, self._done, self._total, "rows"))

    def _in_batches(self, all_of: Sequence[tuple[Matched, Document]]) -> Iterator[tuple[list[Matched], list[Document]]]:
        rows: list[Matched] = []
        documents: list[Document] = []
        size = 0
        for row, document in all_of:
            more = self._size(row, document)
            if rows and (len(rows) == _ROWS or size + more > _BYTES):
                yield rows, documents
                rows, documents, size = [], [], 0
            rows.append(row)
            documents.append(document)
            size += more
        if rows:
            yield rows, documents

    def _size(self, row: Matched, document: Document) -> int:
        try:
            return len(bson.encode(document))
        except (bson.errors.BSONError, ValueError, OverflowError) as error:
            at = row.row.row.at
            raise self._faults.file(str(error), at=at, do="correct the row", kind="wrong_value") from None
