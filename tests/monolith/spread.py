"""How many rows belong to each parent, and which: answered for any parent or row without counting from the first.

Counts are uneven and repeat with a period, so that a table of millions takes no more memory than a small one.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from tests.monolith.draws import mixed, numbers

PERIOD = 1024


class Spread:
    """Rows 0 … `rows` - 1 of a child table, in the order of their parents 0 … `parents` - 1."""

    def __init__(self, counts: Sequence[int], *, parents: int, rows: int | None = None) -> None:
        """`counts` of the first parents, repeated for the next ones; `rows` cuts off what is too much."""
        self._starts = array("Q", [0, *accumulate(counts)])
        self._period, self._sum = len(counts), sum(counts)
        self.parents = parents
        self.rows = self._uncut(parents) if rows is None else rows
        if self.rows > self._uncut(parents):
            raise ValueError(f"{self.rows} rows are more than these {parents} parents have")

    def _uncut(self, parent: int) -> int:
        return parent // self._period * self._sum + self._starts[parent % self._period]

    def first(self, parent: int) -> int:
        """The first row of this parent; of the one after the last: the number of rows."""
        return min(self.rows, self._uncut(parent))

    def count(self, parent: int) -> int:
        return self.first(parent + 1) - self.first(parent)

    def parent(self, row: int) -> int:
        """Whose row this is."""
        period, within = divmod(row, self._sum)
        return period * self._period + bisect_right(self._starts, within) - 1

    def runs(self, first: int, count: int) -> Iterator[tuple[int, int, int]]:
        """(parent, number within it of the first row, how many rows) for each parent of `count` rows from `first`."""
        end = first + count
        parent = self.parent(first) if count else 0
        while first < end:
            begin, stop = self.first(parent), min(end, self.first(parent + 1))
            if stop > first:
                yield parent, first - begin, stop - first
                first = stop
            parent += 1


def uneven(key: str, *, parents: int, rows: int, most: int) -> Spread:
    """`rows` over `parents`: a few have many, many have few, none has more than `most`."""
    if rows > parents * most:
        raise ValueError(f"{key}: {rows} rows do not fit {parents} parents of at most {most}")
    period = min(PERIOD, parents)
    # By its mixed number each parent of the period has its place in the order of the busy and the quiet.
    salts = list(numbers(f"spread {key}", period))
    order = sorted(range(period), key=lambda place: (salts[place], place))
    whole = -(-rows * period // parents)
    while True:
        counts = [0] * period
        for place, share in zip(order, _shares(period, whole, most), strict=True):
            counts[place] = share
        spread = Spread(counts, parents=parents)
        if spread.rows >= rows:
            return Spread(counts, parents=parents, rows=rows)
        whole += max(1, whole // 50)


def _shares(places: int, whole: int, most: int) -> list[int]:
    """`whole` in parts that fall like 1 / (rank + 4), each at most `most`."""
    scale = sum(1_000_000 // (rank + 4) for rank in range(places))
    parts = [min(most, whole * (1_000_000 // (rank + 4)) // scale) for rank in range(places)]
    left = min(whole, places * most) - sum(parts)
    rank = 0
    while left > 0:
        more = min(most - parts[rank], max(1, left // places), left)
        parts[rank] += more
        left -= more
        rank = (rank + 1) % places
    return parts


def partners(salt: int, parent: int, first: int, count: int, *, whole: int, among: int) -> list[int]:
    """Different numbers below `among`, for a parent that has `whole` of them in all: those from `first` on.

    Every fourth, as long as there are any, is one of the first fortieth: a few take part in much.
    """
    drawn = mixed(salt, parent)
    busy = max(1, among // 40)
    of_busy = min(busy, whole // 4)
    quiet = among - busy
    if whole - of_busy > quiet:
        raise ValueError(f"{whole} different ones are not among {among}")
    low, step = drawn & 0xFFFFFFFF, _step(drawn >> 32, busy)
    found = [(low + place * step) % busy for place in range(first, min(first + count, of_busy))]
    step = _step(drawn >> 32, quiet)
    return found + [busy + (low + place * step) % quiet for place in range(max(first, of_busy), first + count)]


def _step(wanted: int, size: int) -> int:
    """A step that meets every number below `size` once before it meets one again."""
    step = wanted % size or 1
    while math.gcd(step, size) != 1:
        step += 1
    return step
