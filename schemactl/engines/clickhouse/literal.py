"""Values and names as ClickHouse reads them in a statement's text: 18.16 has no parameters on the server's side.

Source: ClickHouse manual, "Syntax", String literals and Identifiers.
"""

from __future__ import annotations

from typing import Final

_ESCAPED: Final = str.maketrans({"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"})


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.translate(_ESCAPED) + "'"


def name(value: str) -> str:
    """One part of an identifier, in backticks."""
    return "`" + value.replace("\\", "\\\\").replace("`", "\\`") + "`"


def texts(values: tuple[str, ...] | list[str]) -> str:
    """String literals in parentheses, for IN; one that nothing equals where there are none."""
    return "(" + ", ".join(map(text, values or ("",))) + ")"
