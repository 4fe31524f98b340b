"""A server's own CREATE statement as the text of a snapshot: laid out in lines, names quoted where they must be.

18.16 and today's server write the same object in their own ways: the one quotes no name that is a word, the other every
column's. Here both say the same. Expressions stay as the server wrote them.
source  ClickHouse manual, "CREATE TABLE", "CREATE VIEW", "CREATE DICTIONARY", "Syntax"; the texts of both were tried
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.clickhouse import literal
from schemactl.engines.clickhouse.tokens import tokens, unquoted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_OPENS, _CLOSES = ("(", "[", "{"), (")", "]", "}")
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_PLAIN: Final = frozenset(
    {"ALL", "AS", "CONSTRAINT", "DISTINCT", "EXISTS", "FOREIGN", "FROM", "IF", "INDEX", "NOT", "NULL", "OR", "PRIMARY"}
    | {"PROJECTION", "SELECT", "STATISTICS", "TABLE", "TEMPORARY", "TO", "UUID", "VIEW"}
)
"""Words that a name is not taken for in one place or another (tried on 26.9), and those beside them."""
_CLAUSES: Final = {
    **dict.fromkeys(("ENGINE", "TTL", "SETTINGS", "COMMENT", "SOURCE", "LAYOUT", "LIFETIME", "RANGE"), ""),
    **dict.fromkeys(("PARTITION", "ORDER", "SAMPLE", "GROUP"), "BY"),
    **dict.fromkeys(("FROM", "PREWHERE", "WHERE", "HAVING", "LIMIT", "UNION", "WINDOW", "QUALIFY"), ""),
    "PRIMARY": "KEY",
    "DEFINER": "=",
    "SQL": "SECURITY",
}
"""What begins a line, outside parentheses, and the word that must follow."""
_JOINS: Final = frozenset(
    {"GLOBAL", "LOCAL", "ANY", "ALL", "ASOF", "SEMI", "ANTI", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "OUTER"}
    | {"ARRAY", "PASTE", "JOIN"}
)
_PARTS: Final = {"INDEX": ("TYPE",), "CONSTRAINT": ("CHECK", "ASSUME"), "PROJECTION": ("(", "INDEX")}
"""What else stands between the columns, and the words that tell it from a column of that name."""


class Piece(NamedTuple):
    """A token, and whether white space stood before it."""

    token: str
    apart: bool

    @property
    def word(self) -> str:
        return self.token.upper()


def name(value: str) -> str:
    """A name, in backticks where it must have them."""
    is_plain = _PLAIN.fullmatch(value) and value.upper() not in _NOT_PLAIN
    return value if is_plain else literal.name(value)


def pieces(text: str) -> list[Piece]:
    found, end = [], 0
    for token in tokens(text):
        start = text.index(token, end)
        found.append(Piece(token, start > end))
        end = start + len(token)
    return found


def plain(parts: Iterable[Piece]) -> str:
    """The pieces in one line."""
    return "".join((" " if part.apart else "") + part.token for part in parts).strip()


def statement(query: str, called: str, columns: Collection[str]) -> str:
    """The statement with its semicolon.

    query    as the catalogue has it
    called   the name of what it makes
    columns  their names
    """
    parts = pieces(query)
    begins = _list_begins(parts)
    ends = _closing(parts, begins) if begins >= 0 else -1
    head = _head(parts[: begins if begins >= 0 else _first_clause(parts)], called)
    items = [_item(one, columns) for one in _split(parts[begins + 1 : ends])] if begins >= 0 else []
    tail = parts[ends + 1 :] if begins >= 0 else parts[_first_clause(parts) :]
    listed = ["(", *(f"    {item}{',' if at + 1 < len(items) else ''}" for at, item in enumerate(items)), ")"]
    first = f"{head} (" if items else head
    return "\n".join([first, *(listed[1:] if items else []), *_lines(tail)]).rstrip() + ";"


def _head(parts: Sequence[Piece], called: str) -> str:
    """`CREATE … name [TO name]`, both names quoted anew."""
    made = next((at + 1 for at, part in enumerate(parts) if part.word in ("TABLE", "VIEW", "DICTIONARY")), len(parts))
    told = []
    for at, part in enumerate(parts):
        if at == made:
            told.append(part._replace(token=name(called)))
        elif at > made and parts[at - 1].word in ("TO", "."):
            told.append(part._replace(token=name(unquoted(part.token))))
        else:
            told.append(part)
    return plain(told)


def _first_clause(parts: Sequence[Piece]) -> int:
    """Where the head ends in what has no list of columns."""
    return next((at for at, part in enumerate(parts) if at and part.token in ("AS", "ENGINE")), len(parts))


def _list_begins(parts: Sequence[Piece]) -> int:
    """Where the list of columns opens; -1 where there is none."""
    return next((at for at, part in enumerate(parts[: _first_clause(parts)]) if part.token == "("), -1)


def _closing(parts: Sequence[Piece], opening: int) -> int:
    depth = 0
    for at in range(opening, len(parts)):
        depth += (parts[at].token in _OPENS) - (parts[at].token in _CLOSES)
        if not depth:
            return at
    return len(parts)


def _split(parts: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces between commas outside parentheses."""
    found: list[list[Piece]] = [[]]
    depth = 0
    for part in parts:
        depth += (part.token in _OPENS) - (part.token in _CLOSES)
        if part.token == "," and not depth:
            found.append([])
        else:
            found[-1].append(part)
    return [one for one in found if one]


def _item(parts: Sequence[Piece], columns: Collection[str]) -> str:
    first = parts[0].token
    telling = _PARTS.get(first)
    if telling and any(part.word in telling for part in parts[2:]):
        return plain(parts)
    if unquoted(first) not in columns:
        return plain(parts)
    return plain([parts[0]._replace(token=name(unquoted(first))), *parts[1:]])


def _lines(parts: Sequence[Piece]) -> list[str]:
    """What stands behind the columns: a clause a line, and each expression of a SELECT of several on its own."""
    lines: list[list[Piece]] = [[]]
    depth, queries, select = 0, False, False
    for at, part in enumerate(parts):
        if not depth and part.token not in _OPENS and _begins(parts, at, queries=queries):
            lines.append([])
            queries, select = queries or part.token == "AS", False
        depth += (part.token in _OPENS) - (part.token in _CLOSES)
        if not depth and lines[-1] and queries and lines[-1][-1].word == "SELECT" and _has_comma(parts[at:]):
            select = True
            lines.append([Piece("   ", apart=False), part._replace(apart=True)])
            continue
        lines[-1].append(_engine(parts, at))
        if part.token == "," and not depth and select:
            lines.append([Piece("   ", apart=False)])
    return [text for line in lines if (text := _indented(line))]


def _indented(line: Sequence[Piece]) -> str:
    inner = line[:1] == [Piece("   ", apart=False)]
    text = plain(line[1:] if inner else line)
    return f"    {text}" if inner and text else text


def _begins(parts: Sequence[Piece], at: int, *, queries: bool) -> bool:
    """Whether a line begins with this piece."""
    token = parts[at].token
    following = parts[at + 1].word if at + 1 < len(parts) else ""
    if token == "AS":
        return not queries
    if token in _JOINS and queries and (at == 0 or parts[at - 1].token not in _JOINS):
        behind = next((part.word for part in parts[at:] if part.word not in _JOINS - {"JOIN"}), "")
        return behind == "JOIN"
    return token in _CLAUSES and (not _CLAUSES[token] or _CLAUSES[token] == following)


def _has_comma(parts: Sequence[Piece]) -> bool:
    """Whether the SELECT that goes on here has several expressions."""
    depth = 0
    for at, part in enumerate(parts):
        if not depth and at and _begins(parts, at, queries=True):
            return False
        if not depth and part.token == ",":
            return True
        depth += (part.token in _OPENS) - (part.token in _CLOSES)
    return False


def _engine(parts: Sequence[Piece], at: int) -> Piece:
    """The name of an engine is a word: today's server quotes Null, 18.16 does not."""
    part = parts[at]
    if at > 1 and parts[at - 1].token == "=" and parts[at - 2].token == "ENGINE":
        return part._replace(token=unquoted(part.token))
    return part
