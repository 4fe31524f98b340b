"""The lock: one holder at a time, whoever else asks; free as soon as the holder is gone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from schemactl.contract.engine import Engine, Lock, Missing
from schemactl.contract.opening import Stop
from schemactl.errors import LockedError, RunInterruptedError
from schemactl.events import Event, Waiting, ignore
from schemactl.running.owner import Doing, doing, done_by
from tests.contract.target import Target
from tests.contract.work import Heard

THREADS, TURNS = 8, 3


def lock_of(engine: Engine) -> Lock:
    assert not isinstance(engine.lock, Missing)
    return engine.lock


def test_a_second_holder_is_refused_and_told_who_holds_it(target: Target) -> None:
    first, second = lock_of(target.open()), lock_of(target.open())
    with first.hold(wait_s=0, emit=ignore):
        holder = second.holder()
        with pytest.raises(LockedError) as refused, second.hold(wait_s=0, emit=ignore):
            pytest.fail("two hold it")
    assert refused.value.code == 12
    assert holder and holder.split(" (")[0] in refused.value.what
    assert refused.value.now and refused.value.do


@pytest.mark.parametrize("what", ["migrate", "rollback", "recover"])
def test_others_can_tell_what_the_holder_does(target: Target, what: Doing) -> None:
    other = lock_of(target.open())
    with doing(what), lock_of(target.open()).hold(wait_s=0, emit=ignore):
        assert done_by(other.holder() or "") == what


def test_nobody_holds_it_before_and_after(target: Target) -> None:
    lock, other = lock_of(target.open()), lock_of(target.open())
    assert other.holder() is None
    with lock.hold(wait_s=0, emit=ignore):
        assert other.holder() is not None
    assert other.holder() is None


def test_after_release_another_takes_it_at_once(target: Target) -> None:
    first, second = lock_of(target.open()), lock_of(target.open())
    with first.hold(wait_s=0, emit=ignore):
        pass
    with second.hold(wait_s=0, emit=ignore):
        assert first.holder() is not None


def test_one_engine_holds_it_again_after_it_let_go(target: Target) -> None:
    lock = lock_of(target.open())
    for _ in range(2):
        with lock.hold(wait_s=0, emit=ignore):
            assert lock.holder() is not None


def test_a_body_that_fails_lets_go(target: Target) -> None:
    first, second = lock_of(target.open()), lock_of(target.open())
    with pytest.raises(ZeroDivisionError), first.hold(wait_s=0, emit=ignore):
        raise ZeroDivisionError
    with second.hold(wait_s=0, emit=ignore):
        pass


def test_who_may_wait_gets_it_when_the_holder_lets_go(target: Target) -> None:
    first, second = lock_of(target.open()), lock_of(target.open())
    held, waits, order = threading.Event(), threading.Event(), []

    def hold() -> None:
        with first.hold(wait_s=0, emit=ignore):
            held.set()
            assert waits.wait(30)
            order.append("first lets go")

    def listen(event: Event) -> None:
        if isinstance(event, Waiting):
            waits.set()

    with ThreadPoolExecutor() as pool:
        holding = pool.submit(hold)
        assert held.wait(30)
        with second.hold(wait_s=60, emit=listen):
            order.append("second holds it")
        holding.result()
    assert order == ["first lets go", "second holds it"]


def test_who_waits_is_told_for_whom(target: Target) -> None:
    first, second, heard = lock_of(target.open()), lock_of(target.open()), Heard()
    with first.hold(wait_s=0, emit=ignore):
        holder = second.holder()
        with pytest.raises(LockedError), second.hold(wait_s=0.3, emit=heard):
            pytest.fail("two hold it")
    assert holder
    assert [holder.split(" (")[0] in event.why for event in heard.of(Waiting)] == [True]


def test_who_waits_can_be_asked_to_stop(target: Target) -> None:
    stop = Stop()
    first, second = lock_of(target.open()), lock_of(target.open(stop=stop))
    with (
        first.hold(wait_s=0, emit=ignore),
        pytest.raises(RunInterruptedError),
        second.hold(wait_s=600, emit=lambda _: stop.ask()),
    ):
        pytest.fail("two hold it")


def test_it_is_free_when_the_holder_s_connection_was_killed(target: Target) -> None:
    first = lock_of(target.open())
    with first.hold(wait_s=0, emit=ignore):
        target.kill_runners()
        second = lock_of(target.open())
        with second.hold(wait_s=20, emit=ignore):
            assert second.holder() is not None


def test_it_is_free_when_the_holder_s_engine_was_closed(target: Target) -> None:
    engine, other = target.open(), lock_of(target.open())
    with lock_of(engine).hold(wait_s=0, emit=ignore):
        engine.close()
        with other.hold(wait_s=20, emit=ignore):
            assert other.holder() is not None


def test_asking_who_holds_it_takes_nothing(target: Target) -> None:
    first, second = lock_of(target.open()), lock_of(target.open())
    assert first.holder() is None
    with second.hold(wait_s=0, emit=ignore):
        pass


def test_under_many_threads_never_two_are_within(target: Target) -> None:
    together = threading.Barrier(THREADS)

    def take_turns() -> list[int]:
        lock = lock_of(target.open())
        together.wait(60)
        seen = []
        for _ in range(TURNS):
            with lock.hold(wait_s=300, emit=ignore), target.inside() as within:
                seen.append(within)
        return seen

    with ThreadPoolExecutor(THREADS) as pool:
        turns = [pool.submit(take_turns) for _ in range(THREADS)]
        assert [turn.result() for turn in turns] == [[1] * TURNS] * THREADS
