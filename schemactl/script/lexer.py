"""The one lexer: finds, in text of any Syntax, what is neither a plain token nor white space. Pure; keeps no state.

It knows quotes, comments and brackets, and no statement: where a statement ends is split.py's to say. Every search runs
in C over a pattern without backtracking, so the time is linear in the text whatever the text is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from schemactl.errors import ConfigError

if TYPE_CHECKING:
    from schemactl.script.syntax import Quote, Syntax

Kind = Literal["line comment", "block comment", "quote", "open", "close", "semicolon", "plain", "end"]
Lexeme = tuple[Kind, int, int]

_BRACKETS: Final = {"(": ")", "[": "]", "{": "}"}
_COMMENT_EDGE: Final = re.compile(r"/\*|\*/")


def where(text: str, pos: int, *, shown: str, first_line: int = 1) -> str:
    """`path:line` of a position, or `line N` where the text has no path."""
    line = first_line + text.count("\n", 0, pos)
    return f"{shown}:{line}" if shown else f"line {line}"


class UnclosedError(ConfigError):
    """Something that is opened and never closed, or a character that begins nothing. `pos`: where, in the text."""

    def __init__(self, what: str, pos: int, *, do: str, kind: str = "unclosed") -> None:
        super().__init__(what, do=do, kind=kind)
        self.pos = pos


def _quote_body(quote: Quote) -> str:
    """From after the opening character to the closing one, that included."""
    closes = re.escape(quote.closes)
    plain = f"[^{closes}\\\\]*+" if quote.backslash else f"[^{closes}]*+"
    pairs = [pair for pair, on in ((closes * 2, quote.doubled), (r"\\.", quote.backslash)) if on]
    return f"{plain}(?:(?:{'|'.join(pairs)}){plain})*+{closes}" if pairs else f"{plain}{closes}"


def _quote_branches(quote: Quote, syntax: Syntax) -> list[str]:
    """One branch a way to open it, each with its bare opening as the fallback that tells that it is never closed."""
    opens = re.escape(quote.opens)
    body = _quote_body(quote)
    if quote.continues:
        # A directive is never part of the gap: it must be seen, and refused where it stands.
        comment = f"{syntax.marker}(?!(?i:[ \\t]*(?:migrate|schemactl):))[^\\n\\r]*+"
        gap = f"(?:[ \\t\\f\\v]|{comment})*+[\\n\\r](?:[{syntax.space}]|{comment}[\\n\\r])*+"
        body = f"{body}(?:{gap}{opens}{body})*+"
    if not quote.prefixes:
        return [f"{opens}{body}", opens]
    heads = [f"{prefix}{opens}(?<!{syntax.name_part}{prefix}{opens})" for prefix in quote.prefixes]
    return [f"{head}{tail}" for head in heads for tail in (body, "")]


class Lexer:
    """The compiled form of one Syntax; `of` gives the shared one."""

    __slots__ = ("_dollar", "_ends", "_number", "_opening", "_part", "_stop", "_syntax")

    def __init__(self, syntax: Syntax) -> None:
        self._syntax = syntax
        self._part = re.compile(syntax.name_part)
        self._dollar = re.compile(f"\\$(?:{syntax.name_start}{syntax.tag_part}*+)?\\$")
        self._number = re.compile(
            f"[0-9][0-9_]*+(?:\\.[0-9_]*+)?(?:[eE][+-]?[0-9]++)?|{syntax.name_start}{syntax.name_part}*+|\\$[0-9]++|\\$"
        )
        # Each branch begins with a literal: only then does `re` skip to the next candidate by a table of characters.
        branches = [";", *(re.escape(bracket) for bracket in syntax.brackets)]
        for quote in syntax.quotes:
            branches += _quote_branches(quote, syntax)
        branches += [f"{re.escape(comment)}[^{syntax.line_ends}]*+" for comment in syntax.line_comments]
        branches += [r"/\*", r"\\"] + ([r"\$"] if syntax.dollar_quotes else [])
        self._stop = re.compile("|".join(branches), re.DOTALL)
        self._opening = {prefix: 2 for quote in syntax.quotes for prefix in quote.prefixes}
        self._opening |= {quote.opens: 1 for quote in syntax.quotes}
        kinds: dict[str, Kind] = {";": "semicolon"}
        for at, bracket in enumerate(syntax.brackets):
            kinds[bracket] = "close" if at % 2 else "open"
        self._ends = kinds

    def find(self, text: str, pos: int) -> Lexeme:
        """The first lexeme that begins at or after `pos`, a position between two tokens.

        returns  (kind, start, end); what lies between `pos` and `start` is plain tokens and white space. `plain` is a
                 piece of plain text that needed a closer look. At the end of the text ("end", length, length)
        raises   UnclosedError
        """
        found = self._stop.search(text, pos)
        if found is None:
            return "end", len(text), len(text)
        start, end = found.span()
        first = text[start]
        kind = self._ends.get(first)
        if kind is not None:
            return kind, start, end
        opening = self._opening.get(first)
        if opening is not None:
            if end - start == opening:
                raise UnclosedError(f"{text[start:end]} opens a quote that nothing closes", start, do="close the quote")
            return "quote", start, end
        if first == "$":
            return self._dollar_at(text, pos, start)
        if first == "\\":
            return self._backslash_at(text, start)
        if end - start == 2 and text.startswith("/*", start):
            return "block comment", start, self._block_end(text, start)
        return "line comment", start, end

    def _block_end(self, text: str, start: int) -> int:
        if not self._syntax.nested_comments:
            end = text.find("*/", start + 2)
            if end >= 0:
                return end + 2
        else:
            depth = 1
            for edge in _COMMENT_EDGE.finditer(text, start + 2):
                depth += 1 if edge.group() == "/*" else -1
                if not depth:
                    return edge.end()
        raise UnclosedError("/* opens a comment that nothing closes", start, do="close it with */")

    def _dollar_at(self, text: str, pos: int, start: int) -> Lexeme:
        """A `$`: inside a name, before a parameter's number, or at the start of a dollar quote."""
        if start > pos and self._part.match(text, start - 1):
            at = start - 1
            while at > pos and self._part.match(text, at - 1):
                at -= 1
            while at < start:
                token = self._number.match(text, at)
                at = token.end() if token else at + 1
            if at > start:
                return "plain", start, at
        tag = self._dollar.match(text, start)
        if tag is None:
            token = self._number.match(text, start)
            return "plain", start, token.end() if token else start + 1
        close = text.find(tag.group(), tag.end())
        if close < 0:
            raise UnclosedError(
                f"{tag.group()} opens a dollar quote that nothing closes", start, do=f"close it with {tag.group()}"
            )
        return "quote", start, close + tag.end() - start

    def _backslash_at(self, text: str, start: int) -> Lexeme:
        if self._syntax.unicode_escapes and re.compile(r"\\u+[0-9A-Fa-f]{4}").match(text, start):
            return "plain", start, start + 1
        word = re.compile(r"\\\S{0,20}").match(text, start)
        shown = word.group() if word else "\\"
        raise UnclosedError(
            f"{shown} is a command of a client program, not {self._syntax.name}",
            start,
            do="leave it out: statements go to the server as they are; a backslash belongs in quotes only",
            kind="meta_command",
        )


@cache
def of(syntax: Syntax) -> Lexer:
    """The compiled lexer of a language."""
    return Lexer(syntax)


def partner(bracket: str) -> str:
    """What closes `bracket`."""
    return _BRACKETS[bracket]
