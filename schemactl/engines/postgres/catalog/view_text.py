"""Makes the text of a view the same on every major. Works on what pg_get_viewdef prints, and on nothing else.

Up to 15 each view carried two entries, OLD and NEW, in its range table, and the server qualifies columns wherever a
query has more than one entry. From 16 on a view over one relation is printed without: `SELECT id FROM t`, not
`SELECT t.id FROM t` (`varprefix` in ruleutils.c). The newer form is the one that is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\s+ | E'(?:[^'\\]|''|\\.)*' | '(?:[^']|'')*' | "(?:[^"]|"")*" | \w+ | :: | .""", re.VERBOSE | re.DOTALL
)
_CLAUSES = {"WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", ";"}
_SEVERAL = {"UNION", "INTERSECT", "EXCEPT"}
_QUERY = {"SELECT", "VALUES", "WITH"}


@dataclass(frozen=True, slots=True)
class _Word:
    """A token that is not white space. `nested`: inside a query that is inside the view's own."""

    text: str
    place: int
    depth: int
    nested: bool

    @property
    def is_name(self) -> bool:
        # Keywords are printed in capitals; a name with a capital is printed in quotes.
        return self.text.startswith('"') or (bool(re.match(r"[a-z_]", self.text)) and not self.text.isupper())


def unqualified(definition: str) -> str:
    """What 15 prints, as 16 and later print it; the same text where the query has more than one relation."""
    tokens: list[str] = _TOKEN.findall(definition)
    words = _words(tokens)
    top = [word for word in words if word.depth == 0]
    start = next((k for k, word in enumerate(top) if word.text == "FROM"), None)
    if start is None or any(word.text in _SEVERAL for word in top):
        return definition
    end = next((k for k in range(start, len(top)) if top[k].text in _CLAUSES), len(top) - 1)
    first, last = top[start].place, top[end].place
    alias = _only_relation([word for word in words if first < word.place < last])
    if alias is None:
        return definition
    order = next((word.place for word in top[end:] if word.text == "ORDER"), len(tokens))
    outputs = {top[k + 1].text for k in range(start) if top[k].text == "AS"}
    for k in _qualified(words, alias):
        if words[k].place < first or (words[k].place > last and not _ambiguous(words[k], words[k + 2], order, outputs)):
            tokens[words[k].place] = tokens[words[k + 1].place] = ""
    return "".join(tokens)


def _words(tokens: list[str]) -> list[_Word]:
    spoken = [(place, token) for place, token in enumerate(tokens) if not token.isspace()]
    words, open_ = [], [False]
    for k, (place, token) in enumerate(spoken):
        if token == ")":
            open_.pop()
        words.append(_Word(token, place, len(open_) - 1, open_[-1]))
        if token == "(":
            inner = k + 1 < len(spoken) and spoken[k + 1][1] in _QUERY
            open_.append(open_[-1] or inner)
    return words


def _only_relation(clause: list[_Word]) -> str | None:
    """The name by which columns call the one relation of a FROM clause; None where it joins."""
    top = [word for word in clause if word.depth == 0]
    if not top or any(word.text in {",", "JOIN"} for word in top):
        return None
    if clause[0].text == "(" and clause[1].text not in _QUERY:
        return None
    sampled = next((k for k, word in enumerate(top) if word.text == "TABLESAMPLE"), len(top))
    names = [word.text for word in top[:sampled] if word.is_name]
    return names[-1] if names else None


def _qualified(words: list[_Word], alias: str) -> list[int]:
    """Where `alias.column` stands in the view's own query; not `schema.function(`, a type, a collation, `alias.*`."""
    return [
        k
        for k in range(1, len(words) - 3)
        if words[k].text == alias
        and not words[k].nested
        and words[k + 1].text == "."
        and words[k + 2].is_name
        and words[k + 3].text not in {".", "("}
        and words[k - 1].text not in {".", "::", "COLLATE"}
    ]


def _ambiguous(prefix: _Word, column: _Word, order: int, outputs: set[str]) -> bool:
    """In ORDER BY a bare name means an output column first, so such a name keeps its prefix."""
    return prefix.place > order and column.text in outputs
