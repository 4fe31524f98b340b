"""The tokens of a PostgreSQL statement, and a reader that walks over them. Says what is written, not what it does.

Source: PostgreSQL 18 manual, "Lexical Structure".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from schemactl.script.syntax import POSTGRES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Words come first, being most of all tokens; a letter that belongs to the string behind it begins none.
_PLAIN: Final = (
    rf"(?![eEbBxXnN]'|[uU]&['\"]){POSTGRES.name_start}{POSTGRES.name_part}*+"
    r"|[eE]'(?:\\.|''|[^'\\])*+'|(?:[bBxXnN]|[uU]&)?'(?:''|[^'])*+'"
    r'|(?:[uU]&)?"(?:""|[^"])*+"|[0-9][0-9A-Za-z_.]*+|[^\s]'
)
_COMMENT: Final = r"--[^\n\r]*+|/\*.*?\*/"
_SIMPLE: Final = re.compile(_PLAIN, re.DOTALL)
_DOLLAR: Final = re.compile(rf"(\$([^\s$]*+)\$.*?\$\2\$|{_PLAIN})", re.DOTALL)
_CODE: Final = re.compile(rf"(\$([^\s$]*+)\$.*?\$\2\$|{_COMMENT}|{_PLAIN})", re.DOTALL)
_BODY: Final = re.compile(r"\$([^\s$]*+)\$(.*)\$\1\$", re.DOTALL)
_LOWER: Final = re.compile(r"[a-z_][a-z0-9_$]*")


def tokens(normal: str) -> list[str]:
    """The tokens of a normal form, as written; a string, a dollar quote and a quoted name are one token each."""
    if "$" not in normal:
        return _SIMPLE.findall(normal)
    return [whole for whole, _ in _DOLLAR.findall(normal)]


def code(block: str) -> list[str]:
    """The tokens of a body: `block` is the string with its quotes; comments in it are left out; [] for no string."""
    body = _BODY.fullmatch(block)
    if body is None and not block.endswith("'"):
        return []
    text = body.group(2) if body else block[block.index("'") + 1 : -1].replace("''", "'")
    return [whole for whole, _ in _CODE.findall(text) if not whole.startswith(("--", "/*"))]


def folded(name: str) -> str:
    """The name as the server compares it: `Users`, `users` and `"users"` are one, `"Users"` is another."""
    if '"' not in name:
        return name.lower()
    inner = name[1:-1]
    return inner if _LOWER.fullmatch(inner) else name


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

    def skip(self, *words: str) -> None:
        """Past these words, each as often and in whatever order they stand."""
        while self.at < self.end and self.words[self.at] in words:
            self.at += 1

    def takes(self, *words: str) -> bool:
        """Whether exactly these words stand here; if so, the reader goes past them."""
        stop = self.at + len(words)
        if tuple(self.words[self.at : stop]) != words:
            return False
        self.at = stop
        return True

    def past(self, word: str) -> bool:
        """Go past the next `word`; False, and no move, where there is none."""
        try:
            self.at = self.words.index(word, self.at) + 1
        except ValueError:
            return False
        return True

    def group(self) -> list[str]:
        """The words between the parentheses that open here, those of inner ones among them; none where none opens."""
        if self.word != "(":
            return []
        start, depth = self.at + 1, 0
        while self.at < self.end:
            word = self.next()
            depth += (word == "(") - (word == ")")
            if not depth:
                break
        return self.words[start : self.at - 1]

    def name(self) -> str:
        """The name here as written, dots and all, without spaces; "" where none stands."""
        parts: list[str] = []
        while self.at < self.end:
            parts.append(self.tokens[self.at])
            self.at += 1
            if self.word != ".":
                break
            self.at += 1
        return ".".join(parts)

    def names(self, *before: str) -> list[str]:
        """A list of names parted by commas; `before` each may stand `before`, after it `*` and a list of columns."""
        found = []
        while self.at < self.end:
            self.skip(*before)
            found.append(self.name())
            self.skip("*")
            self.group()
            if not self.takes(","):
                break
        return found

    def after(self, word: str, read: Callable[[], list[str]]) -> Iterator[str]:
        """What `read` finds behind each `word` from here on."""
        while self.past(word):
            yield from read()

    def parts(self) -> Iterator[Reader]:
        """The rest, cut at its commas outside parentheses."""
        start, depth = self.at, 0
        if "," not in self.words:
            yield self
            return
        for at in range(self.at, self.end + 1):
            word = self.words[at] if at < self.end else ","
            depth += (word == "(") - (word == ")")
            if word == "," and (not depth or at == self.end):
                part = Reader.__new__(Reader)
                part.tokens, part.words = self.tokens[start:at], self.words[start:at]
                part.at, part.end = 0, at - start
                yield part
                start = at + 1
