"""A migration's version: digits of any width, compared as a number, kept as written."""

from __future__ import annotations

from functools import total_ordering
from typing import Final


@total_ordering
class Version:
    """`Version("007") == Version("7")`, and `str()` gives back what was written. Not to be changed once made.

    raises  ValueError where the text is not `[0-9]+` in ASCII digits
    """

    __slots__ = ("number", "text")

    def __init__(self, text: str) -> None:
        if not (text.isascii() and text.isdigit()):
            raise ValueError(f"{text!r} is not a version: digits only")
        self.text: Final = text
        self.number: Final = int(text)

    def __eq__(self, other: object) -> bool:
        return self.number == other.number if isinstance(other, Version) else NotImplemented

    def __lt__(self, other: Version) -> bool:
        return self.number < other.number

    def __hash__(self) -> int:
        return hash(self.number)

    def __repr__(self) -> str:
        return f"Version({self.text!r})"

    def __str__(self) -> str:
        return self.text
