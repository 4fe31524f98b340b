"""Cypher as tokens: words, quoted names, values and signs, comments left out. Pure.

source  Cypher manual, "Parsing", "Comments", "Naming rules"
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

Sort = Literal["word", "name", "value", "sign"]

_TOKEN: Final = re.compile(
    r"""(?P<skip>//[^\n\r]*|/\*.*?\*/|\s+)|`(?P<name>(?:[^`]|``)*)`|(?P<value>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\d[\w.]*)"""
    r"""|(?P<word>[^\W\d]\w*)|(?P<sign>.)""",
    re.DOTALL,
)


class Token(NamedTuple):
    """One token: a bare word in upper case, a quoted name as it is between its quotes, a value, or a sign.

    text  as written, without a name's quotes
    at    where it begins in the statement's text, and where it ends
    """

    sort: Sort
    text: str
    at: int
    end: int

    def __str__(self) -> str:
        return self.text.upper() if self.sort == "word" else self.text

    def says(self, *words: str) -> bool:
        """Whether it is one of these words or signs, unquoted."""
        return self.sort in ("word", "sign") and str(self) in words


def tokens(text: str) -> tuple[Token, ...]:
    """All tokens of a statement, comments and white space left out."""
    found = []
    for match in _TOKEN.finditer(text):
        sort = match.lastgroup
        if sort == "skip" or sort is None:
            continue
        value = match[sort].replace("``", "`") if sort == "name" else match[sort]
        found.append(Token(sort, value, match.start(), match.end()))  # type: ignore[arg-type]
    return tuple(found)
