"""What a CREATE asks of an index or constraint beside its definition: OPTIONS, and the type of a property. Pure.

Only what is asked is compared: what a server takes where nothing is said is its own affair.
source  Cypher manual, "CREATE INDEX", "Property type constraints", "Property type synonyms"
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemactl.engines.neo4j.cypher_tokens import Token

TYPE: Final = "property type"
_SYNONYMS: Final = {
    "BOOL": "BOOLEAN",
    "VARCHAR": "STRING",
    "INT": "INTEGER",
    "SIGNED INTEGER": "INTEGER",
    "TIMESTAMP WITHOUT TIMEZONE": "LOCAL DATETIME",
    "TIMESTAMP WITHOUT TIME ZONE": "LOCAL DATETIME",
    "TIMESTAMP WITH TIMEZONE": "ZONED DATETIME",
    "TIMESTAMP WITH TIME ZONE": "ZONED DATETIME",
    "TIME WITHOUT TIMEZONE": "LOCAL TIME",
    "TIME WITHOUT TIME ZONE": "LOCAL TIME",
    "TIME WITH TIMEZONE": "ZONED TIME",
    "TIME WITH TIME ZONE": "ZONED TIME",
}
_WORDS: Final = re.compile(r"[A-Z][A-Z ]*[A-Z]")


def asked(behind: Sequence[Token]) -> dict[str, str]:
    """Name → value as `_plain` writes it, from what stands behind a definition's properties."""
    at = next((at for at, token in enumerate(behind) if token.says("OPTIONS")), len(behind))
    found = _pairs(behind[at + 1 :])
    said = _type(behind[:at])
    return {**found, TYPE: said} if said else found


def differing(wanted: Mapping[str, str], row: Mapping[str, Any]) -> str:
    """The first thing that was asked for and is not so in a row of SHOW, in words; "" for none."""
    options = row.get("options") or {}
    there = {name: _plain(value) for name, value in (options.get("indexConfig") or {}).items()}
    there["indexProvider"] = _plain(row.get("indexProvider") or options.get("indexProvider"))
    there[TYPE] = _of_type(str(row.get("propertyType") or ""))
    return next(
        (
            f"{name} {there.get(name, 'nothing')}, not {value}"
            for name, value in wanted.items()
            if there.get(name) != value
        ),
        "",
    )


def _pairs(options: Sequence[Token]) -> dict[str, str]:
    """`name: value` at any depth of a map literal; a value that is a map is the names in it."""
    found = {}
    for at, token in enumerate(options[:-2]):
        name = token.text[1:-1] if token.sort == "value" else token.text
        named = token.sort in ("word", "name") and options[at + 1].says(":")
        if named and not options[at + 2].says("{"):
            found[name] = _literal(options[at + 2 :])
    return found


def _literal(rest: Sequence[Token]) -> str:
    """The value that begins here, as `_plain` writes it."""
    if not rest[0].says("["):
        return _scalar(rest)
    values, begins = [], True
    for at, token in enumerate(rest[1:], 1):
        if token.says("]"):
            break
        if begins:
            values.append(_scalar(rest[at:]))
        begins = token.says(",")
    return f"[{', '.join(values)}]"


def _scalar(rest: Sequence[Token]) -> str:
    sign = "-" if rest[0].says("-") else ""
    token = rest[1] if rest[0].says("-", "+") and len(rest) > 1 else rest[0]
    if token.sort == "value" and token.text[0] in "'\"":
        return _plain(token.text[1:-1])
    try:
        return _plain(float(f"{sign}{token.text}"))
    except ValueError:
        return token.text.lower()


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_plain, value))}]"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{float(value):g}"
    return str(value).lower()


def _type(behind: Sequence[Token]) -> str:
    """What stands behind `IS ::` or `IS TYPED`; "" where neither does."""
    words = [str(token) for token in behind]
    for at, word in enumerate(words):
        if word == "TYPED" or words[at : at + 2] == [":", ":"]:
            return _of_type(" ".join(words[at + (1 if word == "TYPED" else 2) :]))
    return ""


def _of_type(text: str) -> str:
    """A type in the server's own names, the parts of a union in order."""
    plain = re.sub(r"\s+", " ", re.sub(r"\s*([<>|])\s*", r"\1", text.upper())).strip()
    named = _WORDS.sub(lambda found: _synonym(found[0]), plain)
    return "|".join(sorted(named.split("|"))) if "<" not in named else named


def _synonym(words: str) -> str:
    bare = words.removesuffix(" NOT NULL")
    return _SYNONYMS.get(bare, bare) + words[len(bare) :]
