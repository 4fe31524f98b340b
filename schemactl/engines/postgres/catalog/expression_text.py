"""Makes an expression's text the one that the server settles on. Works on what it prints, and on nothing else.

What PostgreSQL prints of an expression is not always what it prints of that text when it has read it: `a IN ('x')` of a
varchar becomes a cast of the whole array, which when it is read becomes a cast of each element; `a BETWEEN 1 AND 2 AND
b` is an AND within an AND, which when it is read is one. So a schema that was dumped and restored has other texts and
the same meaning. The second form never changes again, and is the one that is kept.

source  parse_expr.c, transformTypeCast; gram.y, makeAndExpr and makeOrExpr
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# A backslash is a character like any other where no E stands before the quote: so the server prints texts without one.
_SKIPPED = r"""E'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$"""
_QUOTED = re.compile(_SKIPPED, re.DOTALL)
_WORDS = re.compile(rf"{_SKIPPED}|[()]|\b(?:AND|OR)\b", re.DOTALL)
_ARRAY = re.compile(rf"{_SKIPPED}|(?P<array>\(ARRAY\[)", re.DOTALL)
_CAST = re.compile(r'\)::((?:"(?:[^"]|"")+"|[\w.]|\([0-9]+(?:,-?[0-9]+)?\)| (?=[a-z]))+?)\[\]')


def settled(text: str) -> str:
    """The text that is printed of `text` once it was read; the same text where that is so already."""
    if "])::" in text:
        text = _elements_cast(text)
    if "((" in text and (" AND " in text or " OR " in text):
        text = _flattened(text)
    return text


def _elements_cast(text: str) -> str:
    """`(ARRAY['x'::a, 'y'::a])::b[]` as `ARRAY[('x'::a)::b, ('y'::a)::b]`."""
    starts = [found.start() for found in _ARRAY.finditer(text) if found["array"]]
    # From the last on, so that one inside another is done before it.
    for start in reversed(starts):
        first = start + len("(ARRAY[")
        commas, end = _elements(text, first)
        cast = _CAST.match(text, end + 1) if end >= 0 else None
        if cast is None or text.startswith("ARRAY[", first):
            continue
        edges = [first, *(comma + 1 for comma in commas)]
        stops = [*commas, end]
        items = [text[left:right].strip() for left, right in zip(edges, stops, strict=True)]
        made = ", ".join(f"({item})::{cast[1]}" for item in items)
        text = f"{text[:start]}ARRAY[{made}]{text[cast.end() :]}"
    return text


def _elements(text: str, first: int) -> tuple[list[int], int]:
    """Where the commas between the elements are, and where the list ends, -1 where it does not.

    first  behind its opening bracket
    """
    commas: list[int] = []
    depth, at = 0, first
    while at < len(text):
        quoted = _QUOTED.match(text, at)
        if quoted is not None:
            at = quoted.end()
            continue
        if text[at] in "([":
            depth += 1
        elif text[at] in ")]":
            if not depth:
                return commas, at
            depth -= 1
        elif text[at] == "," and not depth:
            commas.append(at)
        at += 1
    return [], -1


@dataclass(slots=True)
class _Group:
    """What stands in one pair of brackets: the words AND and OR of its own, and a group that it begins with."""

    start: int
    words: set[str] = field(default_factory=set)
    first: tuple[_Group, int] | None = None


def _flattened(text: str) -> str:
    """`((a AND b) AND c)` as `(a AND b AND c)`: only what comes first is taken in, as the grammar does."""
    open_: list[_Group] = []
    gone: set[int] = set()
    for found in _WORDS.finditer(text):
        word, at = found.group(), found.start()
        if word == "(":
            open_.append(_Group(at))
        elif word in ("AND", "OR"):
            if open_:
                open_[-1].words.add(word)
        elif word == ")" and open_:
            group = open_.pop()
            if group.first is not None and len(group.words) == 1:
                inner, end = group.first
                (joined,) = group.words
                if inner.words == group.words and text.startswith(f" {joined} ", end + 1):
                    gone |= {inner.start, end}
            if open_ and group.start == open_[-1].start + 1:
                open_[-1].first = (group, at)
    return "".join(character for at, character in enumerate(text) if at not in gone) if gone else text
