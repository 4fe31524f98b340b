"""How values of a seed look to people: short, on one line, those that came from a variable as the file has them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from schemactl.model.seed import Expanded, Lookup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HIDDEN: Final = "***"
NULL: Final = "NULL"
LONGEST: Final = 120
_LOOKED_AT: Final = LONGEST * 4  # of a text, to shorten it: what comes behind is never shown
_SECRET: Final = re.compile(r"passw|pwd|passphrase|secret|token|(?:api|access|private)_?key|salt\b", re.IGNORECASE)
# What the fields of a document, a map, an hstore, a connection string or XML are called, as text.
_NAMES: Final = re.compile(
    r"""["']((?:[^"'\\]|\\.){1,200}+)["']\s*+[:=]|(?<![\w$.-])([\w$.-]{1,200}+)[\\"'`]{0,8}+\s*+[:=]|<([\w:.-]{1,200}+)"""
)


def shown(value: Any) -> str:
    """A value of a seed as text, at most LONGEST characters."""
    if value is None:
        return NULL
    if isinstance(value, str):
        return short(_written(value))
    if isinstance(value, Lookup):
        by = ", ".join(keyed(name, shown(inner)) for name, inner in value.by.items())
        return short(f"{value.object} with {by}")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return short(json.dumps(_plain(value), ensure_ascii=False, default=str))
    return str(value)


def pair(name: str, now: str, wanted: Any) -> tuple[str, str, str]:
    """A field of a difference; `now` is what is there, as text.

    The value of a variable may be a secret, and so may what stands in its place. What a field is called can tell, too,
    and so can the fields of a document.
    """
    if _tells(name) or any(map(_tells, _names_in([now, wanted]))):
        return name, HIDDEN, HIDDEN
    return name, HIDDEN if any(expanded([wanted])) else short(now), shown(wanted)


def keyed(written: str, told: str) -> str:
    """`name = search`: a part of a row's key and its value, as text."""
    return f"{written} = {HIDDEN if _tells(written) or any(map(_tells, _names_in(told))) else told}"


def short(text: str) -> str:
    """One line of at most LONGEST characters."""
    if not text:
        return '""'
    flat = " ".join(text[:_LOOKED_AT].split()) if "\n" in text else text[: LONGEST + 1]
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"


def expanded(values: Iterable[Any]) -> Iterator[Expanded]:
    """The values of variables among these, and within them."""
    for value in values:
        if isinstance(value, Expanded):
            yield value
        elif isinstance(value, Lookup):
            yield from expanded(value.by.values())
        elif isinstance(value, dict):
            yield from expanded(value.values())
        elif isinstance(value, list):
            yield from expanded(value)


def _tells(name: str) -> bool:
    return _SECRET.search(name) is not None


def _names_in(value: Any) -> Iterator[str]:
    """What the fields of a document are called, also of those within it, and of one that is given as text."""
    if isinstance(value, str):
        yield from ("".join(groups) for groups in _NAMES.findall(value[:_LOOKED_AT]))
    elif isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _names_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names_in(inner)


def _written(value: str) -> str:
    return value.written if isinstance(value, Expanded) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Lookup):
        return shown(value)
    if isinstance(value, str):
        return _written(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
