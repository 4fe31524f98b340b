"""What came between a plan and its run in the targets beside it: seen under the lock, and nothing is done over it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest

from schemactl.contract.engine import Missing
from schemactl.contract.opening import Stop
from schemactl.errors import GateError, HistoryError, LockedError, RunInterruptedError
from schemactl.events import Event, StepFinished, Waiting, ignore
from schemactl.model.version import Version
from schemactl.running.owner import Doing, doing
from schemactl.workflows import migrate, rollback
from schemactl.workflows.beside import Beside
from schemactl.workflows.execute import RunResult
from schemactl.workflows.planned import RunPlan
from schemactl.workflows.rollback import Reach
from tests.workflows.platform import Platform


def undoing(town: Platform, target: str, *, cascade: bool = False) -> RunPlan:
    return rollback.plan(town.sites(target), town.sites(), Reach(to=Version("0")), cascade=cascade)


@pytest.fixture
def joined(town: Platform) -> Platform:
    """`b@1` requires `a@1`, which is applied."""
    town.add("a", "1")
    town.add("b", "1", requires=["a@1"])
    town.migrated("a")
    return town


def test_nothing_is_applied_whose_requirement_was_rolled_back_since_the_plan(joined: Platform) -> None:
    plan = joined.plan("b")
    assert rollback.run(undoing(joined, "a")).error is None
    result = migrate.run(plan)
    assert isinstance(result.error, HistoryError) and result.error.kind == "requires"
    assert "a@1, which was rolled back since" in result.error.what
    assert joined.applied("b") == []


def test_nothing_is_undone_that_a_migration_requires_which_came_since_the_plan(joined: Platform) -> None:
    plan = undoing(joined, "a")
    joined.migrated("b")
    result = rollback.run(plan)
    assert isinstance(result.error, GateError) and result.error.kind == "required"
    assert "b@1, which came since" in result.error.what
    assert joined.applied("a") == ["1"]


def test_a_cascade_undoes_what_it_watches_first_and_goes_on(joined: Platform) -> None:
    joined.migrated("b")
    assert rollback.run(undoing(joined, "a", cascade=True)).error is None
    assert (joined.applied("a"), joined.applied("b")) == ([], [])


@contextmanager
def at_work(town: Platform, target: str, what: Doing | None) -> Iterator[None]:
    """Another runner holds the target's lock, and says what it does."""
    with doing(what) if what else nullcontext(), town.site(target).opened() as engine:
        assert not isinstance(engine.lock, Missing)
        with engine.lock.hold(wait_s=0, emit=ignore):
            yield


@pytest.mark.parametrize("direction", ["up", "down"])
def test_another_runner_at_work_beside_is_not_run_past(joined: Platform, direction: str) -> None:
    held, plan = ("a", joined.plan("b")) if direction == "up" else ("b", undoing(joined, "a"))
    run = migrate.run if direction == "up" else rollback.run
    others: list[Doing | None] = [None, "recover", "rollback" if direction == "up" else "migrate"]
    for other in others:
        with at_work(joined, held, other):
            result = run(plan)
        assert isinstance(result.error, LockedError)
        assert "another runner is at work there" in result.error.what
    with at_work(joined, held, "migrate" if direction == "up" else "rollback"):
        assert run(plan).error is None


def test_what_rolls_back_waits_for_nobody_so_that_two_never_wait_for_each_other(joined: Platform) -> None:
    plan = undoing(joined, "a")
    with at_work(joined, "b", "migrate"):
        assert isinstance(rollback.run(plan, wait_s=600).error, LockedError)


def test_another_runner_at_work_beside_is_waited_for(joined: Platform) -> None:
    plan = joined.plan("b")
    held = threading.Event()

    def work() -> None:
        with at_work(joined, "a", "rollback"):
            held.set()
            threading.Event().wait(0.5)

    other = threading.Thread(target=work)
    other.start()
    assert held.wait(30)
    assert migrate.run(plan, wait_s=60).error is None
    other.join()
    assert joined.applied("b") == ["1"]


def test_a_target_that_this_run_itself_works_on_is_not_waited_for(joined: Platform) -> None:
    joined.add("a", "2")
    joined.add("a", "3", requires=["b@1"])
    joined.add("c", "1", requires=["a@1", "b@1"])
    joined.migrated()
    assert (joined.applied("a"), joined.applied("b"), joined.applied("c")) == (["1", "2", "3"], ["1"], ["1"])


def test_while_this_run_waits_for_a_lock_there_it_takes_nobody_for_itself(joined: Platform) -> None:
    joined.add("a", "2")
    plan = joined.plan()
    waiting, results = threading.Event(), list[RunResult]()

    def heard(event: Event) -> None:
        if isinstance(event, Waiting):
            waiting.set()

    run = threading.Thread(target=lambda: results.append(migrate.run(plan, wait_s=60, emit=heard)))
    with at_work(joined, "a", "rollback"):
        run.start()
        assert waiting.wait(30)
        # What that runner does, after which it lets go of the lock.
        joined.forget("a", "1")
    run.join(60)
    assert {one.target: one.error.kind if one.error else None for one in results[0].targets} == {
        "town/a": "moved",
        "town/b": "requires",
    }
    assert (joined.applied("a"), joined.applied("b")) == ([], [])


def test_a_version_is_not_applied_over_one_that_was_rolled_back_since_the_plan(joined: Platform) -> None:
    joined.add("a", "2")
    plan = joined.plan("a")
    assert rollback.run(undoing(joined, "a")).error is None
    error = migrate.run(plan).error
    assert isinstance(error, HistoryError) and error.kind == "moved"
    assert joined.applied("a") == []


def test_nothing_is_applied_over_what_this_run_applied_and_another_rolled_back(town: Platform) -> None:
    town.add("a", "1")
    town.add("b", "1", requires=["a@1"])
    town.add("a", "2", requires=["b@1"])

    def heard(event: Event) -> None:
        if isinstance(event, StepFinished) and event.target == "town/b":
            town.forget("a", "1")

    results = {one.target: one for one in migrate.run(town.plan(), emit=heard).targets}
    error = results["town/a"].error
    assert error is not None and (error.kind, error.now) == ("moved", "applied by this run: 1")
    assert (town.applied("a"), town.applied("b")) == ([], ["1"])


def test_a_rollback_of_two_targets_lets_go_of_one_though_it_waits_for_the_other(town: Platform) -> None:
    town.add("a", "1")
    town.add("b", "1")
    town.migrated()
    town.add("a", "2", requires=["b@1"])
    plan = rollback.plan(town.sites(), town.sites(), Reach(to=Version("0")))
    (jobs,) = [one.jobs for one in plan.targets if one.target == "town/b"]
    stop = Stop()
    # Where it waited, this would be what ends it.
    stop.ask()
    beside = Beside(plan, "rollback", wait_s=600, stop=stop)
    with at_work(town, "a", "migrate"), beside.coming(town.site("a")), beside.holding(town.site("b")):
        cut = beside.required(town.site("b"), jobs)
    assert (cut.jobs, type(cut.error)) == ((), LockedError)


def test_what_comes_before_the_refused_one_is_done_and_told(town: Platform) -> None:
    town.add("a", "1")
    town.add("b", "1")
    town.add("b", "2", requires=["a@1"])
    town.add("b", "3")
    town.migrated("a")
    plan = town.plan("b")
    assert rollback.run(undoing(town, "a")).error is None
    (result,) = migrate.run(plan).targets
    assert (result.versions, result.error and result.error.now) == (("1",), "applied by this run: 1")


def test_a_file_that_cannot_be_read_holds_up_no_rollback(joined: Platform) -> None:
    joined.write("b", "2", "-- requires nothing\n")
    assert rollback.run(undoing(joined, "a")).error is None


def test_stopped_while_it_waits_it_says_so(joined: Platform) -> None:
    plan, stop = joined.plan("b"), Stop()
    with at_work(joined, "a", "rollback"):
        threading.Timer(0.3, stop.event.set).start()
        result = migrate.run(plan, wait_s=60, stop=stop)
    assert result.exit_code == RunInterruptedError.code
    assert joined.applied("b") == []
