"""The checks of several targets: what each found, and what could not be run."""

from __future__ import annotations

from schemactl.contract.checking import Check
from schemactl.errors import ConnectError
from schemactl.script.statement import Statement
from schemactl.workflows import check
from tests.workflows.platform import Platform


def asking(text: str, line: int = 4) -> Check:
    return Check("named", "", Statement(text=text, line=line, normal=text, words=()), "checks/named.sql")


def test_a_check_that_finds_nothing_holds_and_one_that_finds_rows_does_not(town: Platform) -> None:
    town.add("bank", "1", "create house", "insert house 'red'")
    town.migrated()
    (site,) = town.sites("bank")
    (told,) = check.run([(site, (asking("find house 'blue'"), asking("find house 'red'")))])
    assert [one.holds for one in told.checks] == [True, False]
    assert told.checks[1].rows is not None and told.checks[1].rows.first == ("red",)
    assert not told.holds


def test_one_that_cannot_be_run_is_told_in_its_place_and_the_others_are_run(town: Platform) -> None:
    town.add("bank", "1", "create house")
    town.migrated()
    (site,) = town.sites("bank")
    (told,) = check.run([(site, (asking("find nothing 'red'"), asking("find house 'red'")))])
    first, second = told.checks
    assert first.error is not None and (first.error.at, first.error.target) == ("checks/named.sql:4", site.target)
    assert second.holds and not told.holds


def test_a_target_that_cannot_be_reached_has_run_none_and_does_not_hold(town: Platform) -> None:
    town.add("bank", "1", "create house")
    town.add("shop", "1", "create shelf")
    town.migrated()
    bank, shop = town.sites("bank", "shop")
    town.unreachable["bank"] = ConnectError("nobody answers")
    away, there = check.run([(bank, (asking("find house 'x'"),)), (shop, (asking("find shelf 'x'"),))])
    assert isinstance(away.error, ConnectError) and not away.checks and not away.holds
    assert there.holds


def test_a_target_without_checks_has_not_passed_any(town: Platform) -> None:
    town.add("bank", "1", "create house")
    (told,) = check.run([(town.sites("bank")[0], ())])
    assert told.error is None and not told.holds
