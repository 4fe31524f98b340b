"""Watches a transaction from a second connection, and ends it where it waits too long or the run is to stop.

A wait for the lock of a label's schema is ended by no timeout of the server (tried on 5.26); TERMINATE ends it at once.
So lock_timeout, statement_timeout and a stop are one thing here.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal

from schemactl.engines.neo4j import fence
from schemactl.engines.neo4j.failure import is_driver_error
from schemactl.engines.neo4j.timeouts import Timeouts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.engines.neo4j.connection import Session
    from schemactl.engines.neo4j.failure import ServerFailure

Reason = Literal["", "stopped", "lock_timeout", "statement_timeout", "drops_ledger"]

_FIRST_S: Final = 0.1
_AGAIN_S: Final = 0.2
_NONE: Final = Timeouts(0, 0)
_BLOCKED: Final = re.compile(r"^Blocked by: \[|\]$")


class Held:
    """A transaction that holds the ledger (held.py).

    gives_way_s  how long anybody else may have to wait for it
    was_met      what is watched came upon it, and was ended
    """

    def __init__(self, work: str, gives_way_s: float) -> None:
        self.work = work
        self.gives_way_s = gives_way_s
        self.was_met = False


class Watch:
    """Over one transaction; `metadata` is what it must carry to be found.

    stoppable  False for the ledger's own writes: what a statement did is written down also when the run is to stop
    held       what it must not come upon
    reason  why this watch ended it, "" where it did not
    """

    def __init__(self, session: Session, *, stoppable: bool = True, held: Held | None = None) -> None:
        self._session = session
        self._stoppable = stoppable
        self._held = held
        self._ended: set[str] = set()
        self._waited_since = 0.0
        self.work = secrets.token_hex(8)
        self._limits = _NONE
        self._since = self._blocked_since = 0.0
        self._waits_unseen = False
        self._over = threading.Event()
        self._blocked_by = ""
        self.reason: Reason = ""

    @property
    def metadata(self) -> dict[str, str]:
        return {**self._session.metadata(), fence.WORK: self.work}

    def begins(self, limits: Timeouts, *, waits_unseen: bool = False) -> None:
        """A statement is about to be sent: its time runs from here.

        waits_unseen  it may wait before the server shows that it has it, and is short to read and to plan: a long one
                      is as unseen as that while it is planned
        """
        self._since, self._blocked_since, self._limits = time.monotonic(), 0.0, limits
        self._waits_unseen = waits_unseen

    def told(self, failure: ServerFailure) -> ServerFailure:
        """The failure as it is to be told: the server's own words say only that somebody ended the transaction."""
        if not self.reason or failure.gone:
            return failure
        words = {
            "stopped": "stopped",
            "lock_timeout": f"waited {self._limits.lock_ms} ms for a lock{self._blocked_by}",
            "statement_timeout": f"took longer than {self._limits.statement_ms} ms",
            "drops_ledger": "came upon nodes of the ledger or the lock",
        }
        return failure._replace(kind=self.reason, message=words[self.reason])

    @contextmanager
    def watching(self) -> Iterator[None]:
        """For as long as the body runs."""
        thread = threading.Thread(target=self._run, name=f"watch {self._session.target}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _run(self) -> None:
        pause = _FIRST_S
        while not self._over.wait(pause):
            pause = _AGAIN_S
            try:
                self._look()
            except Exception as error:
                # The connection that is watched has its own story to tell.
                if not is_driver_error(error):
                    raise

    def _look(self) -> None:
        now = time.monotonic()
        if self._held is not None:
            self._look_at_held(self._held, now)
        reason: Reason = ""
        if self._stoppable and self._session.opening.stop:
            reason = "stopped"
        elif self._limits.statement_ms and now - self._since > self._limits.statement_ms / 1000:
            reason = "statement_timeout"
        elif not self._limits.lock_ms:
            return
        rows = self._session.ask(fence.WORKING, work=self.work)
        if not reason and self._waits_too_long(rows, now):
            reason = "lock_timeout"
        if reason and rows and not self._over.is_set():
            self.reason = reason
            self._session.ask(fence.END, ids=[row["id"] for row in rows])

    def _look_at_held(self, held: Held, now: float) -> None:
        """End what waits for the nodes that are held; stop holding them where that does not help."""
        rows = self._session.ask(fence.WAITING)
        holds = next((row["id"] for row in rows if row["work"] == held.work), None)
        if holds is None:
            return
        waiting = [row for row in rows if holds in _BLOCKED.sub("", row["status"]).split(", ")]
        mine = {row["id"] for row in waiting if row["work"] == self.work}
        others = [row for row in waiting if not row["token"] and row["outer"] not in mine | self._ended]
        self._waited_since = (self._waited_since or now) if others else 0.0
        in_the_way = self._waited_since and now - self._waited_since > held.gives_way_s
        # One that is in its COMMIT cannot be ended: it goes on, and what it did is looked at behind it.
        if in_the_way or self._ended.intersection(row["id"] for row in rows):
            self._session.ask(fence.END, ids=[holds])
        elif mine and not self._over.is_set():
            held.was_met, self.reason = True, "drops_ledger"
            self._ended |= mine
            self._session.ask(fence.END, ids=sorted(mine))

    def _waits_too_long(self, rows: list[dict[str, Any]], now: float) -> bool:
        blocked = next((row["status"] for row in rows if row["status"].startswith("Blocked by")), "")
        # IF NOT EXISTS waits for another's change of the schema before the server shows that it has the statement.
        if not blocked and not (self._waits_unseen and any(row["query"] == "" for row in rows)):
            self._blocked_since = 0.0
            return False
        self._blocked_since = self._blocked_since or now
        self._blocked_by = blocked.replace("Blocked by: ", " that these hold: ") or " of the schema"
        return now - self._blocked_since > self._limits.lock_ms / 1000
