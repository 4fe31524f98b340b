"""Giving up: what never took effect leaves the ledger as it was before it; what did is never given up."""

from __future__ import annotations

from copy import deepcopy

import pytest

from schemactl.events import Noted
from schemactl.workflows import rollback
from schemactl.workflows.rollback import Reach
from tests.contract.fake import Crash
from tests.contract.work import Heard
from tests.workflows.crashed import dying, end_of, error_of, left, mixed, run, undecidable, undo_all
from tests.workflows.platform import Platform


def lone_rollback(town: Platform, down: str, *, half: bool = False) -> None:
    """2 is being rolled back: the first statement of its way down was sent and did not take effect."""
    town.add("bank", "1")
    town.add("bank", "2", "create a", down=[down])
    town.migrated()
    with dying(town, Crash(match=down, point="sent", half=half)):
        rollback.run(rollback.plan(town.sites(), town.sites(), Reach()))
    assert town.state("bank", "2") == "reverting"


def test_what_never_took_effect_can_be_given_up(town: Platform) -> None:
    town.add("bank", "1")
    town.add("bank", "2", "alone create b")
    left(town, "alone create b", "sent")
    heard = Heard()
    assert run(town, undo=True, emit=heard).exit_code == 0
    assert (town.applied("bank"), town.has("bank", "b")) == (["1"], False)
    assert any("none of it took effect" in one.what for one in heard.of(Noted))


def test_half_a_statement_is_taken_away_when_it_is_given_up(town: Platform) -> None:
    town.add("bank", "1", "alone create b")
    left(town, "alone create b", "sent", half=True)
    assert run(town, undo=True).exit_code == 0
    assert (town.applied("bank"), town.has("bank", "b")) == ([], False)


def test_what_took_effect_is_not_simply_given_up_and_nothing_of_it_is_touched(town: Platform) -> None:
    mixed(town)
    left(town, "alone create b", "sent", half=True)
    before = deepcopy(end_of(town.servers["bank"]))
    error = error_of(run(town, undo=True))
    assert (error.code, error.kind) == (13, "not_undone")
    assert "rollback" in (error.do or "")
    assert end_of(town.servers["bank"]) == before


@pytest.mark.parametrize("half", [False, True])
def test_a_rollback_that_never_took_effect_can_be_given_up(town: Platform, half: bool) -> None:
    lone_rollback(town, "alone create hut", half=half)
    heard = Heard()
    assert run(town, undo=True, emit=heard).exit_code == 0
    records = town.servers["bank"].state.records
    assert records is not None and records.steps == {}
    assert (town.applied("bank"), town.has("bank", "hut")) == (["1", "2"], False)
    assert any("none of it took effect" in one.what for one in heard.of(Noted))
    assert (town.plan().error, town.plan().pending) == (None, 0)


def test_a_rollback_that_was_given_up_can_be_made_again(town: Platform) -> None:
    lone_rollback(town, "alone create hut")
    run(town, undo=True)
    assert undo_all(town).exit_code == 0
    assert town.applied("bank") == []


def test_an_undecidable_rollback_is_given_up_where_someone_says_that_it_never_took_effect(town: Platform) -> None:
    lone_rollback(town, "alone insert t1 'x'")
    refused = error_of(run(town, undo=True))
    assert refused.kind == "unknown" and "--undo --mark undone" in (refused.do or "")
    assert run(town, undo=True, mark="undone").exit_code == 0
    assert town.applied("bank") == ["1", "2"]


def test_a_rollback_that_took_effect_in_part_is_finished_before_it_is_taken_back(town: Platform) -> None:
    mixed(town)
    town.migrated()
    with dying(town, Crash(match="alone drop b", point="sent")):
        undo_all(town)
    before = deepcopy(end_of(town.servers["bank"]))
    error = error_of(run(town, undo=True))
    assert (error.code, error.kind) == (13, "not_undone")
    assert end_of(town.servers["bank"]) == before
    # `rollback` would undo the migration before it.
    assert "migrate" in (error.do or "") and "rollback`" not in (error.do or "")
    assert run(town).exit_code == 0
    town.migrated()
    assert (town.applied("bank"), town.has("bank", "d")) == (["1", "2", "3"], True)


def test_what_may_be_sent_again_is_not_given_up_before_somebody_looked(town: Platform) -> None:
    undecidable(town, "idempotent")
    left(town, "alone insert", "executed")
    before = deepcopy(end_of(town.servers["bank"]))
    refused = error_of(run(town, undo=True))
    assert refused.kind == "unknown" and "--undo --mark undone" in (refused.do or "")
    assert end_of(town.servers["bank"]) == before
    assert error_of(run(town, undo=True, mark="done")).kind == "not_undone"
