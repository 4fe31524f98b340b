"""Runs that are killed at places of an undisturbed one, each set against where that one ended."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

_Place = TypeVar("_Place")
_Point = TypeVar("_Point", bound=str)
_End = TypeVar("_End")


def unlike(
    places: Sequence[_Place],
    points: Sequence[_Point],
    killed: Callable[[_Place, _Point], _End],
    expected: _End,
    *,
    seed: str,
    sample: int | None,
) -> list[tuple[_Point, _Place, _End]]:
    """Every killed run that did not end where the undisturbed one did.

    killed  kills a run at this place and point, recovers, runs again, and says where that ended
    sample  so many places for each point, drawn by `seed`; None: all of them
    """
    found = []
    for point in points:
        chosen = places if sample is None else random.Random(f"{seed}{point}").sample(places, sample)
        assert chosen
        for place in chosen:
            end = killed(place, point)
            if end != expected:
                found.append((point, place, end))
    return found
