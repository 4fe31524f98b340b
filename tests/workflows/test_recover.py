"""Recover: what a dead run left is finished or given up by what is found, statement by statement; never by force."""

from __future__ import annotations

import contextlib
from copy import deepcopy
from typing import Any

import pytest

from schemactl.contract.engine import Missing
from schemactl.contract.opening import Stop
from schemactl.errors import ConfigError
from schemactl.events import Noted, StatementProbed, ignore
from schemactl.workflows import recover
from tests.contract.fake import Crash, Killed
from tests.contract.fake.server import POINTS, Point
from tests.contract.work import Heard
from tests.workflows.crashed import DOWN, UP, dying, end_of, error_of, left, mixed, run, undecidable, undo_all
from tests.workflows.platform import Platform


def undisturbed() -> tuple[int, int, tuple[Any, ...], tuple[Any, ...]]:
    """How many requests the way up and the way down take, and where each ends."""
    town = Platform()
    mixed(town)
    town.migrated()
    up, top = len(town.servers["bank"].requests), deepcopy(end_of(town.servers["bank"]))
    assert undo_all(town).exit_code == 0
    return up, len(town.servers["bank"].requests) - up, top, end_of(town.servers["bank"])


UP_REQUESTS, DOWN_REQUESTS, TOP, BOTTOM = undisturbed()
DEATHS: list[tuple[Point, bool]] = [*((point, False) for point in POINTS), ("sent", True)]


@pytest.mark.parametrize(("point", "half"), DEATHS)
@pytest.mark.parametrize("nth", range(1, UP_REQUESTS + 1))
def test_killed_at_any_point_of_the_way_up_recover_and_migrate_end_as_if_nothing_had_happened(
    town: Platform, nth: int, point: Point, half: bool
) -> None:
    mixed(town)
    left(town, "", point, half=half, nth=nth)
    assert run(town).exit_code == 0
    town.migrated()
    assert end_of(town.servers["bank"]) == TOP


@pytest.mark.parametrize(("point", "half"), DEATHS)
@pytest.mark.parametrize("nth", range(1, DOWN_REQUESTS + 1))
def test_killed_at_any_point_of_the_way_down_recover_and_rollback_end_as_if_nothing_had_happened(
    town: Platform, nth: int, point: Point, half: bool
) -> None:
    mixed(town)
    town.migrated()
    with dying(town, Crash(nth=nth, point=point, half=half)):
        undo_all(town)
    assert run(town).exit_code == 0
    assert undo_all(town).exit_code == 0
    assert end_of(town.servers["bank"]) == BOTTOM


@pytest.mark.parametrize("nth", range(1, 12))
def test_a_recovery_that_is_killed_itself_can_be_recovered(town: Platform, nth: int) -> None:
    mixed(town)
    left(town, "alone create b", "sent", half=True)
    town.servers["bank"].crash = Crash(nth=nth, point="executed")
    with contextlib.suppress(Killed):
        run(town)
    town.servers["bank"].crash = None
    assert run(town).exit_code == 0
    town.migrated()
    assert end_of(town.servers["bank"]) == TOP


def test_after_a_crash_migrate_and_rollback_wait_for_recover(town: Platform) -> None:
    mixed(town)
    left(town, "alone create b", "executed")
    before = deepcopy(end_of(town.servers["bank"]))
    assert error_of(town.migrate()).kind == "unfinished"
    assert error_of(undo_all(town)).kind == "unfinished"
    assert end_of(town.servers["bank"]) == before


def test_looking_names_every_statement_and_changes_nothing(town: Platform) -> None:
    mixed(town)
    left(town, "alone create c", "sent", half=True)
    town.servers["bank"].requests.clear()
    (found,) = recover.look(town.site("bank"))
    verdicts = [one.finding.verdict for one in found.statements]
    assert verdicts == ["done", "done", "done", "half", "not done", "not done"]
    assert (found.entry.version.text, found.done, found.unknown) == ("2", frozenset({0, 1, 2}), None)
    assert town.servers["bank"].requests == []


def test_looking_where_nothing_is_unfinished_finds_nothing(town: Platform) -> None:
    mixed(town)
    assert recover.look(town.site("bank")) == ()
    town.migrated()
    assert recover.look(town.site("bank")) == ()


def test_recovering_where_nothing_is_unfinished_does_nothing(town: Platform) -> None:
    mixed(town)
    town.migrated()
    town.servers["bank"].requests.clear()
    assert run(town).exit_code == 0
    assert town.servers["bank"].requests == []


def test_what_was_found_is_told_statement_by_statement(town: Platform) -> None:
    mixed(town)
    left(town, "alone create b", "sent", half=True)
    heard = Heard()
    run(town, emit=heard)
    told = [(one.ordinal, one.line, one.verdict) for one in heard.of(StatementProbed)]
    assert told[:3] == [(0, 2, "done"), (1, 3, "half"), (2, 4, "not done")]
    assert "took b away" in [one.what for one in heard.of(Noted)]


def test_what_was_done_is_not_sent_again(town: Platform) -> None:
    mixed(town)
    left(town, "alone create c", "executed")
    town.servers["bank"].requests.clear()
    run(town)
    assert not [one for one in town.servers["bank"].requests if one.startswith("alone create")]
    assert town.servers["bank"].state.things["a"].rows == ["x"]


@pytest.mark.parametrize("point", ["sent", "executed"])
def test_what_nothing_can_tell_stops_with_the_query_that_decides(town: Platform, point: Point) -> None:
    undecidable(town)
    left(town, "alone insert", point)
    before = deepcopy(end_of(town.servers["bank"]))
    error = error_of(run(town))
    assert (error.code, error.kind, error.at) == (13, "unknown", "migrations/town/bank/2_step.sql:2")
    assert "look t1" in (error.do or "") and "--mark done" in (error.do or "")
    assert end_of(town.servers["bank"]) == before


def test_marked_done_it_is_not_sent_again_and_the_rest_is(town: Platform) -> None:
    undecidable(town)
    left(town, "alone insert", "executed")
    assert run(town, mark="done").exit_code == 0
    assert (town.servers["bank"].state.things["t1"].rows, town.has("bank", "after")) == (["x"], True)
    assert town.state("bank", "2") == "applied"


def test_marked_undone_it_is_sent_again(town: Platform) -> None:
    undecidable(town)
    left(town, "alone insert", "sent")
    assert run(town, mark="undone").exit_code == 0
    assert (town.servers["bank"].state.things["t1"].rows, town.has("bank", "after")) == (["x"], True)


def test_marked_undone_it_stays_undone_where_the_recovery_dies_before_it_is_sent(town: Platform) -> None:
    undecidable(town)
    left(town, "alone insert", "sent")
    with dying(town, Crash(match="intent", point="sent")):
        run(town, mark="undone")
    assert run(town).exit_code == 0
    assert town.servers["bank"].state.things["t1"].rows == ["x"]


def test_what_says_that_it_is_idempotent_is_sent_again_without_asking(town: Platform) -> None:
    undecidable(town, "idempotent")
    left(town, "alone insert", "executed")
    assert run(town).exit_code == 0
    assert town.servers["bank"].state.things["t1"].rows == ["x", "x"]


def test_a_mark_decides_nothing_that_the_catalogue_tells(town: Platform) -> None:
    mixed(town)
    left(town, "alone create b", "sent")
    assert run(town, mark="done").exit_code == 0
    assert town.has("bank", "b")


def test_a_mark_for_more_than_one_target_is_refused_and_decides_nothing(town: Platform) -> None:
    undecidable(town)
    town.add("mill", "1")
    left(town, "alone insert", "executed")
    before = deepcopy(end_of(town.servers["bank"]))
    with pytest.raises(ConfigError) as refused:
        run(town, mark="done")
    assert refused.value.kind == "mark_needs_target"
    assert end_of(town.servers["bank"]) == before
    assert recover.run(town.sites("bank"), mark="done").exit_code == 0


def test_a_statement_that_was_done_may_not_be_changed_since(town: Platform) -> None:
    mixed(town)
    left(town, "alone create c", "sent")
    town.add("bank", "2", "create other", *UP[1:], down=DOWN)
    before = deepcopy(end_of(town.servers["bank"]))
    error = error_of(run(town))
    assert (error.code, error.kind, error.at) == (13, "changed", "migrations/town/bank/2_step.sql:2")
    assert "statement 1 was changed after it was done" in error.what
    assert end_of(town.servers["bank"]) == before


def test_a_statement_that_was_sent_may_not_be_changed_since(town: Platform) -> None:
    mixed(town)
    left(town, "alone create b", "sent")
    town.add("bank", "2", UP[0], "alone create other", *UP[2:], down=DOWN)
    error = error_of(run(town))
    assert error.kind == "changed" and "statement 2 was changed after it was sent" in error.what


def test_what_comes_behind_may_be_corrected_and_goes_on(town: Platform) -> None:
    town.add("bank", "1", "create a", "alone create b", "fail")
    assert town.migrate().exit_code == 14
    assert error_of(run(town)).code == 14
    file = town.add("bank", "1", "create a", "alone create b", "create c")
    assert run(town).exit_code == 0
    records = town.servers["bank"].state.records
    assert records is not None
    assert (records.entries[1].checksum, records.entries[1].state) == (file.checksum, "applied")
    assert town.plan().error is None and town.plan().pending == 0


def test_without_its_file_nothing_is_recovered(town: Platform) -> None:
    mixed(town)
    left(town, "alone create b", "sent")
    town.remove("bank", "2")
    error = error_of(run(town))
    assert (error.code, error.kind) == (13, "missing") and error.do


def test_a_foreign_ledger_is_left_alone(town: Platform) -> None:
    mixed(town)
    left(town, "alone create b", "sent")
    records = town.servers["bank"].state.records
    assert records is not None
    records.service_name = "mill"
    assert error_of(run(town)).kind == "foreign"


def test_a_run_that_is_still_at_work_is_not_recovered_under_it(town: Platform) -> None:
    mixed(town)
    left(town, "alone create b", "sent")
    engine = town.engine("bank")
    assert not isinstance(engine.lock, Missing)
    with engine.lock.hold(wait_s=0, emit=ignore):
        assert run(town).exit_code == 12


def test_without_a_lock_nothing_is_recovered_unless_that_is_asked_for(town: Platform) -> None:
    mixed(town)
    left(town, "alone create b", "sent")
    town.locks = False
    error = error_of(run(town))
    assert (error.code, error.kind) == (17, "unlocked") and "this fake has no lock" in error.what
    assert town.state("bank", "2") == "applying"
    assert run(town, unlocked=True).exit_code == 0


def test_one_target_that_cannot_be_recovered_keeps_no_other(town: Platform) -> None:
    undecidable(town)
    town.add("mill", "1", "create a", "alone create b", "fail")
    left(town, "alone insert", "sent")
    town.add("mill", "1", "create a", "alone create b", "create c")
    result = run(town)
    assert [one.outcome for one in result.targets] == ["failed", "done"]
    assert result.exit_code == 13


def test_asked_to_stop_it_starts_no_other_target(town: Platform) -> None:
    mixed(town)
    stop = Stop()
    stop.ask()
    result = recover.run(town.sites(), emit=ignore, stop=stop)
    assert ([one.outcome for one in result.targets], result.exit_code) == (["not_started"], 130)
