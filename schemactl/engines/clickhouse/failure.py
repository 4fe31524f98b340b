"""Server errors in our own terms. The only place that knows what a ClickHouse error code means for exit code and kind.

Source: ClickHouse's dbms/src/Common/ErrorCodes.cpp, whose numbers are never given a second meaning; what each version
answers was tried (docs/servers/clickhouse.md, "Error codes").
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from schemactl.errors import ConnectError, LockedError, SchemactlError, StatementError
from schemactl.running.failure import before

SYNTAX_ERROR: Final = 62
TABLE_EXISTS: Final = 57
UNKNOWN_TABLE: Final = 60
DROPPED_TABLE: Final = 218
"""It was there when its name was looked up, and gone when it was to be read."""
UNKNOWN_DATABASE: Final = 81
QUERY_CANCELLED: Final = 394
TIMEOUT: Final = 159
REPLICA_EXISTS: Final = 253
QUORUM_UNKNOWN: Final = 319
QUORUM_PENDING: Final = 286
CANNOT_LOCK_FILE: Final = 76
UNFINISHED: Final = 341
"""The server's for a mutation that fails while it is waited for; ours too, where we are those who wait."""
STOPPED: Final = -2
"""Ours: the statement was not sent, or is no longer waited for, because the run is to stop."""
WRONG_TYPE: Final = -3
"""Ours: a Python value does not fit the type of its column, so its block was not sent."""
GONE: Final = -1
"""Ours: the connection itself failed, so no code of the server's."""

_KINDS: Final = {
    62: "syntax_error",
    47: "missing_object",
    60: "missing_object",
    218: "missing_object",
    81: "missing_object",
    10: "missing_object",
    16: "missing_object",
    36: "statement",
    57: "duplicate_object",
    82: "duplicate_object",
    15: "duplicate_object",
    44: "duplicate_object",
    253: "duplicate_object",
    159: "statement_timeout",
    160: "statement_timeout",
    209: "statement_timeout",
    164: "insufficient_privilege",
    497: "insufficient_privilege",
    291: "insufficient_privilege",
    243: "no_space",
    394: "cancelled",
    319: "no_quorum",
    286: "no_quorum",
    285: "no_quorum",
    289: "no_quorum",
    225: "no_keeper",
    242: "no_keeper",
    999: "no_keeper",
    473: "lock_timeout",
    341: "mutation",
    STOPPED: "cancelled",
    WRONG_TYPE: "wrong_type",
}
_CONNECT_KINDS: Final = {
    193: ("authentication", "check user and password of this target's URL"),
    192: ("authentication", "check the user of this target's URL"),
    194: ("authentication", "give this target's URL the user's password"),
    195: ("authentication", "let this user connect from this host"),
    516: ("authentication", "check user and password of this target's URL"),
    81: ("missing_database", "create the database, or correct its name in this target's URL"),
    202: ("too_many_connections", "wait, or raise max_concurrent_queries of the server"),
}
# The parser is the only one that speaks before anything is begun, on one server as on a cluster.
_SETTLED: Final = frozenset({62})
_POSITION: Final = re.compile(r"failed at position (\d+)")
_WORDS: Final = re.compile(r"^(?:DB::Exception: )+|(?:, e\.what\(\) = DB::\w*Exception)|\s*Stack trace:.*$", re.DOTALL)
_QUOTES: Final = re.compile(r"[\"'{:]|\bbefore\b")  # what an error quotes of values begins here


class ServerFailure(NamedTuple):
    """One error of the server, or of the connection to it (`code` GONE). See running.failure.Failure.

    way_out  the next step where it is another than that of the code
    """

    code: int
    message: str
    line: int = 0  # of the script that asked; 0 where none did
    position: int = 0  # one-based character in the statement; 0 where the server gave none
    way_out: str = ""

    @property
    def state(self) -> str:
        return str(self.code) if self.code > 0 else ""

    @property
    def kind(self) -> str:
        if "errno: 28" in self.message or "No space left" in self.message:
            return "no_space"
        if self.gone:
            return "connection_lost"
        return _KINDS.get(self.code, "statement")

    @property
    def gone(self) -> bool:
        """The connection went away: what was under way is unknown until the server is asked again."""
        return self.code == GONE

    @property
    def no_table(self) -> bool:
        """There is no such table, or there is none any more."""
        return self.code in (UNKNOWN_TABLE, DROPPED_TABLE)

    @property
    def retryable(self) -> bool:
        return self.code == 473

    @property
    def settled(self) -> bool:
        """The server says for sure that nothing was done."""
        return self.code in _SETTLED

    @property
    def remedy(self) -> str:
        return self.way_out or _REMEDIES.get(self.code, "")

    def sentence(self) -> str:
        return f"{self.message} (code {self.code})" if self.code > 0 else self.message

    def unquoted(self) -> str:
        return self._replace(message=before(_QUOTES, self.message)).sentence()


_REMEDIES: Final = {
    164: "give this user the right to write: it is read-only",
    497: "give this user the right named above",
    242: "see why the table's replica is read-only, and whether the Keeper answers",
    REPLICA_EXISTS: (
        "its place in the Keeper is taken: by another table with the same path, or by one that is gone from its server"
        " and was not dropped. Give the table a path of its own (with {database} and {table}, or {uuid}), or drop what"
        " has the place: DROP TABLE, or SYSTEM DROP REPLICA where the server knows it"
    ),
    286: "bring back the replica that is missing: the ledger takes no write without it",
    319: "bring back the replica that is missing: the ledger takes no write without it",
    341: (
        "mend or delete the rows that it fails on: the server goes on trying by itself. A changed column is changed"
        " back by another ALTER; after KILL MUTATION its table could not be read"
    ),
}


class ServerError(Exception):
    """What a Link raises. The driver's own exception is its cause."""

    def __init__(self, failure: ServerFailure) -> None:
        super().__init__(failure.sentence())
        self.failure = failure


def from_server(code: int, message: str) -> ServerFailure:
    """The failure of an answer: its words on one line, without stack trace and class names."""
    text = " ".join(_WORDS.sub("", message).split()).rstrip(". ")
    place = _POSITION.search(text)
    return ServerFailure(code, text, position=int(place[1]) if place else 0)


def connecting(failure: ServerFailure, *, shown: str, target: str, secrets: tuple[str, ...] = ()) -> SchemactlError:
    """What to tell of a connection that did not come about; `secrets` reach no message."""
    text = failure.sentence()
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    if failure.code == CANNOT_LOCK_FILE:
        return LockedError(
            f"another process has the folder open: {text}",
            at=shown,
            now="nothing was changed",
            do="wait for it to end, then run the command again",
            target=target,
        )
    kind, do = _CONNECT_KINDS.get(failure.code, ("unreachable", "check host, port and whether the server is up"))
    if "SSL" in text or "ssl" in text:
        do = "check the certificate, and that the port speaks TLS where the URL begins with clickhouses://, else not"
    return ConnectError(f"no connection: {text}", at=shown, now="nothing was changed", do=do, kind=kind, target=target)


def reading(error: ServerError, *, target: str, shown: str, what: str) -> SchemactlError:
    """What to tell when a read or write of ours (ledger, catalogue, lock) failed."""
    failure = error.failure
    if failure.gone:
        return ConnectError(
            f"the connection was lost while {what}: {failure.sentence()}",
            at=shown,
            do="see whether the server is up, then run the command again",
            kind="connection_lost",
            target=target,
        )
    return StatementError(
        f"{what} failed: {failure.sentence()}",
        at=shown,
        do=failure.remedy or None,
        kind=failure.kind,
        target=target,
        state=failure.state,
    )
