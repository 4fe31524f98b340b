"""INSERT … VALUES for the native protocol, where a server reads no rows from a statement's text: it waits for a block.

The rows become arrays, one a column, that an INSERT … SELECT joins: one block, in the order in which they are written.
Strings and numbers go as text that the server reads as the column's type, so that no decimal passes through a float;
anything else goes as the expression that it is. Source: ClickHouse manual, "INSERT INTO", "Values", "ARRAY JOIN".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.clickhouse import literal
from schemactl.engines.clickhouse.tokens import Reader, tokens, unquoted
from schemactl.errors import UnsupportedError

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.link import Link, Settings

_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DIGITS: Final = re.compile(r"[0-9]+(?:\.[0-9]*)?(?:[eE][0-9]*)?")
_FLOAT_WORD: Final = re.compile(r"[+-]?(?:inf|nan)", re.IGNORECASE)
_WRAPPED: Final = re.compile(r"(?:Nullable|LowCardinality)\((.*)\)", re.DOTALL)
_QUOTE: Final = "'"
_OPENS, _CLOSES = "([{", ")]}"
_NOT_GIVEN: Final = ("MATERIALIZED", "ALIAS", "EPHEMERAL")
_INTEGERS: Final = ("Int", "UInt")
_FRACTIONS: Final = ("Float", "Decimal")
_SAFE_SIZE: Final = 200_000


class Inline(NamedTuple):
    """What is sent instead; `settings` where the statement is longer than a server takes by default."""

    sql: str
    settings: Settings


class _Written(NamedTuple):
    """An INSERT … VALUES in parts. `head`: up to the table's name; `between`: SETTINGS and the like; cells as text."""

    head: str
    table: str
    columns: tuple[str, ...] | None
    between: str
    rows: list[list[str]]


def rewritten(link: Link, normal: str, *, target: str) -> Inline:
    """The statement (its normal form) as one that the native protocol can carry.

    raises  UnsupportedError for rows that only a client program could read; ServerError where the table is not there
    """
    written = _written(normal, target)
    given = [row for row in link.ask(f"DESCRIBE TABLE {written.table}") if row[2] not in _NOT_GIVEN]
    types = {str(row[0]): str(row[1]) for row in given}
    names = written.columns if written.columns is not None else tuple(types)
    for number, row in enumerate(written.rows, 1):
        if len(row) != len(names):
            raise _unsupported(f"row {number} has {len(row)} values for {len(names)} columns", target)
    selected, joined = [], []
    for at, column in enumerate(names):
        cells = [row[at] for row in written.rows]
        if any(cell.upper() == "DEFAULT" for cell in cells):
            raise _unsupported("DEFAULT as a value cannot be sent by the native protocol", target)
        type_ = types.get(column)
        expression, array = _column(f"_{at}", type_, cells)
        selected.append(expression)
        joined.append(f"{array} AS _{at}")
    listed = ", ".join(literal.name(name) for name in names)
    between = f" {written.between}" if written.between else ""
    sql = (
        f"{written.head}{written.table} ({listed}){between} SELECT {', '.join(selected)}"
        f" FROM system.one ARRAY JOIN {', '.join(joined)}"
    )
    return Inline(sql, _limits(sql))


def _limits(sql: str) -> Settings:
    """A server cuts statements at 256 KiB, of which rows after VALUES are no part."""
    if len(sql) < _SAFE_SIZE:
        return {}
    size = len(sql.encode()) + 1000
    return {"max_query_size": size, "max_ast_elements": size, "max_expanded_ast_elements": size}


def _column(alias: str, type_: str | None, cells: Sequence[str]) -> tuple[str, str]:
    """What is selected, and the array that it comes from."""
    if type_ is None:
        # The server says that there is no such column.
        return alias, f"[{', '.join(cells)}]"
    texts = [_as_text(cell, type_) for cell in cells]
    if all(text is not None for text in texts) and any(text != "NULL" for text in texts):
        return _read(alias, type_), f"[{', '.join(text or '' for text in texts)}]"
    each = (
        f"CAST({_expression(cell)} AS {type_})" if text is None else _read(text, type_)
        for text, cell in zip(texts, cells, strict=True)
    )
    return alias, f"[{', '.join(each)}]"


def _read(text: str, type_: str) -> str:
    """The expression that reads a text as this type."""
    return f"CAST({text} AS Array({type_}))[1]" if _is_by_array(type_) else f"CAST({text} AS {type_})"


def _expression(cell: str) -> str:
    """A map in braces is no expression: it would be a parameter's place."""
    if cell[:1] != "{":
        return cell
    words = {"{": "map(", "}": ")", ":": ","}
    return "".join(words.get(token, f"{token} ") for token in tokens(cell))


def _is_by_array(type_: str) -> bool:
    """Whether a text is read as the only element of an array.

    Where 18.16 casts a string it reads a time by the server's zone instead of the type's own, and parses what is NULL.
    """
    return type_.startswith(("DateTime('", "Nullable("))


def _as_text(cell: str, type_: str) -> str | None:
    """The literal whose text the server reads as this type; None where the value must stay an expression."""
    text = _as_scalar(cell, type_)
    if text is None or not _is_by_array(type_):
        return text
    return literal.text(f"[{literal.text(unquoted(cell)) if cell[:1] == _QUOTE else cell}]")


def _as_scalar(cell: str, type_: str) -> str | None:
    wrapped = _WRAPPED.fullmatch(type_)
    if wrapped:
        return _as_scalar(cell, wrapped[1])
    if cell.upper() == "NULL":
        return "NULL"
    if cell[:1] == _QUOTE:
        return cell if len(tokens(cell)) == 1 else None
    if _INTEGER.fullmatch(cell):
        return f"'{cell}'" if type_.startswith((*_INTEGERS, *_FRACTIONS)) else None
    if _NUMBER.fullmatch(cell):
        return f"'{cell}'" if type_.startswith(_FRACTIONS) else None
    if _FLOAT_WORD.fullmatch(cell) and type_.startswith("Float"):
        return f"'{cell.lower()}'"
    if cell[:1] == "[" and type_.startswith("Array"):
        text = _plain_text(cell)
        return literal.text(text) if text else None
    return None


def _plain_text(cell: str) -> str:
    """The text of an array that holds nothing but literals; "" for one that is an expression."""
    parts, before = [], ""
    for token in tokens(cell):
        if token[0] == _QUOTE:
            parts.append(literal.text(unquoted(token)))
        elif token in "+-" and before not in "[,":
            return ""
        elif token in "[],+-." or token.upper() == "NULL" or _DIGITS.fullmatch(token):
            parts.append(token)
        else:
            return ""
        before = token
    return "".join(parts)


def _written(normal: str, target: str) -> _Written:
    found = tokens(normal)
    starts = _starts(normal, found)
    reader = Reader(found)
    reader.at = 1
    reader.takes("INTO")
    reader.takes("TABLE")
    if reader.word == "FUNCTION":
        raise _unsupported("rows after VALUES cannot be sent into a table function by the native protocol", target)
    begins = reader.at
    reader.name()
    table = normal[starts[begins] : starts[reader.at - 1] + len(found[reader.at - 1])]
    columns = _names(reader, target)
    between = reader.at
    while reader.word not in ("VALUES", ""):
        reader.at += 1
    rows = list(_rows(normal, found, starts, reader.at + 1, target))
    if not rows:
        raise _unsupported("no row stands after VALUES", target)
    return _Written("INSERT INTO ", table, columns, normal[starts[between] : starts[reader.at]].strip(), rows)


def _starts(normal: str, found: Sequence[str]) -> list[int]:
    """Where each token begins; one more for the end."""
    starts, at = [], 0
    for token in found:
        at = normal.index(token, at)
        starts.append(at)
        at += len(token)
    return [*starts, len(normal)]


def _names(reader: Reader, target: str) -> tuple[str, ...] | None:
    """The names of a list of columns; None where none stands."""
    if reader.word != "(":
        return None
    names: list[str] = []
    parts: list[str] = []
    reader.at += 1
    while reader.word not in (")", ""):
        if reader.word == "," and parts:
            names.append("".join(parts))
            parts = []
            reader.at += 1
            continue
        if reader.word in ("*", "("):
            raise _unsupported("a list of columns with * or a function cannot be sent by the native protocol", target)
        parts.append(unquoted(reader.tokens[reader.at]))
        reader.at += 1
    reader.at += 1
    return (*names, "".join(parts))


def _rows(normal: str, found: Sequence[str], starts: Sequence[int], at: int, target: str) -> list[list[str]]:
    """The cells of each row from token `at` on, as written."""
    rows: list[list[str]] = []
    while at < len(found):
        if found[at] == "," and rows:
            at += 1
            continue
        if found[at] != "(":
            raise _unsupported(f"{found[at]} stands where a row was to begin", target)
        cells, depth, begins = [], 0, at + 1
        while at < len(found):
            token = found[at]
            depth += (token in _OPENS) - (token in _CLOSES)
            if (token == "," and depth == 1) or not depth:
                cells.append(normal[starts[begins] : starts[at]].strip())
                begins = at + 1
            at += 1
            if not depth:
                break
        rows.append(cells if cells != [""] else [])
    return rows


def _unsupported(what: str, target: str) -> UnsupportedError:
    return UnsupportedError(
        what,
        now="nothing was changed by this statement",
        do="write it as INSERT … SELECT, or insert the rows from a .py migration",
        kind="inline_data",
        target=target,
    )
