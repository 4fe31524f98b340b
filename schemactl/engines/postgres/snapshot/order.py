"""Puts parts into an order in which each has what it needs, and as near as may be to the order of their places."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from schemactl.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemactl.engines.postgres.snapshot.part import Key, Part
    from schemactl.model.catalog import Identity


def ordered(parts: Iterable[Part]) -> list[Part]:
    """The parts in order; always the same for the same parts.

    A wish is dropped where it closes a circle. A circle of needs is opened by what one of its parts can be made of.
    raises  UnsupportedError for a circle that cannot be opened
    """
    todo = list(parts)
    while True:
        graph = _Graph(todo)
        circle = graph.run()
        if not circle:
            return graph.done
        todo = _opened(todo, circle)


def _opened(parts: list[Part], circle: list[Part]) -> list[Part]:
    for one in sorted(circle, key=lambda part: part.place):
        made = one.loosened() if one.loosened is not None else ()
        if len(made) > 1:
            return [other for other in parts if other is not one] + list(made)
    names = ", ".join(str(one.block) for one in sorted(circle, key=lambda part: part.place))
    raise UnsupportedError(
        f"these need one another, and no order of statements makes them: {names}",
        do="let one of them do without the other, in a migration",
        kind="circle",
    )


class _Graph:
    """Kahn's algorithm over a heap of the parts that are ready."""

    def __init__(self, parts: list[Part]) -> None:
        self._parts = sorted(parts, key=lambda part: part.place)
        self.done: list[Part] = []
        self._beside: dict[tuple[int, Identity], list[int]] = {}
        bringing: dict[Key, list[int]] = {}
        for at, part in enumerate(self._parts):
            for key in part.brings:
                bringing.setdefault(key, []).append(at)
        self._needs = [self._found(bringing, part.all_needs(), at) for at, part in enumerate(self._parts)]
        self._wishes = [self._found(bringing, part.wishes, at) - self._needs[at] for at, part in enumerate(self._parts)]
        self._after: list[list[int]] = [[] for _ in self._parts]
        for at in range(len(self._parts)):
            for before in self._needs[at] | self._wishes[at]:
                self._after[before].append(at)

    @staticmethod
    def _found(bringing: dict[Key, list[int]], keys: Iterable[Key], own: int) -> set[int]:
        return {at for key in keys for at in bringing.get(key, ()) if at != own}

    def run(self) -> list[Part]:
        """Fill `done`; a circle of needs that stops it, or nothing."""
        self._ready = [at for at in range(len(self._parts)) if self._is_ready(at)]
        left = set(range(len(self._parts)))
        while left:
            at = self._next(left)
            if at is None:
                circle = self._circle(min(left))
                wishing = [at for at, before in circle if before in self._wishes[at]]
                if not wishing:
                    return [self._parts[at] for at, _ in circle]
                self._drop(min(wishing), circle)
                continue
            left.discard(at)
            self.done.append(self._parts[at])
            for after in self._after[at]:
                self._needs[after].discard(at)
                self._wishes[after].discard(at)
                if self._is_ready(after):
                    self._push(after)
        return []

    def _next(self, left: set[int]) -> int | None:
        """The first that is ready of what belongs to the last one; else the first of all; None where none is ready."""
        beside = self._beside.get(self._group(self.done[-1]), []) if self.done else []
        for ready in (beside, self._ready):
            while ready:
                at = heapq.heappop(ready)
                if at in left:
                    return at
        return None

    def _push(self, at: int) -> None:
        heapq.heappush(self._ready, at)
        heapq.heappush(self._beside.setdefault(self._group(self._parts[at]), []), at)

    @staticmethod
    def _group(part: Part) -> tuple[int, Identity]:
        return part.place.rank, part.place.owner

    def _is_ready(self, at: int) -> bool:
        return not self._needs[at] and not self._wishes[at]

    def _circle(self, at: int) -> list[tuple[int, int]]:
        """Follow what is missing until it comes round: pairs of a part and the one that it waits for."""
        walked: list[int] = []
        seen: dict[int, int] = {}
        while at not in seen:
            seen[at] = len(walked)
            walked.append(at)
            at = min(self._needs[at] or self._wishes[at])
        ring = walked[seen[at] :]
        return list(zip(ring, [*ring[1:], ring[0]], strict=True))

    def _drop(self, at: int, circle: list[tuple[int, int]]) -> None:
        before = dict(circle)[at]
        self._wishes[at].discard(before)
        self._after[before] = [one for one in self._after[before] if one != at]
        if self._is_ready(at):
            self._push(at)
