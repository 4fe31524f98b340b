"""The lease as Neo4j keeps it: a node, its token, and the server's own clock. What it means is running.lease's."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from schemactl.engines.neo4j import fence
from schemactl.engines.neo4j.failure import EQUIVALENT, from_exception, is_driver_error
from schemactl.errors import LockedError
from schemactl.events import Listener, Warned
from schemactl.running.lease import now
from schemactl.running.owner import this_runner

if TYPE_CHECKING:
    from schemactl.engines.neo4j.connection import Session

END_HOLDER = "its lease runs out by itself where its process is gone"

_WHAT = "taking the lock"
_BUSY = frozenset({"deadlock", "lock_timeout", "statement_timeout", "terminated", "constraint"})
_FENCE_WAIT_S = 10.0
_MAKE_TRIES = 30
_PAUSE_S = 0.05


class _Held(NamedTuple):
    token: str
    name: str
    taken_ms: int
    left_ms: int

    @property
    def owner(self) -> str:
        since = datetime.fromtimestamp(self.taken_ms / 1000, UTC).isoformat(" ", "seconds")
        return f"{self.name} (since {since})"

    @property
    def stands(self) -> bool:
        return bool(self.token) and self.left_ms > 0


class Neo4jLeaseRecord:
    """See running.lease.LeaseRecord."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._before: _Held | None = None
        self._follows: _Held | None = None  # whose transactions did not end, so that the lease stays theirs

    def make(self) -> None:
        """Make the two nodes where they are not there yet; before `take`, for it can last."""
        if self._session.read(fence.BOTH, _WHAT)[0]["nodes"] != 2:
            self._make()

    def take(self) -> str:
        held = self._held()
        if held is not None and held.stands:
            return held.owner
        self._before = held if held is not None and held.token else None
        # The lease is counted from here on: ending what the one before left must not use it up.
        until = time.monotonic() + self._session.opening.lease_s / 3
        if self._before is not None and (left := self._end(self._before.token, until)):
            return f"{self._before.owner}, whose lease ran out, and whose transactions do not end: {', '.join(left)}"
        token = secrets.token_hex(12)
        if not self._take(token):
            return self.holder() or "another runner, which has ended since"
        self._session.token, self._session.unclean, self._follows = token, False, None
        return ""

    def succeed(self, *, until: float, emit: Listener) -> None:
        if self._before is None:
            return
        # What it began before its lease ran out, and the server did not show yet: nothing begins with that token now.
        left = self._end(self._before.token, time.monotonic() + max(until - now(), 0.0))
        if left:
            self._follows = self._before
            raise LockedError(
                f"a transaction of {self._before.owner}, whose lease ran out, does not end: {', '.join(left)}",
                at=self._session.opening.shown,
                now="nothing was changed by this run",
                do=f"TERMINATE TRANSACTIONS '{left[0]}', then run the command again",
                target=self._session.target,
            )
        emit(Warned(self._session.target, f"the lock was taken over from {self._before.owner}, whose lease ran out"))

    def renew(self) -> bool:
        return self._mine(fence.BEAT, lease=self._lease_ms)

    def release(self) -> bool:
        token, self._session.token = self._session.token, ""
        left = self._follows
        if left is None and self._session.unclean:
            held = self._held()
            left = held if held is not None and held.token == token else None
        # A transaction of ours that the server has not given up yet may be in the way: then the lease runs out.
        values: dict[str, Any] = {"token": token, "timeout_s": _FENCE_WAIT_S}
        if left is not None:
            values |= {"left": left.token, "owner": left.name, "taken": left.taken_ms}
        rows = self._session.read(fence.FREE if left is None else fence.EXPIRE, "releasing the lock", **values)
        return bool(rows) and rows[0]["freed"] == 1

    def holder(self) -> str | None:
        held = self._held()
        return held.owner if held is not None and held.stands else None

    @property
    def _lease_ms(self) -> int:
        return round(self._session.opening.lease_s * 1000)

    def _held(self) -> _Held | None:
        rows = self._session.read(fence.HELD, _WHAT)
        if not rows:
            return None
        row = rows[0]
        return _Held(row["token"] or "", str(row["owner"]), int(row["taken"] or 0), int(row["left"] or 0))

    def _mine(self, text: str, **values: Any) -> bool:
        rows = self._session.read(text, "keeping the lock", token=self._session.token, **values)
        return bool(rows) and rows[0]["mine"] == 1

    def _take(self, token: str) -> bool:
        """One attempt; False where another was sooner, or its transaction is in the way for long."""
        try:
            rows = self._session.ask(
                fence.TAKE, timeout_s=_FENCE_WAIT_S, token=token, owner=this_runner(), lease=self._lease_ms
            )
        except Exception as error:
            if is_driver_error(error) and from_exception(error).kind in _BUSY:
                return False
            raise self._session.trouble(error, _WHAT) from error
        return bool(rows) and rows[0]["mine"] == 1

    def _make(self) -> None:
        """The two nodes. Others may be at it too: what they were sooner with is there all the same."""
        for text in (fence.CONSTRAINT, fence.NODES):
            for attempt in range(_MAKE_TRIES):
                try:
                    self._session.ask(text, timeout_s=_FENCE_WAIT_S)
                    break
                except Exception as error:
                    failure = from_exception(error) if is_driver_error(error) else None
                    again = failure is not None and (failure.state == EQUIVALENT or failure.kind in _BUSY)
                    if not again or attempt == _MAKE_TRIES - 1:
                        raise self._session.trouble(error, _WHAT) from error
                    time.sleep(_PAUSE_S)

    def _end(self, token: str, until: float) -> list[str]:
        """End the transactions that carry `token`; those that are still there at `until`, by time.monotonic."""
        while True:
            rows = self._session.read(fence.LEFT, _WHAT, token=token, database=self._session.database)
            theirs = {row["id"] for row in rows if row["theirs"]}
            # The transactions that batches run in are listed on their own, without what the outer one carries.
            left = [row["id"] for row in rows if not row["over"] and (row["id"] in theirs or row["outer"] in theirs)]
            if not left or time.monotonic() > until:
                return left
            self._session.read(fence.END, "ending what a dead run left", ids=sorted(theirs))
            time.sleep(_PAUSE_S)
