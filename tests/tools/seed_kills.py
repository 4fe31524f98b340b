"""Runs of `seed` that are killed: what one leaves is told, and the same command again is held against an undisturbed
run."""

from __future__ import annotations

import contextlib
import itertools
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from tests.projects.make import Files
from tests.tools.kills import unlike
from tests.tools.turnproxy import Point

PATIENCE_S = 90


@dataclass(frozen=True)
class State:
    """What is there: of each seed, by its version, whatever its rows or its script made; and the records of the ledger.

    wrong  what a killed run has left and must not leave
    """

    marks: Mapping[str, Any]
    records: Mapping[str, Any]
    wrong: tuple[str, ...] = ()


class Proxy(Protocol):
    def arm(self, halt: Any) -> Any: ...
    def release(self) -> None: ...


class Ground(Protocol):
    """A new database in which `seed` has something to do, and a project for it."""

    def proxied(self) -> AbstractContextManager[tuple[Proxy, str]]:
        """A proxy before the server, and the target's URL through it."""

    def start(self, url: str | None = None) -> subprocess.Popen[str]:
        """`schemactl seed` as a process; None: without the proxy."""

    def passed(self, proxy: Any) -> int:
        """How many requests have passed that a run sends whatever the time."""

    def halt(self, nth: int, point: Point) -> Any:
        """A halt at one of those, from 1."""

    def settle(self) -> None:
        """Wait until the server is done with a dead run, whose lease is over."""

    def state(self) -> State: ...


Wrong = Callable[[State, State, State], Sequence[str]]


def whole(left: State, before: State, after: State) -> list[str]:
    """A seed is there in full with its record, or neither is."""
    return [
        f"{version}: {'recorded' if version in left.records else 'not recorded'}, and there is {mark}"
        for version, mark in left.marks.items()
        if mark != (after if version in left.records else before).marks[version]
    ]


def files(object_name: str, scripts: Files) -> dict[str, str]:
    """Seeds of places: 01 with rows that are there, that differ, that are new and that look others up; the scripts; 09
    with a CSV file of cities.

    object_name  how a seed names a kind of objects, with `{}` for its own name
    """
    rows = "".join(
        f'[[rows]]\nname = "p{number:02}"\nsize = {number}\nregion = {_region(object_name, number)}\n'
        for number in range(12)
    )
    cities = "name,country\n" + "".join(f"c{number},x{number}\n" for number in range(40))
    return {
        "01_places.toml": f'table = "{object_name.format("place")}"\nkey = "name"\n{rows}',
        **scripts,
        "09_cities.toml": f'table = "{object_name.format("city")}"\nkey = "name"\ncsv = "cities.csv"\n',
        "cities.csv": cities,
    }


def _region(object_name: str, number: int) -> str:
    if number != 11:
        return '"north"'
    return f'{{ lookup = "{object_name.format("place")}", by = {{ name = "p00" }}, get = "name" }}'


# What is there of `place` before: name, size, region. Half of them differ from what the seed says.
THERE: Sequence[tuple[str, int, str]] = [
    (f"p{number:02}", number if number < 4 else -1, "north") for number in range(8)
]


def each_in(root: Path, make: Callable[[Path], Ground]) -> Callable[[], Ground]:
    """One ground after the other, each in a folder of its own below `root`."""
    numbers = itertools.count()
    return lambda: make(root / str(next(numbers)))


def check(
    grounds: Callable[[], Ground],
    points: Sequence[Point],
    *,
    seed: str,
    sample: int | None,
    wrong: Wrong = whole,
) -> None:
    """Kill a run at its requests and run it again.

    sample  so many requests for each point, of those behind the plan; None: all of the run
    """
    undisturbed = grounds()
    before = undisturbed.state()
    with undisturbed.proxied() as (proxy, url):
        _succeeded(undisturbed.start(url))
        count = undisturbed.passed(proxy)
    after = undisturbed.state()
    assert set(after.records) == set(after.marks) and before.records == {}
    _succeeded(undisturbed.start())
    assert undisturbed.state() == after, "a second run changed something"

    def killed(nth: int, point: Point) -> State:
        ground = grounds()
        left = _killed(ground, nth, point)
        told = tuple(wrong(left, before, after))
        _succeeded(ground.start())
        return replace(ground.state(), wrong=told)

    # A plan is made first, which writes nothing.
    places = range(1 if sample is None else count // 2, count + 1)
    assert unlike(places, points, killed, after, seed=seed, sample=sample) == []


def _killed(ground: Ground, nth: int, point: Point) -> State:
    """What is there after a run was killed at a request."""
    with ground.proxied() as (proxy, url):
        halt = proxy.arm(ground.halt(nth, point))
        child = ground.start(url)
        while child.poll() is None and not halt.reached.wait(0.02):
            pass
        child.send_signal(signal.SIGKILL)
        said, _ = child.communicate()
        assert halt.reached.is_set(), f"the run did not come to {point} of request {nth}:\n{said}"
        with contextlib.suppress(OSError):
            proxy.release()
    ground.settle()
    return ground.state()


def _succeeded(child: subprocess.Popen[str]) -> None:
    said, _ = child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 0, said
