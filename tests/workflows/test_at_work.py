"""A runner in the middle of its work is not taken for one that died: others say who it is, and wait for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from schemactl.contract.engine import Missing
from schemactl.errors import LockedError
from schemactl.events import Event, Waiting, ignore
from schemactl.running.owner import doing
from schemactl.workflows import migrate, recover, rollback, status
from schemactl.workflows.execute import RunResult
from schemactl.workflows.rollback import Reach
from tests.workflows.crashed import left, mixed, run
from tests.workflows.platform import Platform


@pytest.fixture
def half(town: Platform) -> Platform:
    """`bank`, whose second migration stands in the middle."""
    mixed(town)
    left(town, "alone create c", "sent")
    return town


@contextmanager
def at_work(town: Platform) -> Iterator[None]:
    with doing("migrate"), town.site("bank").opened() as engine:
        assert not isinstance(engine.lock, Missing)
        with engine.lock.hold(wait_s=0, emit=ignore):
            yield


def test_status_says_who_is_at_work(half: Platform) -> None:
    with at_work(half):
        (found,) = status.read(half.sites()).targets
        assert found.state == "at work"
        assert found.history and "is being applied by another runner" in found.history.problems[0].what
    (found,) = status.read(half.sites()).targets
    assert found.state == "unfinished"


def test_migrate_waits_for_it_and_does_what_is_left(half: Platform) -> None:
    waiting, results = threading.Event(), list[RunResult]()

    def heard(event: Event) -> None:
        if isinstance(event, Waiting):
            waiting.set()

    with at_work(half):
        plan = half.plan()
        assert [job.entry.version.text for job in plan.targets[0].jobs] == ["2", "3"]
        assert isinstance(migrate.run(plan).error, LockedError)
        other = threading.Thread(target=lambda: results.append(migrate.run(plan, wait_s=60, emit=heard)))
        other.start()
        assert waiting.wait(30)
        # What the runner at work does before it lets go of the lock.
        half.servers["bank"].lock_owner, mine = None, half.servers["bank"].lock_owner
        assert run(half).error is None
        half.servers["bank"].lock_owner = mine
    other.join(60)
    assert results[0].error is None
    assert half.applied("bank") == ["1", "2", "3"]


def test_where_it_dies_meanwhile_that_is_told(half: Platform) -> None:
    with at_work(half):
        plan = half.plan()
    error = migrate.run(plan, wait_s=60).error
    assert error is not None and error.kind == "unfinished"


def test_rollback_is_refused_beside_it(half: Platform) -> None:
    with at_work(half):
        (plan,) = rollback.plan(half.sites(), half.sites(), Reach()).targets
    assert isinstance(plan.error, LockedError)
    assert recover.look(half.site("bank"))
