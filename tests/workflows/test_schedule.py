"""The schedule: each task after what it needs, one target's tasks never side by side, every task accounted for."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemactl.contract.opening import Stop
from schemactl.errors import RunInterruptedError, StatementError
from schemactl.workflows.schedule import Key, Ran, Task, find_cycle, interrupted, run_all

Needs = dict[Key, frozenset[Key]]


class Journal:
    """What began and ended, in order."""

    def __init__(self) -> None:
        self.began: list[Key] = []
        self.ended: set[Key] = set()
        self.early: list[Key] = []
        self.side_by_side: list[str] = []
        self.most = 0
        self._busy: list[str] = []
        self._mutex = threading.Lock()

    def task(self, key: Key, needs: frozenset[Key], *, fails: bool = False) -> Task:
        def work() -> None:
            with self._mutex:
                self.began.append(key)
                self.early += [] if needs <= self.ended else [key]
                self.side_by_side += [key[0]] if key[0] in self._busy else []
                self._busy.append(key[0])
                self.most = max(self.most, len(self._busy))
            with self._mutex:
                self._busy.remove(key[0])
                self.ended.add(key)
            if fails:
                raise StatementError(f"{key} failed")

        return Task(key=key, needs=needs, work=work)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Needs, set[Key]]:
    """Tasks of up to four targets: each needs its target's one before, and any that were drawn earlier."""
    names = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=16))
    keys: list[Key] = []
    needs: Needs = {}
    for name in names:
        number = sum(1 for key in keys if key[0] == name)
        own = {(name, number - 1)} if number else set()
        others = draw(st.sets(st.sampled_from(keys), max_size=3)) if keys else set()
        needs[(name, number)] = frozenset(own | others)
        keys.append((name, number))
    return needs, draw(st.sets(st.sampled_from(keys), max_size=3))


def lost(needs: Needs, failing: set[Key]) -> dict[Key, set[Key]]:
    """Each task that cannot run → the failing ones that keep it from running; in order of the drawing."""
    found: dict[Key, set[Key]] = {}
    for key, required in needs.items():
        blame = {one for one in required if one in failing and one not in found}
        blame |= {culprit for one in required for culprit in found.get(one, set())}
        if blame:
            found[key] = blame
    return found


@given(graphs(), st.integers(1, 4), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=80)
def test_every_task_is_exactly_one_of_done_failed_blocked(
    made: tuple[Needs, set[Key]], workers: int, shuffled: object
) -> None:
    needs, failing = made
    journal = Journal()
    tasks = [journal.task(key, required, fails=key in failing) for key, required in needs.items()]
    shuffled.shuffle(tasks)  # type: ignore[attr-defined]
    ran = run_all(tasks, workers=workers, stop=Stop())
    blocked = lost(needs, failing)
    assert set(ran.blocked) == set(blocked)
    assert all(ran.blocked[key] in blame for key, blame in blocked.items())
    assert set(ran.failed) == failing - set(blocked)
    assert ran.done == set(needs) - failing - set(blocked)
    assert ran.skipped == set()


@given(graphs(), st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_no_task_begins_before_its_needs_or_beside_another_of_its_target(
    made: tuple[Needs, set[Key]], workers: int
) -> None:
    needs, _ = made
    journal = Journal()
    run_all([journal.task(key, required) for key, required in needs.items()], workers=workers, stop=Stop())
    assert (journal.early, journal.side_by_side) == ([], [])
    assert journal.most <= workers
    assert sorted(journal.began) == sorted(needs)


@given(graphs(), st.integers(0, 16), st.integers(1, 3))
@settings(deadline=None, max_examples=60)
def test_asked_to_stop_every_task_is_still_accounted_for(
    made: tuple[Needs, set[Key]], after: int, workers: int
) -> None:
    needs, failing = made
    stop, journal = Stop(), Journal()
    tasks = [journal.task(key, required, fails=key in failing) for key, required in needs.items()]

    def stopping(task: Task) -> Task:
        def work() -> None:
            if len(journal.began) >= after:
                stop.ask()
            task.work()

        return Task(key=task.key, needs=task.needs, work=work)

    ran = run_all([stopping(task) for task in tasks], workers=workers, stop=stop)
    parts = [ran.done, set(ran.failed), set(ran.blocked), ran.skipped]
    assert sum(map(len, parts)) == len(needs)
    assert set().union(*parts) == set(needs)
    assert set(journal.began) == ran.done | set(ran.failed)


def test_a_run_that_was_stopped_before_it_began_starts_nothing() -> None:
    stop, journal = Stop(), Journal()
    stop.ask()
    for count in (1, 2):
        ran = run_all([journal.task((str(n), 0), frozenset()) for n in range(count)], workers=2, stop=stop)
        assert (len(ran.skipped), journal.began) == (count, [])
        assert interrupted(ran)


def test_nothing_to_run_is_done_at_once() -> None:
    assert run_all([], workers=2, stop=Stop()) == Ran()


def test_what_is_no_error_of_ours_is_raised_as_it_is() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    journal = Journal()
    for others in ([], [journal.task(("b", 0), frozenset())]):
        with pytest.raises(ZeroDivisionError):
            run_all([Task(key=("a", 0), needs=frozenset(), work=broken), *others], workers=2, stop=Stop())


def test_a_task_that_was_interrupted_makes_the_run_interrupted() -> None:
    def stopped() -> None:
        raise RunInterruptedError("stopped")

    ran = run_all([Task(key=("a", 0), needs=frozenset(), work=stopped)], workers=1, stop=Stop())
    assert interrupted(ran)
    assert not interrupted(Ran(done={("a", 0)}))


def test_a_target_that_waits_keeps_no_other_from_running() -> None:
    both = threading.Barrier(2)

    def meet() -> None:
        both.wait(30)

    tasks = [Task(key=(name, 0), needs=frozenset(), work=meet) for name in "ab"]
    assert run_all(tasks, workers=2, stop=Stop()).done == {("a", 0), ("b", 0)}


def reaches(needs: Mapping[Key, frozenset[Key]], start: Key) -> set[Key]:
    """Every task that `start` needs, directly or not: by taking one more step until nothing is new."""
    found: set[Key] = set()
    fresh = set(needs.get(start, frozenset()))
    while fresh:
        found |= fresh
        fresh = {after for one in fresh for after in needs.get(one, frozenset())} - found
    return found


small = st.tuples(st.sampled_from("abc"), st.integers(0, 2))


@given(st.dictionaries(small, st.frozensets(small, max_size=3), max_size=9))
@settings(max_examples=400)
def test_a_cycle_is_found_exactly_where_there_is_one(needs: Needs) -> None:
    cycle = find_cycle(needs)
    assert bool(cycle) == any(key in reaches(needs, key) for key in needs)
    if cycle:
        assert cycle[0] == cycle[-1] and len(set(cycle)) == len(cycle) - 1
        assert all(after in needs[before] for before, after in pairwise(cycle))


def test_a_task_that_needs_itself_is_a_cycle() -> None:
    assert find_cycle({("a", 0): frozenset({("a", 0)})}) == (("a", 0), ("a", 0))


def test_a_long_chain_is_no_cycle_and_is_found_out_without_recursion() -> None:
    chain = {("a", number): frozenset({("a", number + 1)}) for number in range(3_000)}
    assert find_cycle(chain) == ()
