"""The first words of a statement, from its normal form: enough to tell what the statement is. Pure; decides nothing."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.script.syntax import Syntax

LIMIT: Final = 16
_HEAD: Final = 240


class Words:
    """The compiled form of one Syntax; `of` gives the shared one."""

    __slots__ = ("_quoting", "_simple", "_token")

    def __init__(self, syntax: Syntax) -> None:
        word = f"{syntax.name_start}{syntax.name_part}*+"
        operator = r"[+\-*/<>=~!@#%^&|?:]++"
        rest = rf"{word}|[0-9][0-9A-Za-z_.]*+|{operator}|[^{syntax.space}]"
        values: list[str] = []
        names: list[str] = []
        for quote in syntax.quotes:
            head = (f"[{quote.prefixes}]" if quote.prefixes else "") + re.escape(quote.opens)
            closes = re.escape(quote.closes)
            pairs = [*([closes * 2] if quote.doubled else []), *([r"\\."] if quote.backslash else [])]
            body = "|".join([*pairs, f"[^{closes}\\\\]" if quote.backslash else f"[^{closes}]"])
            (names if quote.name else values).append(f"{head}(?:{body})*+{closes}")
        # A language without dollar quotes has the group too, so that every language has the same ones.
        values.append(r"\$(?P<tag>[^\s$]*+)\$.*?\$(?P=tag)\$" if syntax.dollar_quotes else r"(?P<tag>(?!))")
        national = r"(?:[bBxXnN]|[uU]&)?" if syntax.copy else ""
        unicode = r"(?:[uU]&)?" if syntax.copy else ""
        self._token = re.compile(
            f"(?P<value>{national}(?:{'|'.join(values)}))|{unicode}(?P<name>{'|'.join(names)})|(?P<word>{rest})",
            re.DOTALL,
        )
        self._simple = re.compile(rest)
        opening = "".join(re.escape(quote.opens) for quote in syntax.quotes)
        self._quoting = re.compile(f"[{opening}$]")

    def first(self, normal: str) -> tuple[str, ...]:
        """The first tokens, at most 16; see Statement.words."""
        head = normal[:_HEAD]
        if self._quoting.search(head) is None:
            found: list[str] = self._simple.findall(head.upper())
            if len(found) > LIMIT or len(normal) <= _HEAD:
                return tuple(found[:LIMIT])
        elif len(normal) <= _HEAD:
            # In groups: the quoted value, its dollar tag, the quoted name, the word.
            groups = self._token.findall(normal)[:LIMIT]
            return tuple([word.upper() if word else name[1:-1] if name else "'" for _, _, name, word in groups])
        return tuple(islice(self._all(normal), LIMIT))

    def _all(self, normal: str) -> Iterator[str]:
        for token in self._token.finditer(normal):
            if token.lastgroup == "word":
                yield token.group().upper()
            elif token.lastgroup == "name":
                yield token.group("name")[1:-1]
            else:
                yield "'"

    def outer(self, normal: str) -> Iterator[str]:
        """The unquoted words outside parentheses, in upper case, all of them."""
        depth = 0
        for token in self._token.finditer(normal):
            if token.lastgroup == "word":
                word = token.group()
                depth += (word == "(") - (word == ")")
                if not depth:
                    yield word.upper()
            elif not depth:
                yield "'"


@cache
def of(syntax: Syntax) -> Words:
    """The compiled words of a language."""
    return Words(syntax)
