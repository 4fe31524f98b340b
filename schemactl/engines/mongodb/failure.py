"""Server errors in our own terms. The only place that knows what a code of MongoDB means for exit code and kind.

Source: MongoDB's error_codes.yml; what a driver must make of labels: "Transactions" and "Retryable Writes" of its
driver specifications.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    InvalidOperation,
    InvalidURI,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
)

from schemactl.errors import ConfigError, ConnectError, SchemactlError, StatementError
from schemactl.running.failure import before

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UNAUTHORIZED, AUTHENTICATION_FAILED = 13, 18
NAMESPACE_NOT_FOUND, NAMESPACE_EXISTS, NO_SUCH_TRANSACTION = 26, 48, 251
INTERNAL, INTERRUPTED, OUTLIVED = 1, 11601, 290
UNKNOWN_COMMIT = "UnknownTransactionCommitResult"
TRANSIENT = "TransientTransactionError"

_CODES: dict[str, tuple[int, ...]] = {
    "unique_violation": (11000, 11001, 12582, 359),
    "duplicate_object": (48, 68, 85, 86, 51003, 51002),
    "missing_object": (26, 27, 11, 31),
    "syntax_error": (2, 9, 14, 40, 59, 67, 72, 73, 197, 40415, 40414),
    "invalid_document": (121,),
    "insufficient_privilege": (13,),
    "authentication": (18, 8000),
    "statement_timeout": (50, 290),
    "lock_timeout": (112, 24, 46, 117, 246, 262, 12586, 12587),
    "no_space": (14031, 388, 257),
    "no_transaction": (263, 20),
    "not_replicated": (64, 100, 79),
    "cancelled": (11601,),
}
_KINDS = {code: kind for kind, codes in _CODES.items() for code in codes}
# The server as a whole is going or has changed its role: what was under way has to be asked for.
_GONE = frozenset({6, 7, 89, 91, 189, 9001, 10107, 11600, 11602, 13435, 13436})
# Refused before anything ran.
_SETTLED = frozenset({9, 13, 14, 18, 20, 40, 59, 72, 73, 263, 40414, 40415})
# Those that a write's own error has no name for.
_NAMES = {11000: "DuplicateKey", 121: "DocumentValidationFailure", 112: "WriteConflict", 66: "ImmutableField"}
_REMEDIES = {
    "lock_timeout": "find what is in the way (currentOp)",
    "no_transaction": "say `transaction=none` in the file: no transaction can hold what it does",
    "not_replicated": "see that a majority of the members is up",
    "statement_timeout": "raise `statement_timeout` in the file's directives, or split the work",
    "no_space": "make room on the server's disk, or cut a transaction that is too large (`transaction=none`)",
}
_GIVE_USER = "give user and password in this target's URL"
_ADVICE = {
    OUTLIVED: "cut the migration, or say `transaction=none` in the file and make it idempotent; "
    "transactionLifetimeLimitSeconds sets how long the server lets one live",
}
_QUOTES: Final = re.compile(r"[\"'{]|dup key")  # what an error quotes of documents begins here


class ServerFailure(NamedTuple):
    """One refusal of the server. `code` is 0 where the connection itself failed; `name` the code's own name; `advice`
    what to do about this very command, before what its kind says."""

    code: int
    name: str
    message: str
    labels: tuple[str, ...] = ()
    line: int = 0
    settled: bool = False
    position: int = 0
    advice: str = ""

    @property
    def state(self) -> str:
        return self.name or (str(self.code) if self.code else "")

    @property
    def kind(self) -> str:
        return _KINDS.get(self.code, "statement")

    @property
    def gone(self) -> bool:
        return self.code == 0 or self.code in _GONE

    @property
    def retryable(self) -> bool:
        return not self.gone and (self.kind == "lock_timeout" or TRANSIENT in self.labels)

    @property
    def remedy(self) -> str:
        return self.advice or _ADVICE.get(self.code) or _REMEDIES.get(self.kind, "")

    def sentence(self) -> str:
        text = " ".join(self.message.split()) or "no words"
        return f"{text} ({self.name or 'code'} {self.code})" if self.code else text

    def unquoted(self) -> str:
        return self._replace(message=before(_QUOTES, self.message)).sentence()


def from_exception(error: PyMongoError) -> ServerFailure:
    """The failure that an exception of the driver holds."""
    labels = tuple(error._error_labels)
    if isinstance(error, NotPrimaryError):
        details: Mapping[str, Any] = error.details if isinstance(error.details, dict) else {}
        return _of(details, str(error), labels)._replace(code=int(details.get("code", 10107)))
    if isinstance(error, BulkWriteError):
        return from_reply(error.details) or _of(error.details, str(error), labels)
    if isinstance(error, OperationFailure):
        details = error.details or {}
        return from_reply(details) or _of(details, str(error), labels)._replace(code=error.code or 8)
    if isinstance(error, ConnectionFailure):
        return ServerFailure(0, "", str(error), labels)
    # The driver itself refused: nothing reached the server, unless its client was closed under it.
    closed = isinstance(error, InvalidOperation) and "close" in str(error)
    return ServerFailure(0 if closed else 9, "" if closed else type(error).__name__, str(error), labels, settled=True)


def from_reply(reply: Mapping[str, Any]) -> ServerFailure | None:
    """The failure in an answer that is otherwise well: a write that was refused, or that no majority has yet."""
    for error in reply.get("writeErrors") or ():
        labels = tuple(reply.get("errorLabels") or ())
        code = int(error.get("code", 8))
        name = error.get("codeName") or _NAMES.get(code, "")
        return ServerFailure(code, name, str(error.get("errmsg")), labels)
    if reply.get("nErrors"):
        return _in_bulk(reply)
    concerns = reply.get("writeConcernError") or next(iter(reply.get("writeConcernErrors") or ()), None)
    if concerns:
        code = int(concerns.get("code", 64))
        message = f"done here, not by a majority of the members: {concerns.get('errmsg')}"
        return ServerFailure(code if code in (64, 79, 100, *_GONE) else 64, concerns.get("codeName") or "", message)
    return None


def _in_bulk(reply: Mapping[str, Any]) -> ServerFailure:
    """The first operation that a bulkWrite was refused; one that the answer counts may be in a later batch of it."""
    count, parts = int(reply["nErrors"]), (reply.get("cursor") or {}).get("firstBatch") or ()
    first: Mapping[str, Any] = next((one for one in parts if not one.get("ok")), {})
    code = int(first.get("code", 8))
    where = f"operation {first['idx'] + 1} of it: {first.get('errmsg')}" if first else "its answer does not show which"
    message = f"{count} of its operations {'was' if count == 1 else 'were'} refused; {where}"
    name = first.get("codeName") or _NAMES.get(code, "")
    return ServerFailure(code, name, message, tuple(reply.get("errorLabels") or ()))


def _of(details: Mapping[str, Any], text: str, labels: Iterable[str]) -> ServerFailure:
    code = int(details.get("code") or 0)
    message = str(details.get("errmsg") or text)
    name = str(details.get("codeName") or _NAMES.get(code, ""))
    return ServerFailure(code, name, message, tuple(labels), settled=code in _SETTLED)


def connecting(
    error: PyMongoError | ValueError, *, shown: str, target: str, password: str, anonymous: bool = False
) -> SchemactlError:
    """What to tell of a connection that did not come about. The password never reaches the message.

    anonymous  whether it gives no user
    """
    text = " ".join(str(error).split(", Topology Description")[0].split())
    for secret in filter(None, {password}):
        text = text.replace(secret, "***")
    if isinstance(error, InvalidURI | ConfigurationError | ValueError) or not isinstance(error, PyMongoError):
        return ConfigError(
            f"a part of the URL does not hold: {text}",
            at=shown,
            now="nothing was changed",
            do="correct this target's URL",
            kind="url",
            target=target,
        )
    failure = from_exception(error)
    kind, do = _connect_kind(failure, text) if not _wants_user(failure, anonymous) else ("authentication", _GIVE_USER)
    said = failure.sentence().replace(password, "***") if failure.code and password else text
    return ConnectError(f"no connection: {said}", at=shown, now="nothing was changed", do=do, kind=kind, target=target)


def _wants_user(failure: ServerFailure, anonymous: bool) -> bool:
    """Whether the server says that nobody was named, and not that somebody may not."""
    return anonymous and failure.code == UNAUTHORIZED


def _connect_kind(failure: ServerFailure, text: str) -> tuple[str, str]:
    if failure.kind == "authentication":
        return "authentication", "check user, password and authSource of this target's URL"
    if failure.kind == "insufficient_privilege":
        return "insufficient_privilege", "give this user the right named above"
    if "certificate" in text.lower() or "SSL" in text or "TLS" in text:
        return "tls", "check tlsCAFile and the server's certificate (docs/engines/mongodb.md)"
    if "replicaSet" in text or "replica set" in text.lower():
        return "unreachable", "check the replica set's name and its members' addresses in this target's URL"
    return "unreachable", "check host, port and whether the server is up"


def reading(error: PyMongoError, *, target: str, shown: str, what: str, anonymous: bool = False) -> SchemactlError:
    """What to tell when a read or write of ours (ledger, catalogue, lock) failed; `anonymous` as of `connecting`."""
    failure = from_exception(error)
    if failure.gone:
        return ConnectError(
            f"the connection was lost while {what}: {failure.sentence()}",
            at=shown,
            do="see whether the server is up, then run the command again",
            kind="connection_lost",
            target=target,
        )
    if _wants_user(failure, anonymous):
        return ConnectError(
            f"{what} failed: the server wants a user, and the URL names none: {failure.sentence()}",
            at=shown,
            now="nothing was changed",
            do=_GIVE_USER,
            kind="authentication",
            target=target,
        )
    return StatementError(
        f"{what} failed: {failure.sentence()}",
        at=shown,
        do="give this user the right named above" if failure.kind == "insufficient_privilege" else None,
        kind=failure.kind,
        target=target,
        state=failure.state,
    )
