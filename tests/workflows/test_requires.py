"""Requires: it joins migrations, not targets; what is not met stops before the migration that asks for it."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemactl.errors import ConnectError, HistoryError
from schemactl.events import Event, StepFinished, ignore
from schemactl.workflows import migrate
from schemactl.workflows.site import Site
from tests.workflows.platform import Platform

Node = tuple[str, str]


class Order:
    """The migrations in the order in which they were finished."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._one_at_a_time = threading.Lock()

    def __call__(self, event: Event) -> None:
        if isinstance(event, StepFinished):
            with self._one_at_a_time:
                self.nodes.append((event.target.removeprefix("town/"), event.version))


class Asked:
    """The targets outside of the plan that were asked what is applied there."""

    def __init__(self, town: Platform) -> None:
        self.town = town
        self.targets: list[str] = []

    def __call__(self, platform: str, target: str) -> Site:
        self.targets.append(target)
        return self.town.elsewhere(platform, target)


def test_two_targets_may_wait_for_each_other_in_turn(town: Platform) -> None:
    town.add("a", "1")
    town.add("b", "1", requires=["a@1"])
    town.add("a", "2", requires=["b@1"])
    order = Order()
    assert town.migrate(emit=order).exit_code == 0
    assert order.nodes == [("a", "1"), ("b", "1"), ("a", "2")]


def test_the_order_in_which_targets_are_named_does_not_matter(town: Platform) -> None:
    town.add("b", "1", requires=["a@2"])
    town.add("a", "1")
    town.add("a", "2")
    town.add("a", "3")
    order = Order()
    town.migrate("b", "a", emit=order)
    assert order.nodes.index(("a", "2")) < order.nodes.index(("b", "1"))


def test_a_circle_is_refused_with_the_names_of_those_in_it(town: Platform) -> None:
    town.add("a", "1", requires=["b@1"])
    town.add("b", "1", requires=["a@1"])
    town.add("c", "1")
    with pytest.raises(HistoryError) as refused:
        town.plan()
    assert (refused.value.code, refused.value.kind) == (13, "cycle")
    assert "town/a@1" in refused.value.what and "town/b@1" in refused.value.what
    assert "town/c" not in refused.value.what
    assert refused.value.at and refused.value.do


def test_a_circle_through_the_order_of_a_target_s_own_migrations_is_refused(town: Platform) -> None:
    town.add("a", "1", requires=["b@2"])
    town.add("a", "2")
    town.add("b", "1", requires=["a@2"])
    town.add("b", "2")
    with pytest.raises(HistoryError) as refused:
        town.plan()
    assert refused.value.kind == "cycle"


def test_one_failure_blocks_what_requires_it_and_nothing_else(town: Platform) -> None:
    town.add("a", "1")
    town.add("a", "2", "fail")
    town.add("b", "1")
    town.add("b", "2", requires=["a@2"])
    town.add("c", "1", requires=["b@2"])
    town.add("d", "1", requires=["a@1"])
    result = town.migrate()
    found = {one.target: (one.outcome, one.versions) for one in result.targets}
    assert found == {
        "town/a": ("failed", ("1",)),
        "town/b": ("blocked", ("1",)),
        "town/c": ("blocked", ()),
        "town/d": ("done", ("1",)),
    }
    assert result.exit_code == 14


def test_a_blocked_target_says_for_whom_it_waits(town: Platform) -> None:
    town.add("a", "1", "fail")
    town.add("b", "1", requires=["a@1"])
    town.add("c", "1", requires=["b@1"])
    result = town.migrate()
    assert [one.why for one in result.targets[1:]] == ["waits for town/a, which failed"] * 2


def test_after_a_correction_the_blocked_go_on(town: Platform) -> None:
    town.add("a", "1", "fail")
    town.add("b", "1", requires=["a@1"])
    town.migrate()
    town.add("a", "1")
    town.migrated()
    assert (town.applied("a"), town.applied("b")) == (["1"], ["1"])


def test_a_requirement_that_is_not_met_stops_before_the_migration_that_asks(town: Platform) -> None:
    town.add("a", "1")
    town.add("b", "1")
    town.add("b", "2", requires=["a@1"])
    town.add("b", "3")
    plan = town.plan("b")
    assert [job.entry.version.text for job in plan.targets[0].jobs] == ["1"]
    error = plan.error
    assert error is not None and (error.code, error.kind, error.target) == (13, "requires", "town/b")
    assert error.at == "migrations/town/b/2_step.sql" and error.do == "migrate a as well"
    result = migrate.run(plan, emit=ignore)
    assert [(one.outcome, one.versions) for one in result.targets] == [("blocked", ("1",))]
    assert (result.exit_code, town.applied("b"), town.applied("a")) == (13, ["1"], [])


def test_a_requirement_that_is_met_elsewhere_needs_no_target_named(town: Platform) -> None:
    town.add("a", "1")
    town.add("b", "1", requires=["a@1"])
    town.migrated("a")
    town.migrated("b")
    assert town.applied("b") == ["1"]


def test_a_requirement_whose_target_cannot_be_read_is_not_taken_for_met(town: Platform) -> None:
    town.add("a", "1")
    town.add("b", "1", requires=["a@1"])
    town.unreachable["a"] = ConnectError("no way there")
    plan = town.plan("b")
    assert (plan.pending, plan.error) == (0, town.unreachable["a"])


def test_what_waits_for_a_target_that_cannot_be_read_is_blocked_and_the_error_is_told_once(town: Platform) -> None:
    town.add("c", "1", requires=["b@1"])
    town.add("b", "1", requires=["a@1"])
    town.add("a", "1")
    town.unreachable["a"] = ConnectError("no way there")
    result = town.migrate()
    waits = "waits for town/a, which could not be read"
    assert [(one.outcome, one.error, one.why) for one in result.targets] == [
        ("blocked", None, waits),
        ("blocked", None, waits),
        ("failed", town.unreachable["a"], "no way there"),
    ]
    assert result.exit_code == 11


def test_a_target_of_the_plan_that_cannot_be_read_is_not_asked_again(town: Platform) -> None:
    town.add("a", "1")
    town.add("b", "1", requires=["a@1"])
    town.unreachable["a"] = ConnectError("no way there")
    asked = Asked(town)
    migrate.plan(town.sites("a", "b"), elsewhere=asked)
    assert asked.targets == []


def test_what_waits_for_an_unread_target_outside_of_the_plan_is_blocked_by_its_error_told_once(town: Platform) -> None:
    town.add("a", "1")
    town.add("b", "1")
    town.add("b", "2", requires=["a@1"])
    town.add("c", "1", requires=["b@2"])
    town.add("d", "1", requires=["a@1"])
    town.unreachable["a"] = ConnectError("no way there")
    asked = Asked(town)
    result = migrate.run(migrate.plan(town.sites("c", "b", "d"), elsewhere=asked))
    error, waits = town.unreachable["a"], "waits for town/a, which could not be read"
    assert [(one.outcome, one.versions, one.error, one.why) for one in result.targets] == [
        ("blocked", (), error, waits),
        ("blocked", ("1",), None, waits),
        ("blocked", (), None, waits),
    ]
    assert (result.exit_code, result.error, asked.targets) == (11, error, ["a"])
    assert isinstance(error, ConnectError) and error.target == "town/a"


def test_a_failure_comes_before_what_is_blocked_in_the_exit_code(town: Platform) -> None:
    town.add("a", "1")
    town.add("b", "1", requires=["a@1"])
    town.add("c", "1", "fail")
    town.unreachable["a"] = ConnectError("no way there")
    assert town.migrate("b", "c").exit_code == 14


def test_an_unread_target_keeps_its_error_where_the_first_that_waits_for_it_fails(town: Platform) -> None:
    town.add("a", "1")
    town.add("b", "1", "fail")
    town.add("b", "2", requires=["a@1"])
    town.add("c", "1", requires=["a@1"])
    town.unreachable["a"] = ConnectError("no way there")
    result = town.migrate("b", "c")
    assert [one.outcome for one in result.targets] == ["failed", "blocked"]
    assert (result.targets[1].error, result.exit_code) == (town.unreachable["a"], 14)


def test_a_migration_under_way_does_not_meet_a_requirement(town: Platform) -> None:
    town.add("a", "1", "create x", "alone drop nothing")
    town.add("b", "1", requires=["a@1"])
    assert town.migrate("a").exit_code == 14
    assert town.state("a", "1") == "applying"
    error = town.plan("b").error
    assert error is not None and error.kind == "requires"


def test_what_was_cut_short_is_cut_short_for_those_that_require_it(town: Platform) -> None:
    town.add("a", "1")
    town.add("b", "1", requires=["a@1"])
    town.add("c", "1", requires=["b@1"])
    plan = town.plan("b", "c")
    assert [(len(one.jobs), one.error.kind if one.error else None) for one in plan.targets] == [
        (0, "requires"),
        (0, "requires"),
    ]


def test_to_leaves_a_requirement_behind_it_unasked(town: Platform) -> None:
    town.add("a", "1")
    town.add("b", "1")
    town.add("b", "2", requires=["a@1"])
    assert town.plan("b", to="1").error is None


@st.composite
def platforms(draw: st.DrawFn) -> tuple[dict[Node, list[Node]], set[Node]]:
    """Migrations of several targets that require others made before them in one order; some of them fail."""
    count = draw(st.integers(1, 14))
    names = [draw(st.sampled_from("abcd")) for _ in range(count)]
    numbers: dict[str, int] = {}
    made: list[Node] = []
    needs: dict[Node, list[Node]] = {}
    for name in names:
        numbers[name] = numbers.get(name, 0) + 1
        node = (name, str(numbers[name]))
        others = [one for one in made if one[0] != name]
        needs[node] = draw(st.lists(st.sampled_from(others), unique=True, max_size=3)) if others else []
        made.append(node)
    return needs, draw(st.sets(st.sampled_from(made), max_size=2))


def built(needs: dict[Node, list[Node]], failing: set[Node]) -> Platform:
    town = Platform()
    for (name, version), required in needs.items():
        up = ["fail"] if (name, version) in failing else []
        town.add(name, version, *up, requires=[f"{other}@{number}" for other, number in required])
    return town


def doomed(needs: dict[Node, list[Node]], failing: set[Node]) -> set[Node]:
    """Those that fail, come after one in its target, or require one."""
    lost = set(failing)
    for node in needs:  # in an order in which what is needed comes first
        before = (node[0], str(int(node[1]) - 1))
        if before in lost or lost & set(needs[node]):
            lost.add(node)
    return lost


@given(platforms(), st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_any_order_of_running_respects_every_need(made: tuple[dict[Node, list[Node]], set[Node]], workers: int) -> None:
    needs, _ = made
    town, order = built(needs, set()), Order()
    result = migrate.run(town.plan(), emit=order, workers=workers)
    place = {node: number for number, node in enumerate(order.nodes)}
    assert result.exit_code == 0
    assert set(place) == set(needs)
    for node, required in needs.items():
        assert all(place[one] < place[node] for one in required)
        assert node[1] == "1" or place[(node[0], str(int(node[1]) - 1))] < place[node]


@given(platforms(), st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_whatever_fails_exactly_what_depends_on_it_is_left_out(
    made: tuple[dict[Node, list[Node]], set[Node]], workers: int
) -> None:
    needs, failing = made
    town, order = built(needs, failing), Order()
    result = migrate.run(town.plan(), emit=order, workers=workers)
    lost = doomed(needs, failing)
    assert set(order.nodes) == set(needs) - lost
    assert len(result.targets) == len({name for name, _ in needs})
    for one in result.targets:
        name = one.target.removeprefix("town/")
        mine = {node for node in lost if node[0] == name}
        assert (one.outcome == "done") == (not mine)
        assert one.outcome != "failed" or bool(mine & failing)
        assert one.versions == tuple(town.applied(name))


@given(platforms(), st.sets(st.sampled_from("abcd"), min_size=1), st.booleans())
@settings(deadline=None, max_examples=60)
def test_whatever_cannot_be_read_exactly_what_depends_on_it_is_blocked(
    made: tuple[dict[Node, list[Node]], set[Node]], unread: set[str], selected: bool
) -> None:
    needs, _ = made
    town, order = built(needs, set()), Order()
    dead = {name: ConnectError("no way there") for name in unread if name in town.servers}
    town.unreachable.update(dead)
    chosen = [name for name in town.servers if selected or name not in dead]
    asked = Asked(town)
    result = migrate.run(migrate.plan(town.sites(*chosen) if chosen else (), elsewhere=asked), emit=order)
    lost = doomed(needs, {node for node in needs if node[0] in dead})
    assert set(order.nodes) == set(needs) - lost
    for one in result.targets:
        name = one.target.removeprefix("town/")
        waits = any(node[0] == name for node in lost)
        assert one.outcome == ("failed" if name in dead else "blocked" if waits else "done")
    errors = [one.error for one in result.targets if one.error is not None]
    assert len(errors) == len({id(error) for error in errors})
    assert result.exit_code == (11 if any(one.outcome != "done" for one in result.targets) else 0)
    assert len(asked.targets) == len(set(asked.targets)) and set(asked.targets) <= (set() if selected else set(dead))
