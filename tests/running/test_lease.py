"""The lease's own side: the lock is held as long as the server says so and the clock allows, and not a moment longer.

The record here is in memory, with a clock of its own; the engines' tests hold their servers' records to the same.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from schemactl.contract.opening import Opening, Stop
from schemactl.errors import ConnectError, LockedError
from schemactl.events import Listener, Warned, ignore
from schemactl.running import lease
from schemactl.running.lease import LeaseLock
from tests.contract.work import Heard


@dataclass(slots=True)
class Shelf:
    """What a server would keep: the holder's name. `down`: nobody answers."""

    holder: str = ""
    down: bool = False
    renewed: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class Record:
    shelf: Shelf
    name: str
    succeeded: list[float] = field(default_factory=list)

    def take(self) -> str:
        if self.shelf.holder not in ("", self.name):
            return self.shelf.holder
        self.shelf.holder = self.name
        return ""

    def succeed(self, *, until: float, emit: Listener) -> None:
        self.succeeded.append(until)

    def renew(self) -> bool:
        if self.shelf.down:
            raise ConnectError("the server is down")
        self.shelf.renewed.set()
        return self.shelf.holder == self.name

    def release(self) -> bool:
        if self.shelf.holder != self.name:
            return False
        self.shelf.holder = ""
        return True

    def holder(self) -> str | None:
        return self.shelf.holder or None


def lock(shelf: Shelf, name: str, *, lease_s: float = 30.0, stop: Stop | None = None) -> LeaseLock:
    asked = stop if stop is not None else Stop()
    opening = Opening(url="", shown="a test", target="town/hall", stop=asked, lease_s=lease_s)
    return LeaseLock(opening, Record(shelf, name), end_holder="end that process")


def test_it_is_confirmed_with_the_server_before_each_use() -> None:
    shelf = Shelf()
    held = lock(shelf, "me")
    with held.hold(wait_s=0, emit=ignore):
        held.check()
        shelf.holder = "another"
        with pytest.raises(LockedError) as lost:
            held.check()
    assert (lost.value.code, lost.value.kind) == (12, "lost_lock")
    assert shelf.holder == "another"


def test_what_was_lost_is_never_believed_in_again() -> None:
    shelf = Shelf()
    held = lock(shelf, "me")
    with held.hold(wait_s=0, emit=ignore):
        shelf.holder = "another"
        with pytest.raises(LockedError):
            held.check()
        shelf.holder = "me"
        for look in (held.check, held.look):
            with pytest.raises(LockedError):
                look()


def test_a_process_that_stood_still_past_its_lease_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock that it looks at goes on while it is stopped; here it is moved by hand."""
    shelf = Shelf()
    held = lock(shelf, "me", lease_s=1000.0)
    with held.hold(wait_s=0, emit=ignore):
        held.look()
        stopped_at = lease.now()
        monkeypatch.setattr(lease, "now", lambda: stopped_at + 1001.0)
        for look in (held.look, held.check):
            with pytest.raises(LockedError):
                look()


def test_the_heartbeat_renews_it() -> None:
    shelf = Shelf()
    with lock(shelf, "me", lease_s=0.3).hold(wait_s=0, emit=ignore):
        shelf.renewed.clear()
        assert shelf.renewed.wait(30)


def test_a_server_that_does_not_answer_the_heartbeat_is_asked_again() -> None:
    shelf = Shelf()
    held = lock(shelf, "me", lease_s=600.0)
    with held.hold(wait_s=0, emit=ignore):
        shelf.down = True
        with pytest.raises(ConnectError):
            held.check()
        shelf.down = False
        held.check()


def test_without_holding_it_nothing_is_sent() -> None:
    held = lock(Shelf(), "me")
    for look in (held.check, held.look):
        with pytest.raises(LockedError):
            look()


def test_who_comes_second_is_told_of_the_holder() -> None:
    shelf = Shelf()
    first, second = lock(shelf, "me"), lock(shelf, "you")
    with first.hold(wait_s=0, emit=ignore), pytest.raises(LockedError, match="me"), second.hold(wait_s=0, emit=ignore):
        pytest.fail("two hold it")


def test_the_one_before_is_seen_to_before_the_body_runs() -> None:
    shelf = Shelf()
    record = Record(shelf, "me")
    opening = Opening(url="", shown="a test", target="town/hall", stop=Stop())
    with LeaseLock(opening, record, end_holder="").hold(wait_s=0, emit=ignore):
        assert len(record.succeeded) == 1


def test_closing_gives_it_back() -> None:
    shelf = Shelf()
    held = lock(shelf, "me")
    with held.hold(wait_s=0, emit=ignore):
        held.close()
        assert shelf.holder == ""
        held.close()


def test_one_that_another_has_taken_is_not_given_back_but_told() -> None:
    shelf, heard = Shelf(), Heard()
    with lock(shelf, "me").hold(wait_s=0, emit=heard):
        shelf.holder = "another"
    assert shelf.holder == "another"
    assert len(heard.of(Warned)) == 1
