"""Plain tables: columns aligned, or one paragraph a row where the terminal is too narrow. Returns lines."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from schemactl.cli.style import Style, width

_GAP = 2
_LEAST_LAST = 20

Paint = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`paint` colours a cell after it was measured; `right` aligns numbers."""

    title: str
    right: bool = False
    paint: Paint | None = None

    def painted(self, cell: str) -> str:
        return self.paint(cell) if self.paint and cell else cell


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], style: Style) -> list[str]:
    """The lines of a table. Nothing is cut off: the last column wraps, and what does not fit is stacked."""
    sizes = [max(len(column.title), *(len(row[i]) for row in rows)) for i, column in enumerate(columns)]
    room = width() - sum(sizes[:-1]) - _GAP * (len(columns) - 1)
    if room < min(sizes[-1], _LEAST_LAST):
        return [line for row in rows for line in _stacked(columns, row, style)]
    sizes[-1] = min(sizes[-1], room)
    titles = [column.title for column in columns]
    head = style.dim(_line(titles, [Column(title="", right=column.right) for column in columns], sizes).rstrip())
    return [head, *(line for row in rows for line in _wrapped(columns, row, sizes))]


def _wrapped(columns: Sequence[Column], row: Sequence[str], sizes: Sequence[int]) -> Iterator[str]:
    first, *more = textwrap.wrap(row[-1], sizes[-1], break_on_hyphens=False, break_long_words=False) or [""]
    yield _line([*row[:-1], first], columns, sizes).rstrip()
    indent = " " * (sum(sizes[:-1]) + _GAP * (len(columns) - 1))
    yield from (indent + columns[-1].painted(line) for line in more)


def _line(cells: Sequence[str], columns: Sequence[Column], sizes: Sequence[int]) -> str:
    parts = []
    for cell, column, size in zip(cells, columns, sizes, strict=True):
        padding = " " * (size - len(cell))
        parts.append(padding + column.painted(cell) if column.right else column.painted(cell) + padding)
    return (" " * _GAP).join(parts)


def _stacked(columns: Sequence[Column], row: Sequence[str], style: Style) -> Iterator[str]:
    """The first cell, then the others with their titles below it, as many on a line as fit."""
    yield columns[0].painted(row[0])
    line, length = "", 0
    for column, cell in zip(columns[1:], row[1:], strict=True):
        if not cell:
            continue
        size = len(column.title) + 1 + len(cell)
        if line and length + _GAP + size > width() - _GAP:
            yield f"  {line}"
            line, length = "", 0
        joint = " " * _GAP if line else ""
        line += f"{joint}{style.dim(column.title)} {column.painted(cell)}"
        length += len(joint) + size
    if line:
        yield f"  {line}"
