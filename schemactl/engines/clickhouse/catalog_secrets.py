"""What must not be in a catalogue: passwords in the arguments of engines and table functions, values of collections.

Today's servers hide these by themselves; 18.16, and many between, write them down as they were given.
source  ClickHouse manual, the pages of the table engines and functions named below, "Dictionary sources", "Named
        collections"; what 18.16 and 26.9 show was tried
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
_PLACES: Final = {
    **dict.fromkeys((*_REMOTE, "MYSQL", "POSTGRESQL", "MATERIALIZEDPOSTGRESQL", "MONGODB"), 4),
    "REDIS": 2,
}
"""The place of the password among the arguments, the first one 0: behind address, database, table and user."""
_ONE_TOKEN: Final = 2
"""From an argument of one token to the next one: the token and the comma."""
_OBJECT_STORES: Final = (
    "S3",
    "S3CLUSTER",
    "S3QUEUE",
    "OSS",
    "COSN",
    "GCS",
    "ICEBERG",
    "ICEBERGS3",
    "HUDI",
    "DELTALAKE",
)
"""Those that take an address, and then an access key and its secret or nothing of the kind."""
_FORMAT: Final = re.compile(r"'(?:auto|[A-Z]\w*|none|gzip|gz|br|xz|lz4|zstd|zst|bz2|snappy)'")
_MAY_HOLD: Final = re.compile(
    r"\b(?:mysql|remote|remotesecure|(?:materialized)?postgresql|mongodb|redis|odbc|jdbc|s3\w*|oss|cosn|gcs|iceberg\w*"
    r"|hudi|deltalake)\s*\(|://|\w*password\b|accountkey|secret_access_key",
    re.IGNORECASE,
)
_IN_STRING: Final = re.compile(r"((?:pwd|password|accountkey|sharedaccesssignature)=)[^;'&]*", re.IGNORECASE)
_IN_URL: Final = re.compile(r"(\w://[^/@'\s:]*:)[^/@'\s]*@")
_NAMED: Final = re.compile(r"(?:\w+_)?PASSWORD|SECRET_ACCESS_KEY|ACCOUNT_KEY")


def hidden(query: str) -> str:
    """A statement, or what stands behind its ENGINE =, without the passwords that it gives to other servers."""
    if not _MAY_HOLD.search(query):
        return query
    parts = [_without_inner(part) for part in snapshot_text.pieces(query)]
    settings = False
    for at, part in enumerate(parts[:-1]):
        settings = settings or part.word == "SETTINGS"
        place = _secret_at(parts, at, settings=settings)
        if place >= 0 and parts[place].token[:1] == "'":
            parts[place] = parts[place]._replace(token=HIDDEN)
    return snapshot_text.plain(parts)


def _without_inner(part: Piece) -> Piece:
    """A string without the password of an address or of a connection string in it."""
    if part.token[:1] != "'":
        return part
    return part._replace(token=_IN_STRING.sub(r"\1[HIDDEN]", _IN_URL.sub(r"\1[HIDDEN]@", part.token)))


def _secret_at(parts: Sequence[Piece], at: int, *, settings: bool) -> int:
    """Where the secret stands that the word at `at` announces; -1 where it announces none."""
    word, behind = parts[at].word, parts[at + 1].token
    if behind == "(":
        arguments = _arguments(parts, at + 2)
        if word in _PLACES:
            return _password_of(word, parts, arguments)
        return _key_of(parts, arguments) if word in _OBJECT_STORES else -1
    if _NAMED.fullmatch(word):
        # A dictionary's `PASSWORD '…'`, and the settings of queues; elsewhere a column may be compared.
        if behind[:1] == "'":
            return at + 1
        if behind == "=" and settings and at + 2 < len(parts):
            return at + 2
    return -1


def _password_of(word: str, parts: Sequence[Piece], arguments: Sequence[int]) -> int:
    # `remote('there', other.table, 'user', 'password')` names the table in one argument, as a function does.
    joined = word in _REMOTE and len(arguments) > 2 and arguments[2] - arguments[1] > _ONE_TOKEN
    wanted = _PLACES[word] - joined
    return arguments[wanted] if len(arguments) > wanted else -1


def _key_of(parts: Sequence[Piece], arguments: Sequence[int]) -> int:
    if len(arguments) < 3 or _FORMAT.fullmatch(parts[arguments[1]].token):
        return -1
    return arguments[2] if parts[arguments[1]].token[:1] == "'" else -1


def _arguments(parts: Sequence[Piece], begins: int) -> list[int]:
    """Where each of the arguments begins, of which the first is at `begins`."""
    places, depth = [begins], 0
    for at in range(begins, len(parts)):
        token = parts[at].token
        if not depth and token == ")":
            break
        if not depth and token == ",":
            places.append(at + 1)
        depth += (token in "([{") - (token in ")]}")
    return places


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
