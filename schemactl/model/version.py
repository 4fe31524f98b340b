"""A migration's version: digits of any width, compared as a number, kept as written."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import total_ordering


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """`Version("007") == Version("7")`, and `str()` gives back what was written.

    raises  ValueError where the text is not `[0-9]+` in ASCII digits
    """

    text: str
    number: int = field(init=False)

    def __post_init__(self) -> None:
        if not (self.text.isascii() and self.text.isdigit()):
            raise ValueError(f"{self.text!r} is not a version: digits only")
        object.__setattr__(self, "number", int(self.text))

    def __eq__(self, other: object) -> bool:
        return self.number == other.number if isinstance(other, Version) else NotImplemented

    def __lt__(self, other: Version) -> bool:
        return self.number < other.number

    def __hash__(self) -> int:
        return hash(self.number)

    def __str__(self) -> str:
        return self.text
