"""A lock that no session holds: a lease with a heartbeat, for servers where a lock does not end with its connection.

The record of who holds it is the server's, by the server's clock (docs/adr/0008). Here is what every such engine needs
on its own side: how long this process may still believe that it holds the lease, and the thread that renews it. Time is
CLOCK_BOOTTIME, which goes on while the process is stopped or the machine sleeps, and which nobody sets.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from schemactl.errors import LockedError, SchemactlError
from schemactl.events import Listener, Warned
from schemactl.running.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.contract.opening import Opening

BEATS = 6
"""Heartbeats in the length of a lease: one that is lost, or two, cost nothing."""


class LeaseRecord(Protocol):
    """The lease as one engine keeps it in its server. `renew` is called from the heartbeat's thread as well."""

    def take(self) -> str:
        """Try once: "" where the lease is ours now, for `lease_s` by the server's clock; else who holds it."""

    def succeed(self, *, until: float, emit: Listener) -> None:
        """Right after the taking: fence off the one before, and end or await what it left running in the server.

        until   by `now()`: how long to wait for that
        raises  LockedError where it does not end
        """

    def renew(self) -> bool:
        """Make it last `lease_s` from now on; False where it is no longer ours."""

    def release(self) -> bool:
        """Give it back; False where it was no longer ours."""

    def holder(self) -> str | None:
        """Who holds it now, for people; None where nobody does, or the lease has run out."""


def now() -> float:
    """Seconds since this machine was started, those it slept included (Linux manual, clock_gettime)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Lease:
    """A lease that was taken: whether it may still be believed in. `check` is called right before anything is sent."""

    def __init__(self, record: LeaseRecord, opening: Opening, taken_at: float) -> None:
        self._record = record
        self._opening = opening
        self._until = taken_at + opening.lease_s
        self._renewing = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease {opening.target}", daemon=True)
        self.is_lost = False

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """No more heartbeats; the one under way is awaited."""
        self._over.set()
        self._thread.join()

    def check(self) -> None:
        """Renew the lease now and see that there is time left in it.

        raises  LockedError `lost_lock` where it is another's, or ran out before the server confirmed it
        """
        if not self._stands() or not self._renew() or not self._stands():
            self.is_lost = True
            raise lost(self._opening)

    def look(self) -> None:
        """`check` by the clock alone, between two sends of one transaction that the server fences."""
        if not self._stands():
            self.is_lost = True
            raise lost(self._opening)

    def _stands(self) -> bool:
        return not self.is_lost and now() < self._until

    def _renew(self) -> bool:
        with self._renewing:
            # Counted from before the sending: the server's own count begins later.
            asked = now()
            if not self._record.renew():
                self.is_lost = True
                return False
            self._until = asked + self._opening.lease_s
            return True

    def _beat(self) -> None:
        while not self._over.wait(self._opening.lease_s / BEATS) and self._stands():
            try:
                self._renew()
            except SchemactlError:
                # The server may be back before the lease runs out; whoever is about to send looks at the clock.
                continue


class LeaseLock:
    """The contract's Lock over an engine's record; `check` and `look` are what its hands ask before they send."""

    def __init__(self, opening: Opening, record: LeaseRecord, *, end_holder: str) -> None:
        self._opening = opening
        self._record = record
        self._end_holder = end_holder
        self._held: Lease | None = None

    @contextmanager
    def hold(self, *, wait_s: float, emit: Listener) -> Iterator[None]:
        until = now() + wait_s
        taken_at = now()

        def take() -> str:
            nonlocal taken_at
            taken_at = now()
            return self._record.take()

        wait_for(self._opening, take, wait_s=wait_s, emit=emit, end_holder=self._end_holder)
        lease = self._held = Lease(self._record, self._opening, taken_at)
        lease.start()
        try:
            self._record.succeed(until=max(until, now() + self._opening.lease_s), emit=emit)
            yield
        finally:
            self._give_back(lease, emit)

    def holder(self) -> str | None:
        return self._record.holder()

    @property
    def is_held(self) -> bool:
        """Whether it was taken and not given back; it may be lost all the same."""
        return self._held is not None

    def check(self) -> None:
        """raises  LockedError `lost_lock` where the lease is not held for sure; nothing must then be sent"""
        if self._held is None:
            raise lost(self._opening)
        self._held.check()

    def look(self) -> None:
        """`check` by the clock alone."""
        if self._held is None:
            raise lost(self._opening)
        self._held.look()

    def close(self) -> None:
        """Give the lease back where it is still held: the engine is being closed under its holder."""
        if self._held is not None:
            self._give_back(self._held, None)

    def _give_back(self, lease: Lease, emit: Listener | None) -> None:
        if self._held is not lease:
            return
        self._held = None
        lease.end()
        try:
            ours = self._record.release()
        except SchemactlError:
            # It runs out by itself.
            return
        if not ours and emit is not None:
            emit(Warned(self._opening.target, "the lock was no longer held when it was to be released"))


def lost(opening: Opening) -> LockedError:
    """The error of a runner whose lease ran out or is another's."""
    return LockedError(
        "the lease on this target is not held: this process was stopped for too long, or another took over",
        at=opening.shown,
        do="see with `schemactl status` where the target stands, then run the command again",
        kind="lost_lock",
        target=opening.target,
    )
