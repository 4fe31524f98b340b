"""The lease and the fence on MongoDB (docs/adr/0008): two documents of `schema_lock`, written by the server's clock.

`lease` says who may work, and is written by taking, renewing and releasing alone. `fence` holds the token of the one
who took over last, and is written only inside transactions: first in every transaction of a migration, and by a
takeover, so that a transaction of the runner before conflicts or finds another token. So no write outside a transaction
ever meets a document that one has open.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pymongo
from pymongo.errors import AutoReconnect, DuplicateKeyError, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from schemactl.engines.mongodb import leftovers
from schemactl.engines.mongodb.connection import MAJORITY
from schemactl.engines.mongodb.failure import from_exception, from_reply
from schemactl.running.lease import lost, now
from schemactl.running.owner import this_runner

if TYPE_CHECKING:
    from schemactl.engines.mongodb.connection import Document, Session
    from schemactl.events import Listener

LOCK = "schema_lock"
LEASE, FENCE = {"_id": "lease"}, {"_id": "fence"}
_PAUSE_S = 0.1
_LOST_S = 0.3
_TRIES = 5

# Dates are compared as numbers: what an expression makes of a stored date and $$NOW is not the same on every server.
_FREE = {
    "$or": [
        {"$eq": [{"$ifNull": ["$token", ""]}, ""]},
        {"$lte": [{"$toLong": {"$ifNull": ["$until", "$$NOW"]}}, {"$toLong": "$$NOW"}]},
    ]
}

# Everyone who may have left something running, as long as no successor has seen that nothing is.
_KNOWN = {"$cond": [{"$isArray": ["$before"]}, "$before", []]}
_LAST = [{"token": "$token", "session": "$session", "login": "$login", "database": "$database"}]
_BEFORE = {"$concatArrays": [_KNOWN, {"$cond": [{"$eq": [{"$ifNull": ["$token", ""]}, ""]}, [], _LAST]}]}


class MongoLease:
    """The record that running.lease.LeaseLock keeps; `renew` is called from the heartbeat's thread as well."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._before: list[Document] = []
        self._named = 0

    def take(self) -> str:
        try:
            found = self._taken()
        except PyMongoError as error:
            raise self._session.reading(error, "taking the lock") from error
        if found.get("token") != self._session.token:
            return _told(found)
        named = list(found.get("before") or ())
        # A copy of a database names the runners of the first one: they may be at work there, and left nothing here.
        here = self._session.name
        self._before = [one for one in named if one.get("database") in (None, here)]
        self._named = len(named)
        return ""

    def succeed(self, *, until: float, emit: Listener) -> None:
        if self._session.transactions:
            self._claim(until)
        unseen = leftovers.await_end(self._session, self._before, until=until, emit=emit)
        change = {"before": {"$literal": unseen}, "server_now": "$$NOW"}
        if len(unseen) < self._named and not self._mine(change, "taking over from the runner before"):
            raise lost(self._session.opening)
        self._before = unseen
        self._named = len(unseen)

    def renew(self) -> bool:
        return self._mine({"until": self._until(), "server_now": "$$NOW"}, "renewing the lease")

    def release(self) -> bool:
        # Who may have left something running stays named, so that the next one looks for it.
        over = {"until": "$$NOW"} if self._session.lost or self._session.left else {"token": ""}
        return self._mine({**over, "server_now": "$$NOW"}, "releasing the lock")

    def holder(self) -> str | None:
        stages: list[Document] = [{"$match": LEASE}, {"$set": {"free": _FREE, "server_now": "$$NOW"}}]
        try:
            collection = self._session.db.get_collection(LOCK, read_concern=ReadConcern("majority"))
            found = next(collection.aggregate(stages), None)
        except PyMongoError as error:
            raise self._session.reading(error, "reading the lock") from error
        return None if found is None or found["free"] else _told(found)

    def _taken(self) -> Document:
        """The lease as it is after trying to take it: one round trip, whoever gets it."""
        mine = {
            "token": self._session.token,
            "owner": {"$literal": this_runner()},
            "session": self._session.work.session_id["id"] if self._session.transactions else None,
            "login": {"$literal": self._session.login},
            "database": {"$literal": self._session.name},
            "since": "$$NOW",
            "until": self._until(),
        }
        stages: list[Document] = [
            {"$set": {"free": _FREE}},
            {"$set": {"before": {"$cond": ["$free", _BEFORE, "$before"]}}},
            {"$set": {key: {"$cond": ["$free", value, f"${key}"]} for key, value in mine.items()}},
            {"$set": {"server_now": "$$NOW"}},
        ]
        document = {"findAndModify": LOCK, "query": LEASE, "update": stages, "upsert": True, "new": True}
        for _ in range(_TRIES):
            # Where two make the document at once, one is refused or told of none; the next attempt finds it.
            with suppress(DuplicateKeyError):
                reply = self._bounded({**document, "writeConcern": MAJORITY})
                failure = from_reply(reply)
                if failure is not None:
                    raise OperationFailure(failure.message, failure.code)
                if reply["value"] is not None:
                    return dict(reply["value"])
        return {"owner": "another runner, just now", "since": None}

    def _mine(self, change: Document, what: str) -> bool:
        where = {**LEASE, "token": self._session.token}
        document = {"update": LOCK, "updates": [{"q": where, "u": [{"$set": change}]}], "writeConcern": MAJORITY}
        try:
            try:
                reply = self._bounded(document)
            except AutoReconnect:
                # A connection that nothing went over for long may be gone without a word: twice is the same as once.
                reply = self._bounded(document)
        except PyMongoError as error:
            raise self._session.reading(error, what) from error
        failure = from_reply(reply)
        if failure is not None:
            # Not confirmed is not lost: the next attempt may be, while the lease lasts.
            raise self._session.reading(OperationFailure(failure.message, failure.code), what)
        return bool(reply["n"] == 1)

    def _bounded(self, document: Document) -> Document:
        """One command that never takes longer than the lease could bear."""
        limit_s = _LOST_S if self._session.lost else max(1.0, min(5.0, self._session.opening.lease_s / 2))
        with pymongo.timeout(limit_s):
            return self._session.command(document)

    def _until(self) -> Document:
        amount = round(self._session.opening.lease_s * 1000)
        return {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": amount}}

    def _claim(self, until: float) -> None:
        """Write the fence; from then on no older transaction commits. One that is open in the way is ended."""
        while True:
            try:
                self._write_fence()
                return
            except PyMongoError as error:
                failure = from_exception(error)
                if not failure.retryable:
                    raise self._session.reading(error, "taking over from the runner before") from error
                if now() >= until or self._session.opening.stop:
                    # Somebody else writes the fence: this process stood still since it took the lease.
                    raise lost(self._session.opening) from error
            self._end_session_before()
            self._session.opening.stop.event.wait(_PAUSE_S)

    def _write_fence(self) -> None:
        work = self._session.work
        change = {"q": FENCE, "u": {"$set": {"token": self._session.token}}, "upsert": True}
        with work.start_transaction(ReadConcern("snapshot"), WriteConcern("majority")):
            self._session.command({"update": LOCK, "updates": [change]}, session=work)

    def _end_session_before(self) -> None:
        sessions = [{"id": one["session"]} for one in self._before if one.get("session") is not None]
        if not sessions:
            return
        try:
            self._session.client.admin.command({"killSessions": sessions})
        except OperationFailure:
            # Without the right to it the server's own time limit ends the transaction.
            return


def guard(token: str) -> Document:
    """The first write of every transaction: it meets the fence as long as nobody else took over, else nothing."""
    return {"update": LOCK, "updates": [{"q": {**FENCE, "token": token}, "u": {"$inc": {"writes": 1}}}]}


def _told(found: Document) -> str:
    """Who holds it, for people."""
    since = found.get("since")
    if since is None:
        return str(found.get("owner"))
    left = (found["until"] - found["server_now"]).total_seconds()
    return f"{found.get('owner')} (since {since:%Y-%m-%d %H:%M:%S} UTC, its lease runs out in {max(left, 0):.0f} s)"
