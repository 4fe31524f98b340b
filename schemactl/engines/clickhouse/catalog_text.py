"""A server's own words for an object, freed of what is not part of it: its database's name, UUIDs, the layout.

Two databases of one server that hold the same say the same afterwards. Two versions of the server need not: each writes
defaults and expressions its own way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STRING: Final = r"'(?:\\.|''|[^'\\])*+'"
_QUOTED: Final = r'`(?:\\.|``|[^`\\])*+`|"(?:\\.|""|[^"\\])*+"'
_WORD: Final = r"[A-Za-z_0-9]++"
# 18.16 writes down that a comment was emptied.
_NO_COMMENT: Final = r"\s++COMMENT\s++''(?!')"


class Words:
    """Rewrites texts of one database.

    names  UUID → the name of the table that has it
    """

    def __init__(self, database: str, names: Mapping[str, str]) -> None:
        own = re.escape(database)
        quoted = re.escape(database.replace("\\", "\\\\").replace("`", "\\`"))
        # A name is the database's only at the beginning of a dotted one, and only where something follows.
        before = rf"(?<![\w.`\"])(?:`{quoted}`|\"{own}\"" + (f"|{own}" if re.fullmatch(_WORD, database) else "") + ")"
        self._tokens = re.compile(
            rf"(?P<own>{before}\.(?=[\w`\"]))|(?P<none>{_NO_COMMENT})|(?P<space>\s++)|{_STRING}|{_QUOTED}|{_WORD}|.",
            re.DOTALL,
        )
        self._names = names

    def of(self, text: str) -> str:
        """The text with single spaces between tokens, quoted text as it is."""
        plain = "".join(self._token(found) for found in self._tokens.finditer(text)).strip()
        return _UUID.sub(lambda uuid: self._names.get(uuid[0], uuid[0]), plain)

    def _token(self, found: re.Match[str]) -> str:
        if found["own"] or found["none"]:
            return ""
        return " " if found["space"] else found[0]
