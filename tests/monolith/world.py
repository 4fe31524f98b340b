"""What all tables of one monolith agree on: how many rows each has, and whose rows are whose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.monolith.draws import mixed, octets
from tests.monolith.spread import Spread, uneven
from tests.monolith.table import Chunk, Columns

#: The period of what is drawn once and asked for by row from several tables. A prime, so that it falls into no step
#: with the period of a spread.
PATTERN = 16_381

Make = Callable[["World", Chunk], Columns]


@dataclass(frozen=True)
class World:
    """`sizes` are rows by table; `spreads` whose rows are whose, by child table; `key` is of platform and seed."""

    key: str
    sizes: Mapping[str, int]
    spreads: Mapping[str, Spread]
    patterns: Mapping[str, bytes]

    def salt(self, name: str) -> int:
        return int.from_bytes(octets(f"{self.key} salt {name}", 8), "little")

    def pattern(self, name: str, first: int, count: int) -> bytes:
        """Octets of rows `first` … of the pattern `name`, the same from wherever they are asked for."""
        period = self.patterns[name]
        first %= PATTERN
        return (period[first:] + period * (count // PATTERN + 1))[:count]

    def one(self, name: str, number: int, limit: int) -> int:
        """A number below `limit` that belongs to `number`, the same from wherever it is asked for."""
        return mixed(self.salt(name), number) * limit >> 64


def pattern(key: str, name: str) -> bytes:
    return octets(f"{key} pattern {name}", PATTERN)


def shared_out(rows: int, shares: Mapping[str, int], least: Mapping[str, int], rest: str) -> dict[str, int]:
    """Rows by table: by share, at least `least`; `rest` is the table that takes what is left of `rows`."""
    whole = sum(shares.values())
    sizes = {name: max(rows * share // whole, least.get(name, 12)) for name, share in shares.items()}
    sizes[rest] += rows - sum(sizes.values())
    return sizes


def spread_over(key: str, sizes: Mapping[str, int], child: str, parent: str, most: int) -> Spread:
    return uneven(f"{key} {child}", parents=sizes[parent], rows=sizes[child], most=most)
