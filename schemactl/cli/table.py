"""Plain tables: columns aligned, the last one wrapped to the terminal. Returns lines; writes nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemactl.cli.style import Style, shortened, width

_GAP = 2
_LEAST_LAST = 16

Paint = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`paint` colours a cell after it was measured; `right` aligns numbers."""

    title: str
    right: bool = False
    paint: Paint | None = None


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], style: Style) -> list[str]:
    """The lines of a table. Cells that do not fit are shortened, those of the last column wrapped."""
    sizes = [max(len(column.title), *(len(row[i]) for row in rows)) for i, column in enumerate(columns)]
    room = width() - _GAP * (len(columns) - 1)
    while sum(sizes[:-1]) + min(sizes[-1], _LEAST_LAST) > room and max(sizes[:-1]) > 8:
        widest = max(range(len(sizes) - 1), key=lambda index: sizes[index])
        sizes[widest] -= 1
    sizes[-1] = max(_LEAST_LAST, room - sum(sizes[:-1]))
    lines = [style.dim(_line([column.title for column in columns], columns, sizes).rstrip())]
    for row in rows:
        last = textwrap.wrap(row[-1], sizes[-1], break_on_hyphens=False) or [""]
        lines.append(_line([*row[:-1], last[0]], columns, sizes, painted=True).rstrip())
        indent = " " * (sum(sizes[:-1]) + _GAP * (len(columns) - 1))
        lines += [indent + more for more in last[1:]]
    return lines


def _line(cells: Sequence[str], columns: Sequence[Column], sizes: Sequence[int], *, painted: bool = False) -> str:
    parts = []
    for index, (cell, column, size) in enumerate(zip(cells, columns, sizes, strict=True)):
        text = shortened(cell, size) if index < len(columns) - 1 else cell
        padding = " " * max(0, size - len(text)) if index < len(columns) - 1 or column.right else ""
        shown = column.paint(text) if painted and column.paint else text
        parts.append(padding + shown if column.right else shown + padding)
    return (" " * _GAP).join(parts)
