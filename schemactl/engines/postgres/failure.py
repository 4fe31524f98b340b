"""Server errors in our own terms. The only place that knows what an SQLSTATE means for exit code and kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from schemactl.errors import ConfigError, ConnectError, SchemactlError, StatementError, UnsupportedError

if TYPE_CHECKING:
    import psycopg
    from psycopg.pq.abc import PGresult

# PostgreSQL manual, appendix A, "PostgreSQL Error Codes".
LOCK_NOT_AVAILABLE = "55P03"
DEADLOCK_DETECTED = "40P01"
SERIALIZATION_FAILURE = "40001"
QUERY_CANCELED = "57014"
DIVISION_BY_ZERO = "22012"  # what our own guards fail with
RETRYABLE = frozenset({LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED, SERIALIZATION_FAILURE})

_GONE = frozenset({"57P01", "57P02", "57P03", "08000", "08001", "08003", "08004", "08006", "08P01"})
_KINDS = {
    "42501": "insufficient_privilege",
    "53100": "no_space",
    "53200": "out_of_memory",
    "53300": "too_many_connections",
    "55P03": "lock_timeout",
    "40P01": "deadlock",
    "40001": "serialization_failure",
    "23505": "unique_violation",
    "23503": "foreign_key_violation",
    "23514": "check_violation",
    "23502": "not_null_violation",
    "42601": "syntax_error",
    "42P01": "missing_object",
    "42703": "missing_object",
    "42883": "missing_object",
    "42704": "missing_object",
    "3F000": "missing_object",
    "42P07": "duplicate_object",
    "42701": "duplicate_object",
    "42710": "duplicate_object",
    "42P06": "duplicate_object",
    "42723": "duplicate_object",
}
_CONNECT_KINDS = {
    "28P01": ("authentication", "check user and password of this target's URL"),
    "28000": ("authentication", "check the user of this target's URL, and the server's pg_hba.conf"),
    "3D000": ("missing_database", "create the database, or correct its name in this target's URL"),
    "53300": ("too_many_connections", "close idle connections or raise max_connections, then try again"),
    "57P03": ("starting", "the server is starting or stopping: try again in a moment"),
    "42501": ("insufficient_privilege", "GRANT CONNECT on the database to this user"),
}
# What libpq (fe-connect.c) and the server say of a parameter of the address; the name is in the group that matched.
_PARAMETER = re.compile(
    r'URI query parameter: "([^"]*)"'
    r'|invalid "?(\w+)"? value: "'
    r'|for connection option "([^"]*)"'
    r'|definition of (service) "'
    r'|unrecognized configuration parameter "([^"]*)"'
    r'|invalid value for parameter "([^"]*)"'
)


# Classes whose messages are of names alone: operator intervention, rights, constraints, locks, resources and the like.
# Of those of data (22) they are, too, where nothing is quoted.
_OF_NAMES = frozenset({"08", "0A", "23", "25", "28", "40", "42", "44", "53", "54", "55", "57", "58"})
_DATA = "22"
_QUOTES = re.compile(r"[\"'„“”«»‘’「]")
# Where in the server a message is made that somebody wrote: RAISE, plpy.error, elog of PL/Perl and PL/Tcl.
_RAISED = re.compile(r"exec_stmt_raise|PLy_|plperl|pltcl|do_util_elog", re.IGNORECASE)


class ServerFailure(NamedTuple):
    """One error response. `state` is "" where the connection itself failed."""

    state: str
    message: str
    detail: str = ""
    hint: str = ""
    context: str = ""
    position: int = 0  # one-based character in the statement; 0 where the server gave none
    line: int = 0  # of the script that asked; 0 where none did
    column: str = ""  # the column and the constraint that it is about, where the server says
    constraint: str = ""
    raised: bool = False  # the message is of a function's author

    @property
    def kind(self) -> str:
        if self.state == QUERY_CANCELED:
            return "statement_timeout" if "statement timeout" in self.message else "cancelled"
        return _KINDS.get(self.state, "statement")

    @property
    def retryable(self) -> bool:
        return self.state in RETRYABLE

    @property
    def settled(self) -> bool:
        """Never believed: what a statement outside a transaction left is looked at."""
        return False

    @property
    def remedy(self) -> str:
        return "find who holds the lock (pg_stat_activity)" if self.kind == "lock_timeout" else ""

    @property
    def gone(self) -> bool:
        """The server or the connection went away: what was under way is unknown until it is asked again."""
        return self.state == "" or self.state in _GONE

    def sentence(self) -> str:
        text = f"{self.message} (SQLSTATE {self.state})" if self.state else self.message
        return "; ".join(part for part in (text, self.detail, self.hint and f"hint: {self.hint}") if part)

    def unquoted(self) -> str:
        """Message, SQLSTATE, column and constraint, or the SQLSTATE's own name where the message may quote values."""
        group = self.state[:2]
        harmless = group in _OF_NAMES or not self.state or (group == _DATA and not _QUOTES.search(self.message))
        message = self.message if harmless and not self.raised else _name_of(self.state)
        named = (("column", self.column), ("constraint", self.constraint))
        more = "".join(f", {what} {name}" for what, name in named if name and f'"{name}"' not in message)
        return f"{message} (SQLSTATE {self.state}{more})" if self.state else message


def from_result(result: PGresult) -> ServerFailure:
    """The failure a PGresult holds."""
    from psycopg.pq import DiagnosticField as F

    def part(field: F) -> str:
        value = result.error_field(field)
        return value.decode("utf-8", "replace") if value else ""

    message = part(F.MESSAGE_PRIMARY) or result.error_message.decode("utf-8", "replace").strip()
    position = part(F.STATEMENT_POSITION)
    return ServerFailure(
        part(F.SQLSTATE),
        message,
        part(F.MESSAGE_DETAIL),
        part(F.MESSAGE_HINT),
        part(F.CONTEXT),
        int(position) if position else 0,
        column=part(F.COLUMN_NAME),
        constraint=part(F.CONSTRAINT_NAME),
        raised=bool(_RAISED.match(part(F.SOURCE_FUNCTION))),
    )


def from_exception(error: psycopg.Error) -> ServerFailure:
    """The failure a psycopg exception holds."""
    diag = error.diag
    position = diag.statement_position
    return ServerFailure(
        error.sqlstate or "",
        diag.message_primary or " ".join(str(error).split()),
        diag.message_detail or "",
        diag.message_hint or "",
        diag.context or "",
        int(position) if position else 0,
        column=diag.column_name or "",
        constraint=diag.constraint_name or "",
        raised=bool(_RAISED.match(diag.source_function or "")),
    )


def _name_of(state: str) -> str:
    """`invalid text representation` of 22P02."""
    from psycopg.errors import lookup

    try:
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", lookup(state).__name__).lower()
    except KeyError:
        return "the server refused it"


def connecting(error: psycopg.Error, *, shown: str, target: str, password: str) -> SchemactlError:
    """What to tell of a connection that did not come about. The password never reaches the message."""
    from psycopg import ProgrammingError

    text = " ".join(str(error).split())
    if password:
        text = text.replace(password, "***")
    state = error.sqlstate or _state_in(text)
    if "unsupported startup parameter" in text:
        return UnsupportedError(
            f"a connection pooler refused the session: {text}",
            at=shown,
            do="give this target the server's own address: a migration needs a session of its own",
            kind="pooled",
            target=target,
        )
    parameter = _PARAMETER.search(text)
    if not state and (parameter or isinstance(error, ProgrammingError)):
        return _address(text, parameter, shown=shown, target=target)
    kind, do = _CONNECT_KINDS.get(state, ("unreachable", "check host, port and whether the server is up"))
    return ConnectError(f"no connection: {text}", at=shown, now="nothing was changed", do=do, kind=kind, target=target)


def _address(text: str, parameter: re.Match[str] | None, *, shown: str, target: str) -> ConfigError:
    """The address itself does not hold. Where no parameter is named the text may quote any part of it: not told."""
    name = next((found for found in parameter.groups() if found), "") if parameter else ""
    return ConfigError(
        f"a parameter of the URL does not hold: {text}" if parameter else "libpq cannot read the URL",
        at=shown,
        now="nothing was changed",
        do=f"correct `{name}` in this target's URL, or take it out" if name else "correct this target's URL",
        kind="url",
        target=target,
    )


def _state_in(text: str) -> str:
    # libpq's connection errors carry no SQLSTATE, only the server's words.
    for words, state in (
        ("password authentication failed", "28P01"),
        ("no password supplied", "28P01"),
        ("no pg_hba.conf entry", "28000"),
        ("too many clients", "53300"),
        ("remaining connection slots", "53300"),
        ("starting up", "57P03"),
        ("shutting down", "57P03"),
        ("permission denied for database", "42501"),
    ):
        if words in text:
            return state
    if "database" in text and "does not exist" in text:
        return "3D000"
    if "role" in text and "does not exist" in text:
        return "28000"
    return ""


def reading(error: psycopg.Error, *, target: str, shown: str, what: str) -> SchemactlError:
    """What to tell when a read of ours (ledger, catalogue, lock) failed."""
    failure = from_exception(error)
    if failure.gone:
        return ConnectError(
            f"the connection was lost while {what}: {failure.sentence()}",
            at=shown,
            do="see whether the server is up, then run the command again",
            kind="connection_lost",
            target=target,
        )
    do = "give this user the right named above" if failure.kind == "insufficient_privilege" else None
    return StatementError(
        f"{what} failed: {failure.sentence()}",
        at=shown,
        do=do,
        kind=failure.kind,
        target=target,
        state=failure.state,
    )
