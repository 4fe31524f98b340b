"""Recover works on several targets side by side, and tells of each in the order in which they were asked for."""

from __future__ import annotations

import threading

from schemactl.events import Event, TargetStarted
from schemactl.workflows import recover
from tests.workflows.platform import Platform


def two(town: Platform) -> tuple[str, str]:
    for name in ("bank", "shop"):
        town.add(name, "1", "create a")
    town.migrated()
    return ("town/bank", "town/shop")


def test_targets_are_recovered_side_by_side(town: Platform) -> None:
    names = two(town)
    both = threading.Barrier(2)

    def together(event: Event) -> None:
        if isinstance(event, TargetStarted):
            both.wait(30)  # broken where one would only begin after the other

    result = recover.run(town.sites(), emit=together)
    assert ([one.target for one in result.targets], result.exit_code) == (list(names), 0)


def test_no_more_at_once_than_it_may_have_connections(town: Platform) -> None:
    two(town)
    order: list[str] = []
    recover.run(town.sites(), workers=1, emit=lambda event: order.append(f"{type(event).__name__} {event.target}"))
    assert [one.split()[1] for one in order] == ["town/bank", "town/bank", "town/shop", "town/shop"]
