"""Status: where each target stands, in a word, also where some cannot be read."""

from __future__ import annotations

import pytest

from schemactl.contract.engine import Missing
from schemactl.errors import (
    ConfigError,
    ConnectError,
    HistoryError,
    SchemactlError,
    StatementError,
    UnsupportedError,
)
from schemactl.events import ignore
from schemactl.model.entry import LEDGER_FORMAT
from schemactl.workflows import status
from schemactl.workflows.status import TargetStatus
from tests.contract.fake.server import Records
from tests.workflows.platform import Platform


@pytest.fixture
def bank(town: Platform) -> Platform:
    """Three migrations of `bank`, the first two applied."""
    for version in ("1", "2"):
        town.add("bank", version)
    town.migrated()
    town.add("bank", "3")
    return town


def records(town: Platform) -> Records:
    found = town.servers["bank"].state.records
    assert found is not None
    return found


def only(town: Platform) -> TargetStatus:
    (found,) = status.read(town.sites("bank")).targets
    return found


def test_what_is_pending_is_counted(bank: Platform) -> None:
    assert (only(bank).state, only(bank).settled) == ("1 pending", False)


def test_with_nothing_pending_it_is_up_to_date(bank: Platform) -> None:
    bank.migrated()
    assert (only(bank).state, only(bank).settled, only(bank).server) == ("up to date", True, "fake 1")


def test_an_empty_target_has_everything_pending_and_stays_empty(town: Platform) -> None:
    town.add("bank", "1")
    assert only(town).state == "1 pending"
    assert (town.servers["bank"].state.records, town.servers["bank"].requests) == (None, [])


def test_a_problem_comes_before_what_is_pending(bank: Platform) -> None:
    bank.add("bank", "1", "create other")
    assert (only(bank).state, only(bank).settled) == ("changed", False)


@pytest.mark.parametrize("state", ["applying", "reverting"])
def test_an_unfinished_migration_comes_before_every_other_problem(bank: Platform, state: str) -> None:
    bank.add("bank", "1", "create other")
    records(bank).entries[2] = records(bank).entries[2]._replace(state=state)  # type: ignore[arg-type]
    assert only(bank).state == "unfinished"


def test_a_file_out_of_order_is_told_as_that(bank: Platform) -> None:
    bank.add("bank", "0")
    assert only(bank).state == "out of order"


def test_a_foreign_ledger_is_told_as_that(bank: Platform) -> None:
    records(bank).service_name = "mill"
    assert only(bank).state == "foreign"


def test_an_object_that_does_not_work_is_told_where_nothing_worse_is(bank: Platform) -> None:
    bank.servers["bank"].state.things["t1"].whole = False
    assert (only(bank).state, only(bank).broken) == ("broken objects", ("t1 is half there",))


def test_one_that_cannot_be_read_keeps_no_other_from_being_shown(bank: Platform) -> None:
    bank.add("mill", "1")
    bank.unreachable["bank"] = ConnectError("no way there")
    found = status.read(bank.sites("bank", "mill"))
    assert [one.state for one in found.targets] == ["unreachable", "1 pending"]
    assert found.error is bank.unreachable["bank"] and found.error.target == "town/bank"
    assert not found.settled


def test_a_ledger_of_a_later_format_is_an_error_of_its_own(bank: Platform) -> None:
    records(bank).format = LEDGER_FORMAT + 1
    error = status.read(bank.sites("bank")).error
    assert isinstance(error, HistoryError) and (error.code, error.kind) == (13, "newer_ledger")
    assert (only(bank).state, only(bank).server, only(bank).settled) == ("newer", "fake 1", False)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ConnectError("nobody answers", kind="unreachable"), "unreachable"),
        (ConnectError("a wrong password", kind="authentication"), "unreachable"),
        (ConnectError("no CONNECT", kind="insufficient_privilege"), "no rights"),
        (StatementError("no USAGE", kind="insufficient_privilege"), "no rights"),
        (ConfigError("nothing says where it lives", kind="no_url"), "unreadable"),
        (UnsupportedError("too old", kind="version"), "unreadable"),
    ],
)
def test_what_kept_a_target_from_being_read_is_told_apart(bank: Platform, error: SchemactlError, state: str) -> None:
    bank.unreachable["bank"] = error
    assert (only(bank).state, only(bank).server) == (state, "")


def test_it_needs_no_lock(bank: Platform) -> None:
    engine = bank.engine("bank")
    assert not isinstance(engine.lock, Missing)
    with engine.lock.hold(wait_s=0, emit=ignore):
        assert only(bank).state == "1 pending"


def test_targets_are_in_the_order_asked(town: Platform) -> None:
    for name in ("a", "b", "c"):
        town.add(name, "1")
    assert [one.site.name for one in status.read(town.sites("c", "a", "b")).targets] == ["c", "a", "b"]
    assert status.read(()).settled
