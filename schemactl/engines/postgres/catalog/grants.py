"""Access control lists as facts: an aclitem's text becomes who may do what. Knows the letters; reads no catalogue."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

# PostgreSQL manual, 5.8 Privileges, tables "ACL Privilege Abbreviations" and "Summary of Access Privileges".
_NAMES = {
    "r": "SELECT",
    "a": "INSERT",
    "w": "UPDATE",
    "d": "DELETE",
    "D": "TRUNCATE",
    "x": "REFERENCES",
    "t": "TRIGGER",
    "m": "MAINTAIN",
    "X": "EXECUTE",
    "U": "USAGE",
    "C": "CREATE",
}
_ALL = {
    "relation": "rawdDxt",
    "sequence": "rwU",
    "column": "rawx",
    "function": "X",
    "type": "U",
    "language": "U",
    "schema": "UC",
    "wrapper": "U",
    "server": "U",
}
_OBJECTS = {
    "r": "relation",
    "s": "sequence",
    "c": "column",
    "f": "function",
    "T": "type",
    "l": "language",
    "n": "schema",
    "F": "wrapper",
    "S": "server",
}
_TO_PUBLIC = frozenset({"function", "type", "language"})
_ITEM = re.compile(r'("(?:[^"]|"")*"|[^=]*)=([A-Za-z*]*)/(.*)', re.DOTALL)

Grant = dict[str, Any]


def grants(value: list[str], *, major: int) -> list[Grant] | None:
    """The grants in `value` (object type, owner, aclitem …), in order; None where they are the server's default.

    Each is {"to", "privileges"} and, where they apply, {"grantable"} and {"by"} (a grantor other than the owner). All
    that can be had reads "ALL", as MAINTAIN is part of it from 17 on; everyone is "public".
    """
    return _grants(tuple(value), major)


@lru_cache(maxsize=4096)
def _grants(value: tuple[str, ...], major: int) -> list[Grant] | None:
    letter, owner, *items = value
    kind = _OBJECTS[letter]
    found = sorted((_grant(item, owner, _all(kind, major)) for item in items), key=_order)
    return None if found == sorted(_default(kind, owner), key=_order) else found


def default_privileges(value: list[str], *, major: int) -> list[Grant]:
    """As `grants`, for ALTER DEFAULT PRIVILEGES: whatever stands there was asked for, so nothing is left out."""
    letter, owner, *items = value
    return sorted((_grant(item, owner, _all(_OBJECTS[letter], major)) for item in items), key=_order)


def _all(kind: str, major: int) -> str:
    return _ALL[kind] + ("m" if kind == "relation" and major >= 17 else "")


def _default(kind: str, owner: str) -> list[Grant]:
    if kind == "column":
        return []
    everyone = [{"to": "public", "privileges": ["ALL"]}] if kind in _TO_PUBLIC else []
    return [*everyone, {"to": owner, "privileges": ["ALL"]}]


def _grant(item: str, owner: str, every: str) -> Grant:
    parts = _ITEM.fullmatch(item)
    if parts is None:
        raise ValueError(f"not an aclitem: {item!r}")
    letters = parts[2].replace("*", "")
    grantable = {letter for letter, mark in zip(parts[2], f"{parts[2][1:]} ", strict=True) if mark == "*"}
    grant: Grant = {"to": _role(parts[1]) or "public", "privileges": _words(set(letters), every)}
    if grantable:
        grant["grantable"] = _words(grantable, every)
    if _role(parts[3]) != owner:
        grant["by"] = _role(parts[3])
    return grant


def _words(letters: set[str], every: str) -> list[str]:
    return ["ALL"] if letters >= set(every) else sorted(_NAMES.get(letter, letter) for letter in letters)


def _role(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def _order(grant: Grant) -> tuple[str, str]:
    return (grant["to"], grant.get("by", ""))
