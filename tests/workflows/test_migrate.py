"""Migrate: what is pending is applied, each target by itself; nothing that stands is done twice."""

from __future__ import annotations

import pytest

from schemactl.contract.engine import Missing
from schemactl.contract.opening import Stop
from schemactl.errors import ConnectError, GateError, HistoryError, LockedError, UnsupportedError
from schemactl.events import Event, StepFinished, TargetFinished, TargetStarted, Warned, ignore
from schemactl.model.version import Version
from schemactl.workflows import migrate
from schemactl.workflows.execute import RunResult
from tests.contract.work import Heard
from tests.workflows.platform import Platform


def three(town: Platform, *targets: str) -> None:
    for target in targets:
        for version in ("1", "2", "3"):
            town.add(target, version)


def outcomes(result: RunResult) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {one.target.removeprefix("town/"): (one.outcome, one.versions) for one in result.targets}


def test_planning_changes_nothing_and_takes_no_lock(town: Platform) -> None:
    three(town, "bank", "mill")
    engine = town.engine("bank")
    assert not isinstance(engine.lock, Missing)
    with engine.lock.hold(wait_s=0, emit=ignore):
        plan = town.plan()
    assert [len(target.jobs) for target in plan.targets] == [3, 3]
    assert (town.servers["bank"].requests, town.servers["mill"].requests) == ([], [])


def test_every_pending_migration_is_applied_in_order(town: Platform) -> None:
    for version in ("010", "9", "1"):
        town.add("bank", version)
    result = town.migrate()
    assert outcomes(result) == {"bank": ("done", ("1", "9", "010"))}
    assert (town.applied("bank"), result.exit_code) == (["1", "9", "010"], 0)


def test_where_nothing_is_pending_nothing_is_sent(town: Platform) -> None:
    three(town, "bank")
    town.migrated()
    town.servers["bank"].requests.clear()
    heard = Heard()
    result = town.migrate(emit=heard)
    assert (town.servers["bank"].requests, result.exit_code) == ([], 0)
    assert heard.of(TargetStarted) == []
    assert [event.outcome for event in heard.of(TargetFinished)] == ["done"]


def test_to_is_the_last_that_is_applied(town: Platform) -> None:
    three(town, "bank")
    town.migrate(to="2")
    assert town.applied("bank") == ["1", "2"]
    town.migrate(to="02")
    assert town.applied("bank") == ["1", "2"]


def test_to_a_version_that_has_no_file_is_refused(town: Platform) -> None:
    three(town, "bank")
    plan = town.plan(to="7")
    assert isinstance(plan.error, HistoryError)
    assert (plan.error.kind, plan.error.do) == ("no_such_version", "the newest is 3")


def test_a_failure_stops_its_own_target_and_no_other(town: Platform) -> None:
    three(town, "bank", "mill", "inn")
    town.add("mill", "2", "create x", "fail")
    result = town.migrate()
    assert outcomes(result) == {
        "bank": ("done", ("1", "2", "3")),
        "mill": ("failed", ("1",)),
        "inn": ("done", ("1", "2", "3")),
    }
    assert (town.applied("mill"), town.has("mill", "x")) == (["1"], False)
    assert result.exit_code == 14


def test_the_exit_code_is_that_of_the_first_failure_in_plan_order(town: Platform) -> None:
    three(town, "bank", "mill", "inn")
    town.add("mill", "1", "fail")
    town.unreachable["inn"] = ConnectError("no way there")
    assert town.migrate("inn", "mill", "bank").exit_code == 11
    assert town.migrate("mill", "inn", "bank").exit_code == 14


def test_a_target_that_cannot_be_read_keeps_no_other_from_being_planned(town: Platform) -> None:
    three(town, "bank", "mill")
    town.unreachable["mill"] = ConnectError("no way there")
    plan = town.plan()
    assert [len(target.jobs) for target in plan.targets] == [3, 0]
    assert plan.error is town.unreachable["mill"] and plan.error.target == "town/mill"
    assert outcomes(migrate.run(plan, emit=ignore)) == {"bank": ("done", ("1", "2", "3")), "mill": ("failed", ())}


def test_an_error_names_its_target(town: Platform) -> None:
    three(town, "bank")
    plan = town.plan()
    town.unreachable["bank"] = ConnectError("gone since")
    error = migrate.run(plan, emit=ignore).error
    assert error is not None and error.target == "town/bank"


def test_what_another_runner_applied_since_the_plan_is_not_redone(town: Platform) -> None:
    three(town, "bank")
    plan = town.plan()
    town.migrate(to="2")
    result = migrate.run(plan, emit=ignore)
    assert outcomes(result) == {"bank": ("done", ("3",))}
    assert town.applied("bank") == ["1", "2", "3"]


def test_where_another_runner_did_all_of_the_plan_nothing_is_left_to_do(town: Platform) -> None:
    three(town, "bank")
    plan = town.plan()
    town.migrated()
    assert outcomes(migrate.run(plan, emit=ignore)) == {"bank": ("done", ())}


def test_where_another_runner_went_further_than_the_plan_it_is_refused(town: Platform) -> None:
    three(town, "bank")
    plan = town.plan()
    town.add("bank", "20")
    town.migrated()
    assert town.applied("bank") == ["1", "2", "3", "20"]
    error = migrate.run(plan, emit=ignore).error
    assert error is not None and (error.code, error.kind) == (13, "newer")


def test_a_lock_that_another_holds_stops_the_target_alone(town: Platform) -> None:
    three(town, "bank", "mill")
    engine = town.engine("bank")
    assert not isinstance(engine.lock, Missing)
    with engine.lock.hold(wait_s=0, emit=ignore):
        result = town.migrate()
    assert isinstance(result.error, LockedError)
    assert (result.exit_code, town.applied("bank"), town.applied("mill")) == (12, [], ["1", "2", "3"])


def test_the_lock_is_free_after_a_failure(town: Platform) -> None:
    town.add("bank", "1", "fail")
    assert town.migrate().exit_code == 14
    assert (town.servers["bank"].lock_owner, town.servers["bank"].sessions) == (None, [])


def test_without_a_lock_nothing_is_planned_unless_that_is_asked_for(town: Platform) -> None:
    town.locks = False
    three(town, "bank")
    error = town.plan().error
    assert isinstance(error, GateError)
    assert (error.code, error.kind) == (17, "unlocked") and "this fake has no lock" in error.what


def test_unlocked_runs_warn_and_the_entry_says_so(town: Platform) -> None:
    town.locks = False
    three(town, "bank")
    heard = Heard()
    result = migrate.run(town.plan(unlocked=True), unlocked=True, emit=heard)
    records = town.servers["bank"].state.records
    assert result.exit_code == 0 and records is not None
    assert [entry.unlocked for entry in records.entries.values()] == [True] * 3
    assert ["no lock" in event.what for event in heard.of(Warned)] == [True]


def test_a_connection_that_others_can_read_is_warned_of_once(town: Platform) -> None:
    three(town, "bank")
    three(town, "shop")
    town.servers["bank"].exposed = "it is not encrypted"
    heard = Heard()
    assert migrate.run(town.plan(), emit=heard).exit_code == 0
    assert [(event.target, event.what) for event in heard.of(Warned)] == [("town/bank", "it is not encrypted")]


def test_a_read_only_target_is_refused_before_its_lock_is_taken(town: Platform) -> None:
    three(town, "bank")
    town.servers["bank"].read_only = "it is a standby"
    result = town.migrate()
    assert isinstance(result.error, UnsupportedError)
    assert (result.exit_code, result.error.kind, town.servers["bank"].requests) == (15, "read_only", [])


def test_a_foreign_ledger_is_not_written_to(town: Platform) -> None:
    three(town, "bank", "mill")
    town.migrated("bank")
    town.servers["mill"] = town.servers["bank"]
    town.servers["bank"].requests.clear()
    plan = town.plan("mill")
    assert plan.error is not None and (plan.error.code, plan.error.kind) == (13, "foreign")
    assert migrate.run(plan, emit=ignore).exit_code == 13
    assert town.servers["bank"].requests == []


def test_a_ledger_that_became_foreign_since_the_plan_is_not_written_to(town: Platform) -> None:
    three(town, "bank", "mill")
    plan = town.plan("mill")
    town.migrated("bank")
    town.servers["mill"] = town.servers["bank"]
    result = migrate.run(plan, emit=ignore)
    assert result.error is not None and result.error.kind == "foreign"
    assert town.applied("bank") == ["1", "2", "3"]


def test_an_edited_comment_warns_and_runs_what_is_pending(town: Platform) -> None:
    three(town, "bank")
    town.migrate(to="1")
    town.write("bank", "1", "-- a better word\n" + town.files["bank"][Version("1")].text)
    heard = Heard()
    assert town.migrate(emit=heard).exit_code == 0
    assert [(event.target, "1_step" in event.what, bool(event.do)) for event in heard.of(Warned)] == [
        ("town/bank", True, True)
    ]


@pytest.mark.parametrize("targets", [("bank",), ("bank", "mill")])
def test_asked_to_stop_while_it_runs_it_starts_no_other_step(town: Platform, targets: tuple[str, ...]) -> None:
    three(town, *targets)

    def listen(event: Event) -> None:
        if isinstance(event, StepFinished):
            town.stop.ask()

    result = migrate.run(town.plan(), emit=listen, stop=town.stop, workers=1)
    assert outcomes(result)["bank"] == ("failed", ("1",))
    assert [one.outcome for one in result.targets[1:]] == ["not_started"] * (len(targets) - 1)
    assert (result.exit_code, result.interrupted) == (130, True)


def test_asked_to_stop_before_it_begins_it_does_nothing(town: Platform) -> None:
    three(town, "bank", "mill")
    stop = Stop()
    plan = town.plan()
    stop.ask()
    result = migrate.run(plan, emit=ignore, stop=stop)
    assert [one.outcome for one in result.targets] == ["not_started", "not_started"]
    assert (result.exit_code, town.applied("bank"), town.applied("mill")) == (130, [], [])


def test_every_target_is_told_once_as_finished(town: Platform) -> None:
    three(town, "bank", "mill")
    town.add("mill", "1", "fail")
    heard = Heard()
    town.migrate(emit=heard)
    told = {event.target: event.outcome for event in heard.of(TargetFinished)}
    assert told == {"town/bank": "done", "town/mill": "failed"}
    assert len(heard.of(TargetFinished)) == 2
