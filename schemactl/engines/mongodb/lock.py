"""The one lock of an open session, made when it is first asked for: the lease, and whoever asks before it sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from schemactl.engines.mongodb.connection import Session
    from schemactl.events import Listener
    from schemactl.running.lease import LeaseLock


class LockOnDemand:
    """The one lock of an engine: the runner asks it before it sends."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock: LeaseLock | None = None

    @property
    def lease(self) -> LeaseLock:
        if self._lock is None:
            from schemactl.engines.mongodb.lease import MongoLease
            from schemactl.running.lease import LeaseLock

            runs_out = "wait until its lease has run out, where its process is gone"
            self._lock = LeaseLock(self._session.opening, MongoLease(self._session), end_holder=runs_out)
        return self._lock

    def hold(self, *, wait_s: float, emit: Listener) -> AbstractContextManager[None]:
        return self.lease.hold(wait_s=wait_s, emit=emit)

    def holder(self) -> str | None:
        return self.lease.holder()

    def still_held(self) -> None:
        """raises  LockedError where the lock was taken and is lost; nothing where it was never taken"""
        if self._lock is not None and self._lock.is_held:
            self._lock.check()

    def close(self) -> None:
        """Give the lease back where it is still held, then close the connection."""
        if self._lock is not None:
            self._lock.close()
        self._session.close()
