"""The tokens of a ClickHouse statement, and a reader that walks over them. Says what is written, not what it does.

Source: ClickHouse's dbms/src/Parsers/Lexer.cpp.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r"[A-Za-z_][A-Za-z0-9_$]*+"
    r"|'(?:\\.|''|[^'\\])*+'"
    r'|"(?:\\.|""|[^"\\])*+"'
    r"|`(?:\\.|``|[^`\\])*+`"
    r"|\$([A-Za-z0-9_]*+)\$.*?\$\1\$"
    r"|[0-9][0-9A-Za-z_.]*+"
    r"|\|\||[<>!=]=|<>|->|::"
    r"|\S",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_LETTERS: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "b": "\b", "f": "\f", "a": "\a", "v": "\v"}
_QUOTES: Final = "'\"`"


def tokens(normal: str) -> list[str]:
    """The tokens of a normal form, as written; a string, a heredoc and a quoted name are one token each."""
    return [found.group() for found in _TOKEN.finditer(normal)]


def unquoted(token: str) -> str:
    """A name or a string without its quotes and escapes; anything else as it is."""
    if len(token) < 2 or token[0] not in _QUOTES:
        return token
    quote, inner = token[0], token[1:-1]
    return _ESCAPE.sub(lambda found: _LETTERS.get(found[1], found[1]), inner.replace(quote * 2, quote))


class Name(NamedTuple):
    """A table, view or dictionary as a statement names it. `database`: "" for the session's."""

    database: str
    table: str

    def __str__(self) -> str:
        return f"{self.database}.{self.table}" if self.database else self.table


class Reader:
    """A place in the tokens of one statement. Words are asked for in upper case; past the end every token is ""."""

    __slots__ = ("at", "end", "tokens", "words")

    def __init__(self, found: list[str]) -> None:
        self.tokens = found
        self.words = [token.upper() for token in found]
        self.at = 0
        self.end = len(found)

    @property
    def word(self) -> str:
        return self.words[self.at] if self.at < self.end else ""

    def next(self) -> str:
        """The word here; the reader goes past it."""
        word = self.word
        self.at += 1
        return word

    def takes(self, *words: str) -> bool:
        """Whether exactly these words stand here; if so, the reader goes past them."""
        stop = self.at + len(words)
        if tuple(self.words[self.at : stop]) != words:
            return False
        self.at = stop
        return True

    def skip(self, *words: str) -> None:
        """Past these words, each as often and in whatever order they stand."""
        while self.at < self.end and self.words[self.at] in words:
            self.at += 1

    def part(self) -> str:
        """One name or string here, without its quotes; "" past the end."""
        if self.at >= self.end:
            return ""
        self.at += 1
        return unquoted(self.tokens[self.at - 1])

    def name(self) -> Name:
        """`table` or `database.table` here."""
        first = self.part()
        if self.word != ".":
            return Name("", first)
        self.at += 1
        return Name(first, self.part())

    def cluster(self) -> str:
        """The cluster of an ON CLUSTER that stands here; "" where none does."""
        return self.part() if self.takes("ON", "CLUSTER") else ""

    def outer(self) -> list[tuple[int, str]]:
        """The words outside parentheses from here on, each with its place."""
        found, depth = [], 0
        for at in range(self.at, self.end):
            word = self.words[at]
            if word in ("(", "["):
                depth += 1
            elif word in (")", "]"):
                depth -= 1
            elif not depth:
                found.append((at, word))
        return found

    def parts(self) -> list[Reader]:
        """The rest, cut at its commas outside parentheses."""
        cuts = [at for at, word in self.outer() if word == ","]
        starts = [self.at, *(at + 1 for at in cuts)]
        return [Reader(self.tokens[start:end]) for start, end in zip(starts, [*cuts, self.end], strict=True)]
