"""An order in which things can be made: each behind what it needs, else as they were given."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

NOTHING: frozenset[int] = frozenset()


class Needs(NamedTuple):
    """The places of the things that one needs: for sure, and perhaps (left aside where that would be a circle)."""

    sure: AbstractSet[int]
    perhaps: AbstractSet[int] = NOTHING


def need_order(needs: Sequence[Needs]) -> list[int]:
    """The places of all things. One that needs itself, by whatever way round, comes in its place among the rest."""
    both = [set(one.sure | one.perhaps) - {at} for at, one in enumerate(needs)]
    sure = [set(one.sure) - {at} for at, one in enumerate(needs)]
    needed_by: list[list[int]] = [[] for _ in needs]
    for at, wanted in enumerate(both):
        for place in wanted:
            needed_by[place].append(at)
    ready = [at for at, wanted in enumerate(both) if not wanted]
    heapq.heapify(ready)
    left, found = dict.fromkeys(range(len(needs))), []
    while left:
        at = heapq.heappop(ready) if ready else _least(left, sure)
        if at not in left:
            continue
        del left[at]
        found.append(at)
        for other in needed_by[at]:
            both[other].discard(at)
            sure[other].discard(at)
            if not both[other] and other in left:
                heapq.heappush(ready, other)
    return found


def _least(left: dict[int, None], sure: Sequence[AbstractSet[int]]) -> int:
    """Of things that stand in a circle: the first that surely needs none of the others, or else the first."""
    return next((at for at in left if not sure[at]), next(iter(left)))
