"""Names, texts and options as SQL writes them, and the names that a piece of SQL speaks of. Sends nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemactl.model.catalog import Identity

# Every word that quote_ident() quotes on a major from 15 to 18 (pg_get_keywords(), catcode other than U).
_WORDS = """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
    cast char character check coalesce collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable
    desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group
    grouping having ilike in initially inner inout int integer intersect interval into is isnull join json json_array
    json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value
    lateral leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize
    not notnull null nullif numeric offset on only or order out outer overlaps overlay placing position precision
    primary real references returning right row select session_user setof similar smallint some substring symmetric
    system_user table tablesample then time timestamp to trailing treat trim true union unique user using values
    varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest
    xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
"""
_KEYWORDS = frozenset(_WORDS.split())
_BARE = re.compile(r"[a-z_][a-z0-9_]*")
_NAME = r'(?:[a-z_\x80-\U0010ffff][\w$]*|"(?:[^"]|"")+")'
_NAMES = re.compile(_NAME)
_OPERATOR = r"[-+*/<>=~!@#%^&|`?]+"
_DOTTED = re.compile(rf"{_NAME}(?:\.{_NAME})*")
_SPOKEN = re.compile(
    rf"""E'(?:[^'\\]|''|\\.)*' | '(?P<text>(?:[^']|'')*)'(?P<reg>::(?:pg_catalog\.)?reg[a-z]+)?
    | \$(?P<tag>\w*)\$(?P<body>.*?)\$(?P=tag)\$ | (?P<names>{_NAME}(?:\.(?:{_NAME}|{_OPERATOR}))*)""",
    re.VERBOSE | re.DOTALL,
)
_PIECE = re.compile(rf"{_NAME}|{_OPERATOR}")
_PLAIN = re.compile(r"\w+")


def ident(name: str) -> str:
    """A name, in quotes where it needs them."""
    if _BARE.fullmatch(name) and name not in _KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def dotted(*names: str) -> str:
    return ".".join(ident(name) for name in names)


def literal(text: str) -> str:
    """A string constant, where standard_conforming_strings is on."""
    return "'" + text.replace("'", "''") + "'"


def parts(text: str) -> Identity:
    """The names of `app."Tab.le"`, as the server prints a relation."""
    return tuple(_bare(part) for part in _NAMES.findall(text))


def function_name(signature: str) -> str:
    """`app.f` of `app.f(integer)`."""
    found = _DOTTED.match(signature)
    assert found is not None, signature
    return found.group()


def operator_name(signature: str) -> str:
    """`OPERATOR(app.===)` of `app.===(integer,integer)`."""
    return f"OPERATOR({signature[: _opening(signature)]})"


def arguments(signature: str) -> list[str]:
    """The types between the last brackets of `app.===(integer, "odd, name")`."""
    inside = signature[_opening(signature) + 1 : -1]
    found, depth, quoted, start = [], 0, False, 0
    for at, character in enumerate(inside):
        if character == '"':
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if character == "," and not depth:
                found.append(inside[start:at].strip())
                start = at + 1
    return [*found, inside[start:].strip()]


def options(items: Iterable[str], *, equals: str = " = ") -> str:
    """`fillfactor = 80, toast.autovacuum_enabled = false` of `name=value` items."""
    found = []
    for item in items:
        name, _, value = item.partition("=")
        plain = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) or (_BARE.fullmatch(value) and value not in _KEYWORDS)
        bare = value in ("true", "false", "on") or plain
        found.append(f"{dotted(*name.split('.'))}{equals}{value if bare else literal(value)}")
    return ", ".join(found)


def foreign_options(items: Iterable[str] | None) -> str:
    """` OPTIONS (name 'value')`, or nothing."""
    pairs = [item.partition("=") for item in items or ()]
    return f" OPTIONS ({', '.join(f'{ident(name)} {literal(value)}' for name, _, value in pairs)})" if pairs else ""


def listed(items: Iterable[str]) -> str:
    """`(…)` with a line for each item."""
    rows = ",\n".join(f"  {item}" for item in items)
    return f"(\n{rows}\n)" if rows else "()"


def settings(pairs: Iterable[tuple[str, object]], *plain: str) -> str:
    """`(NAME = value, …)` with a line for each that has a value."""
    return listed([*(f"{name} = {value}" for name, value in pairs if value is not None), *plain])


def spoken_of(sql: str) -> Iterator[tuple[str, ...]]:
    """What `sql` may speak of: (schema, name), and ("routine", schema, name) where that may be called.

    All is qualified but what is the server's own. Bodies in dollar quotes are not looked into.
    """
    for found in _SPOKEN.finditer(sql):
        if found["reg"]:
            yield from spoken_of(found["text"].replace("''", "'"))
        names = _PIECE.findall(found["names"] or "")
        if len(names) > 1:
            first, second = _bare(names[0]), _bare(names[1])
            yield first, second
            if sql[found.end() : found.end() + 1] == "(":
                yield "routine", first, second


def routine(signature: str | None) -> tuple[tuple[str, ...], ...]:
    """The key of a function that is named by its signature; none for one of the server's own."""
    names = parts(function_name(signature)) if signature else ()
    return (("routine", *names),) if len(names) == 2 else ()


def bodies(sql: str) -> set[str]:
    """Every word in the dollar quotes of `sql`: what the body of a function may speak of."""
    return {word for found in _SPOKEN.finditer(sql) if found["body"] for word in _PLAIN.findall(found["body"])}


def generated(table: str, column: str, label: str) -> str:
    """The name that the server gives what belongs to a column: cut to 63 bytes (makeObjectName in indexcmds.c)."""
    one, other = len(table.encode()), len(column.encode())
    room = 63 - len(label) - 2
    while one + other > room:
        if one > other:
            one -= 1
        else:
            other -= 1
    cut = [name.encode()[:size].decode(errors="ignore") for name, size in ((table, one), (column, other))]
    return f"{cut[0]}_{cut[1]}_{label}"


def _bare(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part


def _opening(signature: str) -> int:
    """Where the first bracket that is not in quotes opens."""
    quoted, found = False, -1
    for at, character in enumerate(signature):
        if character == '"':
            quoted = not quoted
        elif character == "(" and not quoted and found < 0:
            found = at
    return found
