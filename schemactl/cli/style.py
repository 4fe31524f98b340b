"""Colours and widths of a terminal, by NO_COLOR, TERM and COLUMNS. Pure text: writes nothing."""

from __future__ import annotations

import os
import shutil
from typing import NamedTuple, TextIO

_PIPE_WIDTH = 120
_LEAST_WIDTH = 40


def is_terminal(stream: TextIO) -> bool:
    """A terminal that understands control codes."""
    try:
        return stream.isatty() and os.environ.get("TERM") != "dumb"
    except ValueError:
        return False


def width() -> int:
    """Columns of the terminal, or COLUMNS; 120 for a pipe."""
    return max(_LEAST_WIDTH, shutil.get_terminal_size((_PIPE_WIDTH, 24)).columns)


class Style(NamedTuple):
    """Colours where they are wanted, the bare text elsewhere."""

    colours: bool

    @classmethod
    def of(cls, stream: TextIO) -> Style:
        # no-color.org: present and not empty, whatever its value.
        return cls(is_terminal(stream) and not os.environ.get("NO_COLOR"))

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colours and text else text

    def bold(self, text: str) -> str:
        return self._in("1", text)

    def dim(self, text: str) -> str:
        return self._in("2", text)

    def red(self, text: str) -> str:
        return self._in("31", text)

    def green(self, text: str) -> str:
        return self._in("32", text)

    def yellow(self, text: str) -> str:
        return self._in("33", text)


def shortened(text: str, columns: int) -> str:
    """One line of at most `columns` characters: white space folded, the end left out for `…`."""
    # Only so much of a text of megabytes is looked at.
    flat = " ".join(text[: columns * 8 + 200].split())
    columns = max(columns, 8)
    return flat if len(flat) <= columns else flat[: columns - 1].rstrip() + "…"
