"""Rollback: newest first, never from under what requires it, and only where there is a way back."""

from __future__ import annotations

import pytest

from schemactl.errors import GateError, HistoryError
from schemactl.events import Event, StepFinished, ignore
from schemactl.model.version import Version
from schemactl.workflows import rollback
from schemactl.workflows.execute import RunResult
from schemactl.workflows.planned import RunPlan
from schemactl.workflows.rollback import Reach
from tests.workflows.platform import Platform


@pytest.fixture
def bank(town: Platform) -> Platform:
    """Three migrations of `bank`, all applied."""
    for version in ("1", "2", "3"):
        town.add("bank", version)
    town.migrated()
    return town


@pytest.fixture
def joined(town: Platform) -> Platform:
    """inn@1 and mill@2 require bank@2, fair@1 requires inn@1; all applied."""
    for version in ("1", "2", "3"):
        town.add("bank", version)
    town.add("inn", "1", requires=["bank@2"])
    town.add("mill", "1")
    town.add("mill", "2", requires=["bank@2"])
    town.add("fair", "1", requires=["inn@1"])
    town.migrated()
    return town


def plan(town: Platform, *targets: str, steps: int = 1, to: str | None = None, cascade: bool = False) -> RunPlan:
    reach = Reach(steps=steps, to=Version(to) if to else None)
    return rollback.plan(town.sites(*targets), town.sites(), reach, cascade=cascade)


def run(made: RunPlan) -> RunResult:
    return rollback.run(made, emit=ignore)


def undone(made: RunPlan) -> dict[str, list[str]]:
    return {one.site.name: [job.entry.version.text for job in one.jobs] for one in made.targets}


def test_one_step_undoes_the_newest(bank: Platform) -> None:
    assert run(plan(bank, "bank")).exit_code == 0
    assert (bank.applied("bank"), bank.has("bank", "t3"), bank.has("bank", "t2")) == (["1", "2"], False, True)


def test_several_steps_go_newest_first(bank: Platform) -> None:
    assert undone(plan(bank, "bank", steps=2)) == {"bank": ["3", "2"]}


def test_more_steps_than_there_are_undo_all(bank: Platform) -> None:
    assert undone(plan(bank, "bank", steps=9)) == {"bank": ["3", "2", "1"]}


def test_no_step_undoes_nothing(bank: Platform) -> None:
    assert undone(plan(bank, "bank", steps=0)) == {"bank": []}


@pytest.mark.parametrize(("to", "left"), [("2", ["1", "2"]), ("03", ["1", "2", "3"]), ("0", [])])
def test_to_is_the_version_that_stays(bank: Platform, to: str, left: list[str]) -> None:
    assert run(plan(bank, "bank", to=to)).exit_code == 0
    assert bank.applied("bank") == left


def test_to_a_version_that_is_not_applied_is_refused(bank: Platform) -> None:
    with pytest.raises(HistoryError) as refused:
        plan(bank, "bank", to="7")
    assert (refused.value.code, refused.value.kind) == (13, "no_such_version")
    assert refused.value.target == "town/bank" and "--to 0" in (refused.value.do or "")


def test_planning_changes_nothing(bank: Platform) -> None:
    bank.servers["bank"].requests.clear()
    plan(bank, "bank", to="0")
    assert bank.servers["bank"].requests == []


def test_where_nothing_is_applied_there_is_nothing_to_undo(town: Platform) -> None:
    town.add("bank", "1")
    made = plan(town, "bank")
    assert (made.pending, made.error, run(made).exit_code) == (0, None, 0)


def test_up_down_up_is_as_if_it_had_stayed(bank: Platform) -> None:
    with bank.site("bank").opened() as engine:
        before = engine.catalog.read()
    run(plan(bank, "bank", to="0"))
    bank.migrated()
    with bank.site("bank").opened() as engine:
        assert engine.catalog.read() == before


def test_a_migration_that_says_it_is_irreversible_is_refused_in_its_words(bank: Platform) -> None:
    bank.write("bank", "4", "-- migrate:up\n-- schemactl: irreversible: the rows are gone\ncreate t4;\n")
    bank.migrated()
    error = plan(bank, "bank", steps=2).error
    assert isinstance(error, GateError)
    assert (error.code, error.kind, error.at) == (17, "irreversible", "migrations/town/bank/4_step.sql")
    assert "the rows are gone" in error.what and error.do


def test_a_migration_without_a_down_section_is_refused(bank: Platform) -> None:
    bank.add("bank", "4", "create other")
    bank.migrated()
    made = plan(bank, "bank", steps=2)
    assert made.error is not None and made.error.kind == "irreversible"
    assert "no down section" in made.error.what
    assert run(made).exit_code == 17
    assert bank.applied("bank") == ["1", "2", "3", "4"]


def test_an_irreversible_migration_further_down_stays_out_of_the_way(town: Platform) -> None:
    town.add("bank", "1", "create other")
    town.add("bank", "2")
    town.migrated()
    assert run(plan(town, "bank")).exit_code == 0
    assert town.applied("bank") == ["1"]


def test_what_others_require_is_not_undone_and_they_are_named(joined: Platform) -> None:
    with pytest.raises(GateError) as refused:
        plan(joined, "bank", to="1")
    error = refused.value
    assert (error.code, error.kind, error.target) == (17, "required", "town/bank")
    assert "town/bank@2 is required by town/inn@1, town/mill@2" in error.what
    assert "--cascade" in (error.do or "")


def test_what_nobody_requires_is_undone_without_asking(joined: Platform) -> None:
    assert undone(plan(joined, "bank")) == {"bank": ["3"]}


def test_cascade_undoes_the_dependents_first_and_theirs_before_them(joined: Platform) -> None:
    order: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, StepFinished):
            order.append(f"{event.target.removeprefix('town/')}@{event.version}")

    made = plan(joined, "bank", to="1", cascade=True)
    assert undone(made) == {"bank": ["3", "2"], "inn": ["1"], "mill": ["2"], "fair": ["1"]}
    assert rollback.run(made, emit=listen).exit_code == 0
    assert order.index("fair@1") < order.index("inn@1") < order.index("bank@2")
    assert order.index("mill@2") < order.index("bank@2")
    assert [joined.applied(name) for name in ("bank", "inn", "mill", "fair")] == [["1"], [], ["1"], []]


def test_dependents_that_go_too_are_no_hindrance(joined: Platform) -> None:
    made = plan(joined, "bank", "inn", "mill", "fair", to="0")
    assert undone(made) == {"bank": ["3", "2", "1"], "inn": ["1"], "mill": ["2", "1"], "fair": ["1"]}
    assert run(made).exit_code == 0
    assert [joined.applied(name) for name in ("bank", "inn", "mill", "fair")] == [[], [], [], []]


def test_a_dependent_that_cannot_be_undone_leaves_what_it_requires(joined: Platform) -> None:
    joined.add("inn", "1", "create t1", down=["fail"], requires=["bank@2"])
    result = run(plan(joined, "bank", to="1", cascade=True))
    found = {one.target: one.outcome for one in result.targets}
    assert (found["town/inn"], found["town/bank"], result.exit_code) == ("failed", "blocked", 14)
    assert joined.applied("inn") == ["1"] and "2" in joined.applied("bank")


def test_a_down_that_fails_leaves_its_target_where_it_stopped(bank: Platform) -> None:
    bank.add("bank", "2", "create t2", down=["drop t2", "fail"])
    result = run(plan(bank, "bank", to="0"))
    assert (result.exit_code, result.targets[0].versions) == (14, ("3",))
    assert (bank.applied("bank"), bank.has("bank", "t2")) == (["1", "2"], True)


def test_what_another_runner_undid_since_the_plan_is_not_undone_again(bank: Platform) -> None:
    made = plan(bank, "bank", steps=2)
    run(plan(bank, "bank"))
    result = run(made)
    assert (result.exit_code, result.targets[0].versions) == (0, ("2",))
    assert bank.applied("bank") == ["1"]


def test_where_another_runner_applied_more_since_the_plan_it_is_refused(bank: Platform) -> None:
    made = plan(bank, "bank")
    bank.add("bank", "4")
    bank.migrated()
    error = run(made).error
    assert isinstance(error, HistoryError) and (error.kind, error.code) == ("moved", 13)
    assert bank.applied("bank") == ["1", "2", "3", "4"]


def test_a_changed_file_is_not_trusted_with_the_way_back(bank: Platform) -> None:
    bank.add("bank", "2", "create other", down=["drop other"])
    error = plan(bank, "bank", steps=2).error
    assert error is not None and error.kind == "changed"


def test_a_changed_file_below_what_goes_is_no_hindrance(bank: Platform) -> None:
    bank.add("bank", "1", "create other", down=["drop other"])
    made = plan(bank, "bank", steps=2)
    assert (made.error, undone(made)) == (None, {"bank": ["3", "2"]})


def test_a_missing_file_among_what_goes_is_refused(bank: Platform) -> None:
    bank.remove("bank", "2")
    error = plan(bank, "bank", to="0").error
    assert error is not None and error.kind == "missing"
    assert bank.applied("bank") == ["1", "2", "3"]


def test_entries_newer_than_the_files_are_refused(bank: Platform) -> None:
    bank.remove("bank", "3")
    error = plan(bank, "bank").error
    assert error is not None and (error.code, error.kind) == (13, "newer")


@pytest.mark.parametrize("to", ["0", "2"])
def test_an_entry_without_a_file_is_not_taken_for_nothing_to_undo(bank: Platform, to: str) -> None:
    for version in ("1", "2", "3"):
        bank.remove("bank", version)
    made = plan(bank, "bank", to=to)
    assert made.error is not None and made.error.kind == "newer"
    assert run(made).exit_code == 13


def test_steps_count_what_is_applied_with_or_without_a_file(bank: Platform) -> None:
    bank.remove("bank", "2")
    error = plan(bank, "bank", steps=2).error
    assert error is not None and (error.kind, error.what) == ("missing", "2_step is applied, its file is missing")


def test_a_version_without_a_file_can_be_gone_back_to(bank: Platform) -> None:
    bank.remove("bank", "2")
    assert run(plan(bank, "bank", to="2")).exit_code == 0
    assert bank.applied("bank") == ["1", "2"]


def test_without_a_lock_nothing_is_undone_unless_that_is_asked_for(bank: Platform) -> None:
    bank.locks = False
    error = run(plan(bank, "bank")).error
    assert isinstance(error, GateError) and (error.code, error.kind) == (17, "unlocked")
    assert bank.applied("bank") == ["1", "2", "3"]
    assert rollback.run(plan(bank, "bank"), emit=ignore, unlocked=True).exit_code == 0
    assert bank.applied("bank") == ["1", "2"]
