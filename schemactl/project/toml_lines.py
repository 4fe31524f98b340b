"""Where each key of a TOML text stands, since `tomllib` does not say. Locates only: values are tomllib's to read.

The text has been read by tomllib before, so it is correct TOML, and this scanner only has to tell keys from the rest.
Source of the grammar: TOML 1.0.0, https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

Key = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_NAME = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|[A-Za-z0-9_-]+')
# A multi-line string may end in one or two quotes of its own before the three that close it.
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\])*"|\'[^\']*\'',
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]+")


def lines_of(text: str) -> dict[Key, int]:
    """The one-based line of every key, table, array and array element, by its path.

    text     correct TOML, newlines as LF, without byte order mark
    returns  ("references", 1, "from") for the key `from` of the second `[[references]]`; a table that several headers
             or dotted keys make has the line of its own header, else of the first that mentions it
    """
    scanner = _Scanner(text)
    scanner.document()
    return scanner.found


def line_of(lines: dict[Key, int], key: Key) -> int:
    """The line of `key`, or of the nearest table around it that has one; 1 where there is none."""
    while key:
        if key in lines:
            return lines[key]
        key = key[:-1]
    return 1


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Key, int] = {}
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._lengths: dict[Key, int] = {}  # of the arrays of tables

    def document(self) -> None:
        table: Key = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                table = self._header(2)
            elif self.text[self.at] == "[":
                table = self._header(1)
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _header(self, brackets: int) -> Key:
        line = self._line()
        self.at += brackets
        names = self._names()
        self.at += brackets
        path: Key = ()
        for name in names[:-1]:
            path = self._latest((*path, name))
            self.found.setdefault(path, line)
        path = (*path, names[-1])
        if brackets == 2:
            self.found.setdefault(path, line)
            self._lengths[path] = self._lengths.get(path, 0) + 1
            path = self._latest(path)
        self.found[path] = line
        return path

    def _latest(self, path: Key) -> Key:
        """The element that a header below an array of tables speaks of: the last one."""
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _pair(self, table: Key) -> None:
        line = self._line()
        path = table
        for name in self._names():
            path = (*path, name)
            self.found.setdefault(path, line)
        self.at += 1
        self._skip(_SPACE)
        self._value(path)

    def _names(self) -> list[str]:
        """The names of a dotted key; afterwards the position is at what follows it."""
        names = []
        while True:
            self._skip(_SPACE)
            raw = self._skip(_NAME)
            names.append(tomllib.loads(f"k = {raw}")["k"] if raw[0] in "\"'" else raw)
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return names
            self.at += 1

    def _value(self, path: Key) -> None:
        first = self.text[self.at]
        if first in "\"'":
            self._skip(_STRING)
        elif first == "[":
            self._array(path)
        elif first == "{":
            self._inline(path)
        else:
            self._skip(_SCALAR)

    def _array(self, path: Key) -> None:
        self.at += 1
        index = 0
        self._skip(_BLANK)
        while self.text[self.at] != "]":
            self.found[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1
            self._comma()
        self.at += 1

    def _inline(self, path: Key) -> None:
        self.at += 1
        self._skip(_BLANK)
        while self.text[self.at] != "}":
            self._pair(path)
            self._comma()
        self.at += 1

    def _comma(self) -> None:
        self._skip(_BLANK)
        if self.text[self.at] == ",":
            self.at += 1
            self._skip(_BLANK)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"line {self._line()}: not TOML that tomllib accepts")
        self.at = match.end()
        return match.group()

    def _line(self) -> int:
        return bisect_right(self._starts, self.at)
