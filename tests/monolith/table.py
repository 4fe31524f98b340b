"""What a table of a monolith is made of: columns of text, in chunks of rows that can each be made alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tests.monolith import moments
from tests.monolith.awkward import NULL
from tests.monolith.draws import looked_up, numbers, octets

#: How many rows are made at once. Draws are of a chunk: another size makes other data.
CHUNK_ROWS = 8192

#: The columns of a table in the order in which they are copied, as COPY text without separators.
Columns = dict[str, Iterable[str]]


@dataclass(frozen=True)
class Chunk:
    """Rows `first` … `first + count - 1` of a table of `total`; `key` is of the seed and the table."""

    key: str
    first: int
    count: int
    total: int

    @property
    def rows(self) -> range:
        return range(self.first, self.first + self.count)

    def _key(self, column: str) -> str:
        return f"{self.key} {column} {self.first}"

    def octets(self, column: str) -> bytes:
        return octets(self._key(column), self.count)

    def numbers(self, column: str) -> Sequence[int]:
        """From 0 to 2**32 - 1."""
        return numbers(self._key(column), self.count)

    def pick(self, column: str, table: Sequence[str]) -> list[str]:
        """One of the 256 values of `table` for each row."""
        return looked_up(table, self.octets(column))

    def below(self, column: str, limit: int) -> list[int]:
        """From 0 to `limit` - 1, all alike."""
        return [number * limit >> 32 for number in self.numbers(column)]

    def skewed(self, column: str, limit: int) -> list[int]:
        """From 0 to `limit` - 1, the small ones often: a hundredth of them gets a fifth."""
        return [number * number * number * limit >> 96 for number in self.numbers(column)]

    def digits(self, column: str, size: int) -> list[str]:
        """`size` hexadecimal digits for each row (`size` even), never two times the same in practice."""
        text = octets(self._key(column), self.count * size // 2).hex()
        return [text[place : place + size] for place in range(0, self.count * size, size)]

    def sparse(self, column: str, values: Iterable[str], null: int) -> list[str]:
        """`values`, NULL on `null` of 256."""
        drawn = octets(self._key(f"{column}?"), self.count)
        return [NULL if octet < null else value for value, octet in zip(values, drawn, strict=True)]

    def later(self, column: str, since: Iterable[int]) -> list[int]:
        """A moment between each of `since` and the end of the data."""
        drawn, end = self.numbers(column), moments.ENDED
        return [second + (number * (end - second) >> 32) for second, number in zip(since, drawn, strict=True)]

    @cached_property
    def seconds(self) -> list[int]:
        """When each row came, from the first to the last over the years."""
        return moments.evenly(self.first, self.count, self.total)


def ident(row: int) -> int:
    """The id of this row: in order, with gaps, as deleted rows and failed inserts leave them."""
    return 1 + row + row // 13 + row // 397 * 23


def idents(rows: Iterable[int]) -> list[str]:
    return [str(1 + row + row // 13 + row // 397 * 23) for row in rows]


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table.

    make      the columns of a chunk
    awkward   what stands in the first rows of these columns, whatever was drawn for them
    """

    name: str
    rows: int
    make: Callable[[Chunk], Columns]
    awkward: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def columns(self) -> list[str]:
        """Their names, in the order in which `chunks` has them."""
        return list(self.make(Chunk("", 0, 1, max(1, self.rows))))

    def weight(self) -> int:
        """About how many octets it is, by a few rows from its middle: what its work is measured by."""
        sample = Chunk("weight", self.rows // 2, min(16, self.rows - self.rows // 2), self.rows)
        return self.rows * len(self._rendered(sample)) // sample.count

    def chunks(self, key: str) -> Iterator[bytes]:
        """All rows as COPY text, in order."""
        for first in range(0, self.rows, CHUNK_ROWS):
            yield self._rendered(Chunk(f"{key} {self.name}", first, min(CHUNK_ROWS, self.rows - first), self.rows))

    def _rendered(self, chunk: Chunk) -> bytes:
        columns = {name: list(values) for name, values in self.make(chunk).items()}
        if chunk.first == 0:
            for name, values in self.awkward.items():
                columns[name][: len(values)] = values[: chunk.count]
        lines = map("\t".join, zip(*columns.values(), strict=True))
        # Each line on its own: one that is wide in memory, for a single character, does not make all of them so.
        return b"\n".join((*map(str.encode, lines), b""))
