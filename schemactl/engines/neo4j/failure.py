"""Server errors in our own terms. The only place that knows what a code of Neo4j means for exit code and kind.

source  Neo4j manual, "Status codes"; those that were met on a server are in tests/engines/neo4j/test_running.py
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.errors import ConnectError, SchemactlError, StatementError
from schemactl.running.failure import before

if TYPE_CHECKING:
    from schemactl.contract.opening import Opening

TERMINATED = frozenset({"Neo.ClientError.Transaction.Terminated", "Neo.TransientError.Transaction.Terminated"})
LOCK_STOPPED = frozenset(
    {"Neo.ClientError.Transaction.LockClientStopped", "Neo.TransientError.Transaction.LockClientStopped"}
)
EQUIVALENT = "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists"

_T, _C, _D = "Neo.TransientError.", "Neo.ClientError.", "Neo.DatabaseError."
_KINDS = {
    _T + "Transaction.DeadlockDetected": "deadlock",
    _T + "Transaction.LockAcquisitionTimeout": "lock_timeout",
    _C + "Transaction.LockAcquisitionTimeout": "lock_timeout",
    _T + "Database.DatabaseUnavailable": "unavailable",
    _T + "Transaction.MaximumTransactionLimitReached": "limit",
    _T + "General.MemoryPoolOutOfMemoryError": "out_of_memory",
    _T + "General.OutOfMemoryError": "out_of_memory",
    _C + "Transaction.TransactionTimedOut": "statement_timeout",
    _C + "Transaction.TransactionTimedOutClientConfiguration": "statement_timeout",
    _C + "Transaction.ForbiddenDueToTransactionType": "mixed_transaction",
    _C + "Schema.ConstraintValidationFailed": "constraint",
    _D + "Schema.ConstraintCreationFailed": "constraint",
    _C + "Schema.ConstraintViolation": "constraint",
    _C + "Schema.IndexAlreadyExists": "duplicate_object",
    _C + "Schema.ConstraintAlreadyExists": "duplicate_object",
    _C + "Schema.IndexWithNameAlreadyExists": "duplicate_object",
    _C + "Schema.ConstraintWithNameAlreadyExists": "duplicate_object",
    EQUIVALENT: "duplicate_object",
    _D + "Schema.IndexDropFailed": "missing_object",
    _D + "Schema.ConstraintDropFailed": "missing_object",
    _C + "Schema.IndexNotFound": "missing_object",
    _C + "Schema.ConstraintNotFound": "missing_object",
    _C + "Procedure.ProcedureNotFound": "missing_object",
    _D + "Schema.IndexCreationFailed": "index_failed",
    _D + "General.IndexCorruptionDetected": "index_failed",
    _C + "Statement.SyntaxError": "syntax_error",
    _C + "Statement.SemanticError": "syntax_error",
    _C + "Statement.ParameterMissing": "syntax_error",
    _C + "Statement.UnsupportedAdministrationCommand": "enterprise",
    _C + "Security.Forbidden": "insufficient_privilege",
    _C + "General.WriteOnReadOnlyAccessDatabase": "read_only",
    _C + "General.ForbiddenOnReadOnlyDatabase": "read_only",
    _C + "Cluster.NotALeader": "read_only",
}
_GONE = frozenset({_T + "General.DatabaseUnavailable"})
# Refused before anything of it ran.
_SETTLED = frozenset(
    {
        _C + "Statement.SyntaxError",
        _C + "Statement.SemanticError",
        _C + "Statement.ParameterMissing",
        _C + "Statement.UnsupportedAdministrationCommand",
        _C + "Security.Forbidden",
    }
)
_ENTERPRISE = re.compile(r"requires Neo4j Enterprise|Enterprise [Ee]dition|not supported in community", re.IGNORECASE)
# What the server says where two nodes or relationships have one value.
_TWICE = re.compile(r"already exists with|^Both |\bBoth (?:Node|Relationship)")
_PLACE = re.compile(r"\(line (\d+), column (\d+)(?: \(offset: (\d+)\))?\)")
_REMEDIES = {
    "lock_timeout": "end the transaction that is in the way (SHOW TRANSACTIONS)",
    "enterprise": "use what the Community edition has (docs/engines/neo4j.md), or an Enterprise server",
    "mixed_transaction": "put what changes the schema into a statement of its own; a script says"
    " `# schemactl: transaction=none`",
    "index_failed": "correct the data that the index cannot hold, or the index",
    "equivalent_object": "drop that one, or give the statement its name and its options",
    "unique_violation": "merge or correct what is there twice (the error names two of them)",
    "out_of_memory": "do it in smaller parts, or raise dbms.memory.transaction.total.max or the server's heap",
    "read_only": "give this target the address of a server that takes writes",
}
_QUOTES: Final = re.compile(r"[\"'{]|\s=\s")  # what an error quotes of values begins here


class ServerFailure(NamedTuple):
    """One error of the server, or of the way to it. `state` is "" where the connection itself failed."""

    state: str
    message: str
    kind: str = "statement"
    position: int = 0  # one-based character in the statement; 0 where the server gave none
    line: int = 0  # of the script that asked; 0 where none did

    @property
    def retryable(self) -> bool:
        return self.kind in ("deadlock", "lock_timeout") or (
            self.state.startswith(_T) and self.kind not in ("out_of_memory", "limit", "stopped", "statement_timeout")
        )

    @property
    def gone(self) -> bool:
        """The server or the connection went away: what was under way is unknown until it is asked again."""
        return self.state == "" or self.state in _GONE

    @property
    def settled(self) -> bool:
        return self.state in _SETTLED or self.kind == "enterprise"

    @property
    def remedy(self) -> str:
        return _REMEDIES.get(self.kind, "")

    def sentence(self) -> str:
        return f"{self.message} ({self.state})" if self.state else self.message

    def unquoted(self) -> str:
        return self._replace(message=before(_QUOTES, self.message)).sentence()


def from_exception(error: BaseException, text: str = "") -> ServerFailure:
    """The failure that an exception of the driver holds.

    text  the statement that was sent, for the place of the error in it
    """
    from neo4j.exceptions import DriverError, Neo4jError, ServiceUnavailable, SessionExpired

    if not isinstance(error, Neo4jError) or not error.code:
        words = " ".join(str(error).split()) or type(error).__name__
        # What the driver itself refused never reached the server.
        refused = isinstance(error, DriverError) and not isinstance(error, (ServiceUnavailable, SessionExpired))
        return ServerFailure(type(error).__name__, words) if refused else ServerFailure("", words, "connection_lost")
    message = error.message or ""
    # Behind a syntax error's first line the statement comes again; elsewhere the cause stands there.
    told = message.split("\n")[0] if _PLACE.search(message) else message
    words = " ".join(told.split())
    return ServerFailure(error.code, words, _kind(error.code, words), _position(message, text))


def is_driver_error(error: BaseException) -> bool:
    """Whether the driver raised it: for the server, for the way to it, or for what was asked of it."""
    from neo4j.exceptions import DriverError, Neo4jError

    return isinstance(error, (DriverError, Neo4jError, OSError))


def _kind(state: str, words: str) -> str:
    if _ENTERPRISE.search(words):
        return "enterprise"
    if "no space left" in words.lower():
        return "no_space"
    if state in LOCK_STOPPED or state in TERMINATED:
        return "terminated"
    found = _KINDS.get(state, "statement")
    return "unique_violation" if found == "constraint" and _TWICE.search(words) else found


def _position(message: str, text: str) -> int:
    """One-based character of `text`; the server counts lines and columns from 1."""
    found = _PLACE.search(message)
    if not found or not text:
        return 0
    line, column = int(found[1]), int(found[2])
    before = text.split("\n")[: line - 1]
    return min(sum(len(one) + 1 for one in before) + column, len(text)) if line <= text.count("\n") + 1 else 0


_CONNECT_KINDS = {
    _C + "Security.Unauthorized": ("authentication", "check user and password of this target's URL"),
    _C + "Security.AuthenticationRateLimit": (
        "authentication",
        "too many wrong passwords were tried: wait a few seconds, then check this target's URL",
    ),
    _C + "Security.CredentialsExpired": ("authentication", "give the user a new password: ALTER CURRENT USER"),
    _C + "Security.Forbidden": ("insufficient_privilege", "give this user access to the database"),
    _C + "Database.DatabaseNotFound": (
        "missing_database",
        "create the database, or correct its name in this target's URL",
    ),
    _T + "Database.DatabaseUnavailable": ("starting", "the database is starting or stopped: see SHOW DATABASES"),
    _T + "General.DatabaseUnavailable": ("starting", "the database is starting or stopped: see SHOW DATABASES"),
}


def connecting(error: BaseException, opening: Opening, password: str) -> ConnectError:
    """What to tell of a connection that did not come about. The password never reaches the message."""
    failure = from_exception(error)
    text = failure.sentence()
    if password:
        text = text.replace(password, "***")
    kind, do = _CONNECT_KINDS.get(failure.state, ("unreachable", "check host, port, TLS and whether the server is up"))
    return ConnectError(
        f"no connection: {text}",
        at=opening.shown,
        now="nothing was changed",
        do=do,
        kind=kind,
        target=opening.target,
    )


def reading(error: BaseException, opening: Opening, what: str) -> SchemactlError:
    """What to tell when a read or write of ours (ledger, catalogue, lock) failed."""
    failure = from_exception(error)
    if failure.gone:
        return ConnectError(
            f"the connection was lost while {what}: {failure.sentence()}",
            at=opening.shown,
            do="see whether the server is up, then run the command again",
            kind="connection_lost",
            target=opening.target,
        )
    if failure.state in _CONNECT_KINDS and failure.kind != "insufficient_privilege":
        return connecting(error, opening, "")
    do = "give this user the right named above" if failure.kind == "insufficient_privilege" else failure.remedy or None
    return StatementError(
        f"{what} failed: {failure.sentence()}",
        at=opening.shown,
        do=do,
        kind=failure.kind,
        target=opening.target,
        state=failure.state,
    )
