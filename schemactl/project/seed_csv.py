"""The CSV file of a seed: text to rows (RFC 4180), an empty field told apart from an empty text. Reads no file.

Python's own reader does not tell them apart before 3.13. A row is read again each time it is asked for: what is kept of
a hundred thousand is the text and where each begins.
"""

from __future__ import annotations

import bisect
import itertools
import re
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, overload

from schemactl.errors import ConfigError
from schemactl.model.seed import SeedRow

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELD: Final = re.compile(r'(?:"((?:[^"]|"")*+)"|([^",\n]*+))(,|\n|\Z)')
_PIECE: Final = 1 << 20
Field = str | None


class CsvRows(Sequence[SeedRow]):
    """The rows of a file that was found to hold; `columns`: the fields that each of them has."""

    def __init__(self, text: str, shown: str, columns: tuple[str, ...], places: array[int], lines: array[int]) -> None:
        self._text = text
        self._shown = shown
        self._places = places
        self._lines = lines
        self.columns = columns

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> SeedRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[SeedRow]: ...
    def __getitem__(self, index: int | slice) -> SeedRow | list[SeedRow]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        line = self._lines[index]
        fields, _ = _record(self._text, self._places[index], self._shown, line)
        return SeedRow(dict(zip(self.columns, fields, strict=True)), f"{self._shown}:{line}")

    @property
    def passes_as_it_is(self) -> bool:
        """Whether every reader of RFC 4180 finds in `pieces` what is found here: no NUL, no CR, no mark of an end."""
        return not any(odd in self._text for odd in ("\0", "\r", "\\."))

    def pieces(self) -> Iterator[str]:
        """The text as the file has it, the names of the columns in front."""
        for at in range(0, len(self._text), _PIECE):
            yield self._text[at : at + _PIECE]

    def row_of_line(self, line: int) -> int | None:
        """The row, from 0, that a line of the file belongs to, from 1; None for the columns' names."""
        found = bisect.bisect_right(self._lines, line) - 1
        return found if found >= 0 else None


def rows_of(text: str, *, shown: str) -> CsvRows:
    """The rows; the first line names the columns.

    text    newlines as LF
    raises  ConfigError, kind `csv`, with the line of what is wrong
    """
    records = _records(text, shown)
    header = next(records, None)
    if header is None:
        raise _wrong("the file is empty", shown, 1, "name the columns in its first line")
    columns = _columns(header[2], shown)
    if '"' not in text:
        return CsvRows(text, shown, columns, *_line_by_line(text, columns, shown))
    places, lines = array("Q"), array("Q")
    for place, line, fields in records:
        if len(fields) != len(columns):
            raise _ragged(len(fields), columns, shown, line)
        places.append(place)
        lines.append(line)
    return CsvRows(text, shown, columns, places, lines)


def _line_by_line(text: str, columns: tuple[str, ...], shown: str) -> tuple[array[int], array[int]]:
    """Where each record begins, and in which line: without quotes a line is a record."""
    records = text.split("\n")
    if not records[-1]:
        del records[-1]
    commas = len(columns) - 1
    for number, record in enumerate(records, 1):
        if record.count(",") != commas:
            raise _ragged(record.count(",") + 1, columns, shown, number)
    places = array("Q", itertools.accumulate((len(record) + 1 for record in records[:-1]), initial=0))
    return places[1:], array("Q", range(2, len(records) + 1))


def _ragged(fields: int, columns: tuple[str, ...], shown: str, line: int) -> ConfigError:
    return _wrong(
        f"the line has {fields} fields, and the first one names {len(columns)} columns",
        shown,
        line,
        "correct the line; a text with a comma in it stands in double quotes",
    )


def _columns(header: list[Field], shown: str) -> tuple[str, ...]:
    names = tuple(name for name in header if name and name.strip() == name)
    if len(names) != len(header):
        raise _wrong("a column without a name, or with white space around it", shown, 1, "name every column")
    for index, name in enumerate(names):
        if name in names[:index]:
            raise _wrong(f"the column `{name}` stands twice", shown, 1, "remove one of the two")
    return names


def _records(text: str, shown: str) -> Iterator[tuple[int, int, list[Field]]]:
    """Each record with where and in which line it begins."""
    at, line, end = 0, 1, len(text)
    while at < end:
        fields, stop = _record(text, at, shown, line)
        yield at, line, fields
        line += text.count("\n", at, stop)
        at = stop


def _record(text: str, at: int, shown: str, line: int) -> tuple[list[Field], int]:
    """The record that begins at a place, and where the next one begins."""
    stop = text.find("\n", at)
    stop = len(text) if stop < 0 else stop
    if text.find('"', at, stop) >= 0:
        return _quoted(text, at, shown, line)
    return [field or None for field in text[at:stop].split(",")], stop + 1


def _quoted(text: str, at: int, shown: str, line: int) -> tuple[list[Field], int]:
    fields: list[Field] = []
    while True:
        match = _FIELD.match(text, at)
        if match is None:
            raise _wrong(
                "a quote that nothing closes, or one within a field that has none around it",
                shown,
                line,
                'write the whole field in double quotes, and each quote in it twice: "a ""b"" c"',
            )
        quoted, bare, behind = match.groups()
        fields.append(quoted.replace('""', '"') if quoted is not None else bare or None)
        at = match.end()
        if behind != ",":
            return fields, at


def _wrong(what: str, shown: str, line: int, do: str) -> ConfigError:
    return ConfigError(what, at=f"{shown}:{line}", do=do, kind="csv")
