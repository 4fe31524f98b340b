"""Dependents: whatever becomes of a rollback, nothing is left applied without what it requires."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schemactl.errors import ConnectError, GateError
from schemactl.events import ignore
from schemactl.model.version import Version
from schemactl.workflows import rollback
from schemactl.workflows.execute import RunResult
from schemactl.workflows.planned import RunPlan
from schemactl.workflows.rollback import Reach
from tests.workflows.platform import Platform
from tests.workflows.test_requires import Node, built, platforms

GONE = "no way there"
HOW = ["irreversible", "fails", "changed", "missing", "unreachable"]


@pytest.fixture
def pair(town: Platform) -> Platform:
    """b@1 requires a@1, a@2 and all of c stand on their own; all applied."""
    town.add("a", "1")
    town.add("a", "2")
    town.add("b", "1", requires=["a@1"])
    town.add("c", "1")
    town.migrated()
    return town


def plan(town: Platform, *targets: str, to: str | None = "0", steps: int = 1, cascade: bool = False) -> RunPlan:
    reach = Reach(steps=steps, to=Version(to) if to else None)
    return rollback.plan(town.sites(*targets), town.sites(), reach, cascade=cascade)


def run(made: RunPlan) -> RunResult:
    return rollback.run(made, emit=ignore)


def refusal(town: Platform, *targets: str, cascade: bool = False) -> GateError:
    with pytest.raises(GateError) as refused:
        plan(town, *targets, cascade=cascade)
    return refused.value


def outcomes(result: RunResult) -> dict[str, tuple[str, str | None]]:
    """Target → outcome, kind of its error."""
    return {
        one.target.removeprefix("town/"): (one.outcome, one.error.kind if one.error else None) for one in result.targets
    }


def without_way_back(town: Platform) -> None:
    town.write("b", "1", "-- migrate:up\n-- schemactl: requires=a@1\ncreate t1;\n")


def changed(town: Platform) -> None:
    town.add("b", "1", "create other", down=["drop other"], requires=["a@1"])


def half_applied(town: Platform) -> None:
    """b@2 requires a@2, and its run ended half-way."""
    town.add("b", "2", "create x", "alone drop nothing", requires=["a@2"])
    assert town.migrate("b").exit_code == 14
    assert town.state("b", "2") == "applying"


@pytest.mark.parametrize(("spoil", "kind", "code"), [(without_way_back, "irreversible", 17), (changed, "changed", 13)])
def test_a_cascade_leaves_what_a_dependent_that_cannot_go_requires(
    pair: Platform, spoil: Callable[[Platform], None], kind: str, code: int
) -> None:
    spoil(pair)
    result = run(plan(pair, "a", cascade=True))
    assert outcomes(result) == {"a": ("blocked", "required"), "b": ("failed", kind)}
    assert (pair.applied("a"), pair.applied("b"), result.exit_code) == (["1"], ["1"], code)


@pytest.mark.parametrize(("spoil", "kind"), [(without_way_back, "irreversible"), (changed, "changed")])
def test_of_all_only_what_a_dependent_that_cannot_go_requires_stays(
    pair: Platform, spoil: Callable[[Platform], None], kind: str
) -> None:
    spoil(pair)
    result = run(plan(pair, "a", "b", "c"))
    assert outcomes(result) == {"a": ("blocked", "required"), "b": ("failed", kind), "c": ("done", None)}
    assert [pair.applied(name) for name in "abc"] == [["1"], ["1"], []]


def test_what_is_held_back_says_by_whom_and_that_it_stays(pair: Platform) -> None:
    without_way_back(pair)
    error = plan(pair, "a", cascade=True).targets[0].error
    assert isinstance(error, GateError)
    assert (error.code, error.kind, error.target) == (17, "required", "town/a")
    assert error.what == "town/a@1 is required by town/b@1, which stays"
    assert (error.at, error.now) == ("migrations/town/a/1_step.sql", "town/a@1 stays, and what is older")
    assert "town/b" in (error.do or "")


def test_what_stays_keeps_what_it_requires_itself(town: Platform) -> None:
    town.add("a", "1")
    town.add("b", "1", requires=["a@1"])
    town.add("c", "1", "create t1", requires=["b@1"])
    town.migrated()
    result = run(plan(town, "a", "b", "c"))
    assert outcomes(result) == {
        "a": ("blocked", "required"),
        "b": ("blocked", "required"),
        "c": ("failed", "irreversible"),
    }
    assert [town.applied(name) for name in "abc"] == [["1"], ["1"], ["1"]]


@pytest.mark.parametrize("cascade", [False, True])
def test_a_dependent_that_cannot_be_reached_keeps_what_its_files_require(pair: Platform, cascade: bool) -> None:
    pair.unreachable["b"] = ConnectError(GONE)
    error = refusal(pair, "a", cascade=cascade)
    assert (error.code, error.kind, error.target) == (17, "required_unknown", "town/a")
    assert error.what == f"town/b@1 requires town/a@1, and whether it is applied is not known: {GONE}"
    assert "bring town/b up" in (error.do or "")


def test_a_pending_file_of_a_target_that_cannot_be_reached_counts_as_applied(pair: Platform) -> None:
    pair.add("c", "2", requires=["a@2"])
    pair.unreachable["c"] = ConnectError(GONE)
    assert refusal(pair, "a", "b").kind == "required_unknown"


def test_a_pending_file_of_a_target_that_was_read_requires_nothing_yet(pair: Platform) -> None:
    pair.add("c", "2", requires=["a@2"])
    assert run(plan(pair, "a", to=None)).exit_code == 0
    assert pair.applied("a") == ["1"]


def test_a_target_that_cannot_be_reached_and_requires_nothing_of_it_is_no_hindrance(pair: Platform) -> None:
    pair.unreachable["c"] = ConnectError(GONE)
    assert run(plan(pair, "a", "b")).exit_code == 0
    assert (pair.applied("a"), pair.applied("b")) == ([], [])


def test_what_goes_above_the_requirement_of_a_target_that_cannot_be_reached_goes(pair: Platform) -> None:
    pair.unreachable["b"] = ConnectError(GONE)
    assert run(plan(pair, "a", to="1")).exit_code == 0
    assert pair.applied("a") == ["1"]


def test_of_all_a_target_that_cannot_be_reached_keeps_what_its_files_require(pair: Platform) -> None:
    pair.unreachable["b"] = ConnectError(GONE)
    result = run(plan(pair, "b", "a", "c"))
    assert outcomes(result) == {"b": ("failed", "connect"), "a": ("blocked", "required_unknown"), "c": ("done", None)}
    assert ([pair.applied(name) for name in "abc"], result.exit_code) == ([["1"], ["1"], []], 11)


def test_of_all_a_target_that_cannot_be_reached_and_requires_nothing_fails_alone(pair: Platform) -> None:
    pair.unreachable["c"] = ConnectError(GONE)
    result = run(plan(pair, "a", "b", "c"))
    assert outcomes(result) == {"a": ("done", None), "b": ("done", None), "c": ("failed", "connect")}


def test_a_ledger_of_another_target_says_nothing_about_the_dependent(pair: Platform) -> None:
    pair.servers["b"] = pair.servers["c"]
    error = refusal(pair, "a")
    assert error.kind == "required_unknown" and "belongs to town/c" in error.what


def test_an_unfinished_dependent_counts(pair: Platform) -> None:
    half_applied(pair)
    error = refusal(pair, "a")
    assert error.kind == "required"
    assert "town/b@2 (unfinished)" in error.what and "schemactl recover b" in (error.do or "")
    assert pair.applied("a") == ["1", "2"]


@pytest.mark.parametrize(("asked", "cascade"), [(["a"], True), (["a", "b"], False), (["a", "b"], True)])
def test_what_an_unfinished_dependent_requires_stays(pair: Platform, asked: list[str], cascade: bool) -> None:
    half_applied(pair)
    result = run(plan(pair, *asked, cascade=cascade))
    assert outcomes(result) == {"a": ("blocked", "required"), "b": ("failed", "unfinished")}
    assert pair.applied("a") == ["1", "2"]


@pytest.mark.parametrize("cascade", [False, True])
def test_an_entry_without_a_file_may_require_anything(pair: Platform, cascade: bool) -> None:
    pair.remove("b", "1")
    error = refusal(pair, "a", cascade=cascade)
    assert (error.code, error.kind, error.target) == (17, "required_unknown", "town/a")
    assert "whether town/b requires town/a@1 is not known: 1_step is in its ledger" in error.what
    assert "bring back the file" in (error.do or "")


def test_an_unfinished_entry_without_a_file_may_require_anything(pair: Platform) -> None:
    half_applied(pair)
    pair.remove("b", "2")
    assert refusal(pair, "c").kind == "required_unknown"


def test_of_all_an_entry_without_a_file_keeps_the_others(pair: Platform) -> None:
    pair.remove("b", "1")
    result = run(plan(pair, "a", "b", "c"))
    blocked = ("blocked", "required_unknown")
    assert outcomes(result) == {"a": blocked, "b": ("failed", "newer"), "c": blocked}
    assert [pair.applied(name) for name in "abc"] == [["1", "2"], ["1"], ["1"]]


def test_an_entry_without_a_file_is_no_hindrance_where_nothing_of_others_goes(pair: Platform) -> None:
    pair.add("b", "2")
    pair.migrated("b")
    pair.remove("b", "1")
    assert run(plan(pair, "b", to=None)).exit_code == 0
    assert pair.applied("b") == ["1"]


def spoil_one(town: Platform, node: Node, how: str, needs: dict[Node, list[Node]]) -> None:
    name, version = node
    required = [f"{other}@{number}" for other, number in needs[node]]
    if how == "irreversible":
        town.add(name, version, f"create t{version}", requires=required)
    elif how == "fails":
        town.add(name, version, down=["fail"], requires=required)
    elif how == "changed":
        town.add(name, version, "create other", down=["drop other"], requires=required)
    elif how == "missing":
        town.remove(name, version)
    else:
        town.unreachable[name] = ConnectError(GONE)


def gone(town: Platform, needs: Mapping[Node, list[Node]], target: str) -> bool:
    """Whether a file of the target is missing."""
    return any(name == target and Version(version) not in town.files[name] for name, version in needs)


@given(platforms(), st.data())
@settings(deadline=None, max_examples=120)
def test_nothing_is_ever_left_without_what_it_requires(
    made: tuple[dict[Node, list[Node]], set[Node]], data: st.DataObject
) -> None:
    needs, spoiled = made
    town = built(needs, set())
    town.migrated()
    for node in sorted(spoiled):
        if Version(node[1]) in town.files[node[0]]:
            spoil_one(town, node, data.draw(st.sampled_from(HOW)), needs)
    # Where neither the file nor the ledger can be read, nobody knows what it requires (docs/commands/rollback.md).
    assume(not any(gone(town, needs, name) for name in town.unreachable))
    asked = data.draw(st.lists(st.sampled_from(sorted(town.servers)), min_size=1, unique=True))
    reach = Reach(to=Version("0")) if data.draw(st.booleans()) else Reach(steps=data.draw(st.integers(1, 3)))
    try:
        run(rollback.plan(town.sites(*asked), town.sites(), reach, cascade=data.draw(st.booleans())))
    except GateError as error:
        assert error.kind in ("required", "required_unknown")
    left = {(name, version) for name in town.servers for version in town.applied(name)}
    assert all(set(needs[node]) <= left for node in left)
