"""The CSV file of a seed: text to rows (RFC 4180), an empty field told apart from an empty text. Reads no file.

Python's own reader does not tell them apart before 3.13.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from schemactl.errors import ConfigError
from schemactl.model.seed import SeedRow

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELD: Final = re.compile(r'(?:"((?:[^"]|"")*+)"|([^",\n]*+))(,|\n|\Z)')
Field = str | None


def rows_of(text: str, *, shown: str) -> tuple[SeedRow, ...]:
    """The rows; the first line names the columns.

    text    newlines as LF
    raises  ConfigError, kind `csv`, with the line of what is wrong
    """
    records = _records(text, shown)
    header = next(records, None)
    if header is None:
        raise _wrong("the file is empty", shown, 1, "name the columns in its first line")
    columns = _columns(header[1], shown)
    found = []
    for line, fields in records:
        if len(fields) != len(columns):
            raise _wrong(
                f"the line has {len(fields)} fields, and the first one names {len(columns)} columns",
                shown,
                line,
                "correct the line; a text with a comma in it stands in double quotes",
            )
        found.append(SeedRow(dict(zip(columns, fields, strict=True)), f"{shown}:{line}"))
    return tuple(found)


def _columns(header: list[Field], shown: str) -> list[str]:
    names = [name for name in header if name and name.strip() == name]
    if len(names) != len(header):
        raise _wrong("a column without a name, or with white space around it", shown, 1, "name every column")
    for index, name in enumerate(names):
        if name in names[:index]:
            raise _wrong(f"the column `{name}` stands twice", shown, 1, "remove one of the two")
    return names


def _records(text: str, shown: str) -> Iterator[tuple[int, list[Field]]]:
    """Each record with the line it begins in."""
    at, line, end = 0, 1, len(text)
    while at < end:
        stop = text.find("\n", at)
        stop = end if stop < 0 else stop
        if text.find('"', at, stop) < 0:
            yield line, [field or None for field in text[at:stop].split(",")]
            at, line = stop + 1, line + 1
            continue
        fields, stop = _quoted(text, at, shown, line)
        yield line, fields
        line += text.count("\n", at, stop)
        at = stop


def _quoted(text: str, at: int, shown: str, line: int) -> tuple[list[Field], int]:
    """A record that has a quote in it, and where the next one begins."""
    fields: list[Field] = []
    while True:
        match = _FIELD.match(text, at)
        if match is None:
            wrong = line + text.count("\n", 0, at) - text.count("\n", 0, text.rfind("\n", 0, at) + 1)
            raise _wrong(
                "a quote that nothing closes, or one within a field that has none around it",
                shown,
                wrong,
                'write the whole field in double quotes, and each quote in it twice: "a ""b"" c"',
            )
        quoted, bare, behind = match.groups()
        fields.append(quoted.replace('""', '"') if quoted is not None else bare or None)
        at = match.end()
        if behind != ",":
            return fields, at


def _wrong(what: str, shown: str, line: int, do: str) -> ConfigError:
    return ConfigError(what, at=f"{shown}:{line}", do=do, kind="csv")
