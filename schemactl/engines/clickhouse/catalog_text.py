"""A server's own words for an object, freed of what is not part of it: its database's name, UUIDs, the layout.

Two databases of one server that hold the same say the same afterwards. Two versions of the server need not: each writes
defaults and expressions its own way. Where a text names the database by force (of a Buffer, of a dictionary that is
asked) it becomes `currentDatabase()`, or goes where the server adds it by itself.
source  ClickHouse manual, "Buffer", "Merge", "Distributed", "Functions for Working with Dictionaries"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from schemactl.engines.clickhouse import literal
from schemactl.engines.clickhouse.tokens import unquoted

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STRING: Final = r"'(?:\\.|''|[^'\\])*+'"
_QUOTED: Final = r'`(?:\\.|``|[^`\\])*+`|"(?:\\.|""|[^"\\])*+"'
_WORD: Final = r"[A-Za-z_0-9]++"
# 18.16 writes down that a comment was emptied.
_NO_COMMENT: Final = r"\s++COMMENT\s++''(?!')"
_ARGUMENT: Final = rf"(?:{_STRING}|{_QUOTED}|{_WORD})"
_HERE: Final = "currentDatabase()"
# Engines whose arguments name a table, behind its database; of Merge a pattern for its name.
_REACHING: Final = (
    rf"(?P<reaching>ENGINE\s=\s(?:(?:Buffer|Merge)\(|Distributed\({_ARGUMENT},\s))"
    rf"(?P<database>currentDatabase\(\)|{_ARGUMENT}),\s(?P<table>{_ARGUMENT})(?=[,)])"
)
_WITHOUT: Final = rf"(?P<engine>ENGINE\s=\s{_WORD})\(\)"
_ASKED: Final = r"dict(?:Get|Has|Is)\w*+\('|joinGet\w*+\('"


class Words:
    """Rewrites texts of one database.

    names  UUID → the name of the table that has it
    """

    def __init__(self, database: str, names: Mapping[str, str]) -> None:
        own = re.escape(database)
        quoted = re.escape(database.replace("\\", "\\\\").replace("`", "\\`"))
        # A name is the database's only at the beginning of a dotted one, and only where something follows.
        before = rf"(?<![\w.`\"])(?:`{quoted}`|\"{own}\"" + (f"|{own}" if re.fullmatch(_WORD, database) else "") + ")"
        asked = rf"(?P<asked>{_ASKED}){re.escape(literal.text(database)[1:-1])}\."
        self._tokens = re.compile(
            rf"(?P<own>{before}\.(?=[\w`\"]))|(?P<none>{_NO_COMMENT})|(?P<space>\s++)|{_REACHING}|{_WITHOUT}|{asked}"
            rf"|{_STRING}|{_QUOTED}|{_WORD}|.",
            re.DOTALL,
        )
        self._database = database
        self._names = names

    def of(self, text: str) -> str:
        """The text with single spaces between tokens, quoted text as it is."""
        plain = "".join(self._token(found) for found in self._tokens.finditer(text)).strip()
        return _UUID.sub(lambda uuid: self._names.get(uuid[0], uuid[0]), plain)

    def of_engine(self, text: str) -> str:
        """The same of what stands behind ENGINE =."""
        return self.of(f"ENGINE = {text}").removeprefix("ENGINE =").lstrip()

    def _token(self, found: re.Match[str]) -> str:
        if found["own"] or found["none"]:
            return ""
        if found["reaching"]:
            database = found["database"] if found["database"] == _HERE else unquoted(found["database"])
            where = _HERE if database in (_HERE, self._database) else literal.text(database)
            return f"{found['reaching']}{where}, {literal.text(unquoted(found['table']))}"
        return " " if found["space"] else found["engine"] or found["asked"] or found[0]
