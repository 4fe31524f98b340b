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
from schemactl.running.lease import lost, now
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


class _Followed(NamedTuple):
    """Whose lease ran out: tokens that no one can renew any more, and the last of their owners."""

    tokens: list[str]
    last: _Held


class Neo4jLeaseRecord:
    """See running.lease.LeaseRecord."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._follows: _Followed | None = None  # until their transactions were seen to have ended

    def make(self) -> None:
        """Make the two nodes where they are not there yet; before `take`, for it can last."""
        if self._session.read(fence.BOTH, _WHAT)[0]["nodes"] != 2:
            self._make()

    def take(self) -> str:
        held = self._held()
        if held is not None and held.stands:
            return held.owner
        token = secrets.token_hex(12)
        row = self._take(token, held)
        if row is None:
            return self.holder() or "another runner, which has ended since"
        self._session.token, self._session.unclean = token, False
        last = _Held("", str(row["owner"]), int(row["taken"]), 0)
        self._follows = _Followed(list(row["follows"]), last) if row["follows"] else None
        return ""

    def succeed(self, *, until: float, emit: Listener) -> None:
        """Nothing begins with the tokens that are followed from the taking on; what had begun is ended here."""
        if self._follows is None:
            return
        left = self._end(self._follows.tokens, time.monotonic() + max(until - now(), 0.0))
        if left or not self._settle(until):
            owner = self._follows.last.owner
            raise LockedError(
                f"a transaction of {owner}, whose lease ran out, does not end: {', '.join(left) or 'it is not shown'}",
                at=self._session.opening.shown,
                now="nothing was changed by this run",
                do=f"TERMINATE TRANSACTIONS '{left[0] if left else '…'}', then run the command again",
                target=self._session.target,
            )
        owner, self._follows = self._follows.last.owner, None
        emit(Warned(self._session.target, f"the lock was taken over from {owner}, whose lease ran out"))

    def renew(self) -> bool:
        return self._mine(fence.BEAT, lease=self._lease_ms)

    def release(self) -> bool:
        token, self._session.token = self._session.token, ""
        # A transaction of ours that the server has not given up yet may be in the way: then the lease runs out.
        values: dict[str, Any] = {"token": token, "timeout_s": _FENCE_WAIT_S}
        text = fence.FREE
        if self._follows is not None or self._session.unclean:
            last = self._follows.last if self._follows is not None else None
            text = fence.EXPIRE
            values |= {"owner": last and last.name, "taken": last and last.taken_ms}
        rows = self._session.read(text, "releasing the lock", **values)
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

    def _take(self, token: str, held: _Held | None) -> dict[str, Any] | None:
        """One attempt; None where another was sooner, or its transaction is in the way for long."""
        try:
            rows = self._session.ask(
                fence.TAKE, timeout_s=_FENCE_WAIT_S, token=token, owner=this_runner(), lease=self._lease_ms
            )
        except Exception as error:
            if not is_driver_error(error) or from_exception(error).kind not in _BUSY:
                raise self._session.trouble(error, _WHAT) from error
            self._unblock(held)
            return None
        return rows[0] if rows else None

    def _unblock(self, held: _Held | None) -> None:
        """End a transaction that has written to the lease's own node, and so keeps its own heartbeat out as well."""
        again = self._held()
        if held is not None and held.token and again is not None and again.token == held.token and not again.stands:
            self._end([held.token], time.monotonic())

    def _settle(self, until: float) -> bool:
        """Lock the fence once: what the server did not show, to a user with few rights, has ended too.

        returns  False where it did not end
        raises  LockedError where the lease is another's by now
        """
        try:
            rows = self._session.ask(
                fence.SETTLE, timeout_s=max(until - now(), _FENCE_WAIT_S), token=self._session.token
            )
        except Exception as error:
            if is_driver_error(error) and from_exception(error).kind in _BUSY:
                return False
            raise self._session.trouble(error, _WHAT) from error
        if not rows or rows[0]["mine"] != 1:
            raise lost(self._session.opening)
        return True

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

    def _end(self, tokens: list[str], until: float) -> list[str]:
        """End the transactions that carry a token; those that are still there at `until`, by time.monotonic."""
        while True:
            rows = self._session.read(fence.LEFT, _WHAT, tokens=tokens, database=self._session.database)
            theirs = {row["id"] for row in rows if row["theirs"]}
            # The transactions that batches run in are listed on their own, without what the outer one carries.
            left = [row["id"] for row in rows if not row["over"] and (row["id"] in theirs or row["outer"] in theirs)]
            if not left:
                return left
            self._session.read(fence.END, "ending what a dead run left", ids=sorted(theirs))
            if time.monotonic() > until:
                return left
            time.sleep(_PAUSE_S)
