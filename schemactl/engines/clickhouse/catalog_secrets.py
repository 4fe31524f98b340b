"""What must not be in a catalogue: passwords in the arguments of engines and table functions, values of collections.

Today's servers hide these by themselves; 18.16 writes them down as they were given.
source  ClickHouse manual, "MySQL", "remote", "ODBC", "Named collections"; what each version shows was tried
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse import snapshot_text
from schemactl.engines.clickhouse.snapshot_text import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

HIDDEN: Final = "'[HIDDEN]'"
_REMOTE: Final = ("REMOTE", "REMOTESECURE")
_WITH_PASSWORD: Final = ("MYSQL", *_REMOTE)
_PASSWORD: Final = 4
"""The place of the password: behind address, database, table and user."""
_BY_DRIVER: Final = ("ODBC", "JDBC")
_MAY_HOLD: Final = re.compile(r"\b(?:mysql|remote|remotesecure|odbc|jdbc)\s*\(", re.IGNORECASE)
_IN_STRING: Final = re.compile(r"((?:pwd|password)=)[^;'&]*", re.IGNORECASE)


def hidden(query: str) -> str:
    """A statement, or what stands behind its ENGINE =, without the passwords that it gives to other servers."""
    if not _MAY_HOLD.search(query):
        return query
    parts = snapshot_text.pieces(query)
    for at, part in enumerate(parts[:-1]):
        if parts[at + 1].token != "(":
            continue
        if part.word in _WITH_PASSWORD:
            place = _place(part.word, parts, at + 2)
            if place >= 0:
                parts[place] = parts[place]._replace(token=HIDDEN)
        elif part.word in _BY_DRIVER and at + 2 < len(parts):
            text = parts[at + 2].token
            parts[at + 2] = parts[at + 2]._replace(token=_IN_STRING.sub(r"\1[HIDDEN]", text))
    return snapshot_text.plain(parts)


def _place(word: str, parts: Sequence[Piece], begins: int) -> int:
    """Where the password stands among the arguments that begin here; -1 where there is none."""
    places, depth = [begins], 0
    for at in range(begins, len(parts)):
        token = parts[at].token
        if not depth and token == ")":
            break
        if not depth and token == ",":
            places.append(at + 1)
        depth += (token in "([{") - (token in ")]}")
    # `remote('there', other.table, 'user', 'password')` names the table in one argument.
    joined = word in _REMOTE and any(part.token == "." for part in parts[begins : places[min(2, len(places) - 1)]])
    wanted = _PASSWORD - joined
    return places[wanted] if len(places) > wanted and parts[places[wanted]].token[:1] == "'" else -1


def values_hidden(query: str) -> str:
    """The statement of a named collection without its values, and without what it says of one that was there."""
    parts = snapshot_text.pieces(query)
    if [part.word for part in parts[3:6]] == ["IF", "NOT", "EXISTS"]:
        del parts[3:6]
    told, behind = [], False
    for part in parts:
        if part.token in (",", "AS") or part.word in ("OVERRIDABLE", "NOT"):
            behind = False
        if not behind:
            told.append(part)
        if part.token == "=":
            told.append(Piece(HIDDEN, apart=True))
            behind = True
    return snapshot_text.plain(told)
