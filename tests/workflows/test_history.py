"""History: every way in which files and ledger disagree is told apart, with its way out."""

from __future__ import annotations

import pytest

from schemactl.events import ignore
from schemactl.model.migration import MigrationFile
from schemactl.model.version import Version
from schemactl.workflows import migrate
from schemactl.workflows.history import History, Problem, compare
from tests.workflows.platform import Platform


@pytest.fixture
def bank(town: Platform) -> Platform:
    """Three migrations of `bank`, all applied."""
    for version in ("1", "2", "3"):
        town.add("bank", version)
    town.migrated()
    return town


def history(town: Platform, *, allow: tuple[str, ...] = (), platform: str = "town") -> History:
    with town.site("bank").opened() as engine:
        return compare(town.site("bank", platform=platform), engine.ledger.read(), allow=frozenset(map(Version, allow)))


def only(found: History) -> Problem:
    (problem,) = found.problems
    return problem


def numbers(files: tuple[MigrationFile, ...]) -> list[str]:
    return [file.version.text for file in files]


def body(town: Platform, version: str) -> str:
    return town.files["bank"][Version(version)].text


def test_files_and_ledger_that_agree_have_no_problem(bank: Platform) -> None:
    found = history(bank)
    assert (numbers(found.applied), found.pending, found.problems, found.edited) == (["1", "2", "3"], (), (), ())
    assert found.head == Version("3")


def test_without_a_ledger_everything_is_pending(town: Platform) -> None:
    town.add("bank", "1")
    found = history(town)
    assert (found.applied, numbers(found.pending), found.problems, found.head) == ((), ["1"], (), None)


def test_a_file_whose_statements_differ_is_changed(bank: Platform) -> None:
    bank.add("bank", "2", "create other", down=["drop other"])
    found = only(history(bank))
    assert (found.kind, found.version, found.at) == ("changed", "2", "migrations/town/bank/2_step.sql")
    assert "2_step was changed after it was applied" in found.what
    assert "bring back the file" in found.do
    assert 'schemactl -p town recover bank --accept 2 --why "…"' in found.do


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: "-- a better word\n" + text,
        lambda text: text.replace("create t2", "create   /* two */ t2"),
        lambda text: text.replace("drop t2", "drop   t2"),
        lambda text: text.replace("drop t2;", ""),
        lambda text: text.replace("migrate:up\n", "migrate:up\n-- schemactl: lock_timeout=1s\n"),
        lambda text: text + "\n\n",
    ],
    ids=["comment", "white_space", "down", "no_down_statement", "directive", "blank_lines"],
)
def test_a_file_of_which_no_up_statement_changed_is_edited_and_no_problem(bank: Platform, edit: object) -> None:
    assert callable(edit)
    bank.write("bank", "2", edit(body(bank, "2")))
    found = history(bank)
    assert (found.problems, [one.file.version.text for one in found.edited]) == ((), ["2"])
    assert "2_step.sql" in found.edited[0].what


def test_joining_two_lines_is_a_change(town: Platform) -> None:
    town.target("bank")
    town.write("bank", "1", "-- migrate:up\ncreate a;\n-- note\ncreate b;\n")
    town.migrated()
    town.write("bank", "1", "-- migrate:up\ncreate a;\n-- notecreate b;\n")
    assert only(history(town)).kind == "changed"


def test_a_word_inside_quotes_is_a_change(town: Platform) -> None:
    town.add("bank", "1", "create a", "insert a 'x  y'")
    town.migrated()
    town.add("bank", "1", "create a", "insert a 'x y'")
    assert only(history(town)).kind == "changed"


def test_an_entry_whose_file_is_gone_is_missing(bank: Platform) -> None:
    bank.remove("bank", "2")
    found = only(history(bank))
    assert (found.kind, found.version) == ("missing", "2")
    assert "its file is missing" in found.what and "version control" in found.do


def test_an_entry_above_the_newest_file_means_that_the_files_are_old(bank: Platform) -> None:
    bank.remove("bank", "3")
    found = only(history(bank))
    assert (found.kind, found.version) == ("newer", "3")
    assert "the newest file is 2" in found.what and "checkout" in found.do


def test_entries_without_any_file_are_newer(bank: Platform) -> None:
    bank.files["bank"].clear()
    found = history(bank)
    assert [(one.kind, one.version) for one in found.problems] == [("newer", "1"), ("newer", "2"), ("newer", "3")]
    assert "none" in found.problems[0].what


def test_a_file_below_the_newest_entry_is_out_of_order(bank: Platform) -> None:
    bank.add("bank", "0")
    found = history(bank)
    problem = only(found)
    assert (problem.kind, problem.version, problem.at) == ("out_of_order", "0", "migrations/town/bank/0_step.sql")
    assert "--allow 0" in problem.do and "above 3" in problem.do
    assert numbers(found.pending) == ["0"]


@pytest.mark.parametrize("said", ["0", "00"])
def test_what_is_allowed_out_of_order_is_no_problem(bank: Platform, said: str) -> None:
    bank.add("bank", "0")
    found = history(bank, allow=(said,))
    assert (found.problems, numbers(found.pending)) == ((), ["0"])


def test_allowing_one_does_not_allow_another(bank: Platform) -> None:
    bank.remove("bank", "2")
    bank.servers["bank"].state.records.entries.pop(2)  # type: ignore[union-attr]
    bank.add("bank", "2")
    bank.add("bank", "0")
    assert [one.version for one in history(bank, allow=("0",)).problems] == ["2"]


def test_a_ledger_of_another_target_is_foreign_and_nothing_else_is_said(bank: Platform) -> None:
    bank.add("bank", "2", "create other")
    found = history(bank, platform="city")
    problem = only(found)
    assert problem.kind == "foreign" and problem.version is None
    assert "belongs to town/bank, not to city/bank" in problem.what and problem.do
    assert (found.applied, found.pending) == ((), ())


@pytest.mark.parametrize(("state", "word"), [("applying", "applied"), ("reverting", "rolled back")])
def test_an_entry_under_way_is_unfinished(bank: Platform, state: str, word: str) -> None:
    records = bank.servers["bank"].state.records
    assert records is not None
    records.entries[3] = records.entries[3]._replace(state=state)  # type: ignore[arg-type]
    found = history(bank)
    problem = only(found)
    assert (problem.kind, problem.version) == ("unfinished", "3")
    assert f"was being {word}" in problem.what and "schemactl -p town recover bank" in problem.do
    assert numbers(found.applied) == ["1", "2"]


def test_what_is_under_way_and_has_no_file_is_told_once_as_unfinished(bank: Platform) -> None:
    records = bank.servers["bank"].state.records
    assert records is not None
    records.entries[2] = records.entries[2]._replace(state="applying")
    bank.remove("bank", "2")
    assert only(history(bank)).kind == "unfinished"


def test_what_is_under_way_may_be_corrected(bank: Platform) -> None:
    records = bank.servers["bank"].state.records
    assert records is not None
    records.entries[3] = records.entries[3]._replace(state="applying")
    bank.add("bank", "3", "create other")
    assert only(history(bank)).kind == "unfinished"


def test_several_problems_are_told_the_most_pressing_first(bank: Platform) -> None:
    bank.add("bank", "10")
    bank.add("bank", "11")
    bank.migrated()
    records = bank.servers["bank"].state.records
    assert records is not None
    records.entries[11] = records.entries[11]._replace(state="applying")
    bank.add("bank", "1", "create other")
    bank.remove("bank", "2")
    bank.add("bank", "5")
    assert [one.kind for one in history(bank).problems] == ["unfinished", "changed", "missing", "out_of_order"]


def test_a_version_written_with_other_zeros_is_the_same(bank: Platform) -> None:
    text = body(bank, "2")
    bank.remove("bank", "2")
    bank.write("bank", "0002", text)
    assert history(bank).problems == ()


@pytest.mark.parametrize("kind", ["changed", "missing", "newer", "out_of_order", "unfinished"])
def test_every_problem_stops_migrate_with_13_its_kind_and_its_way_out(bank: Platform, kind: str) -> None:
    bank.add("bank", "4")
    records = bank.servers["bank"].state.records
    assert records is not None
    if kind == "changed":
        bank.add("bank", "2", "create other")
    elif kind == "missing":
        bank.remove("bank", "2")
    elif kind == "newer":
        bank.remove("bank", "3")
        bank.remove("bank", "4")
    elif kind == "out_of_order":
        bank.add("bank", "0")
    else:
        records.entries[3] = records.entries[3]._replace(state="applying")
    plan = bank.plan()
    assert plan.error is not None and plan.pending == 0
    assert (plan.error.code, plan.error.kind, plan.error.target) == (13, kind, "town/bank")
    assert plan.error.now == "nothing was changed" and plan.error.do
    assert bank.migrate().exit_code == 13
    assert bank.applied("bank") == ["1", "2", "3"]


def test_what_is_allowed_out_of_order_is_applied_and_stands_in_its_place(bank: Platform) -> None:
    bank.add("bank", "0")
    allow = frozenset({Version("0")})
    assert migrate.run(bank.plan(allow=["0"]), emit=ignore, allow=allow).exit_code == 0
    assert bank.applied("bank") == ["0", "1", "2", "3"]
