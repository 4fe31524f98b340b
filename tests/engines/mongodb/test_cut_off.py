"""What the tests hold against runs that lose their network: one that hangs is told, one that ends is not."""

from __future__ import annotations

import pytest

from tests.contract.on_mongodb import MongoTarget, Runs
from tests.engines.mongodb.scene import Command, up
from tests.tools.turnproxy import Halt

CREATE: Command = {"create": "a"}


def test_a_run_that_hangs_is_not_passed_over_and_one_that_has_noticed_is(target: MongoTarget) -> None:
    engine, runs = target.open(), Runs()
    frozen = target.cut(Halt(match='"create"', point="sent"))
    runs.begin(engine, up(engine, "1", CREATE))
    frozen.wait()
    with pytest.raises(AssertionError, match="hangs"):
        runs.finish(within_s=0.1)
    target.kill_runners()
    runs.finish(within_s=60)


def test_a_run_that_took_no_notice_is_told(target: MongoTarget) -> None:
    engine, runs = target.open(), Runs()
    runs.begin(engine, up(engine, "1", CREATE))
    with pytest.raises(AssertionError, match="did not notice"):
        runs.finish(within_s=60)
