"""The one transaction that a script is given: opened, told from what a script makes of it, rolled back."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.engines.postgres.connection import Connection

Fate = Literal["stands", "failed", "rolled back", "kept"]

# A backend counts its transactions in the second half of their virtual ids (PostgreSQL manual, "Transactions and
# Identifiers"), so the count tells how many there have been since.
_NUMBER = (
    "(SELECT split_part(virtualxid, '/', 2)::bigint FROM pg_catalog.pg_locks WHERE locktype = 'virtualxid'"
    " AND pid = pg_backend_pid() AND virtualxid = virtualtransaction)"
)


class Given(NamedTuple):
    """A transaction by its id, and its place in the session's count."""

    xid: str
    number: int


@contextmanager
def opened(connection: Connection) -> Iterator[None]:
    """psycopg opens a transaction at the first statement; whatever is not committed at the end is rolled back.

    What a script sets on the connection object itself is taken back as well.
    """
    factories = connection.row_factory, connection.cursor_factory, connection.prepare_threshold
    connection.autocommit = False
    try:
        yield
    finally:
        connection.row_factory, connection.cursor_factory, connection.prepare_threshold = factories
        # A connection that was lost is noticed here at the latest; its caller looks at `broken`.
        with suppress(psycopg.Error):
            if not connection.closed:
                connection.rollback()
                connection.autocommit = True


def note(connection: Connection) -> Given:
    """The transaction that is open now."""
    xid, number = _row(connection, f"SELECT pg_current_xact_id()::text, {_NUMBER}", ())
    return Given(xid, number)


def fate(connection: Connection, given: Given) -> Fate:
    """What became of the transaction.

    returns  stands: it is open. failed: a statement failed in it, and it is rolled back now.
             rolled back: it was ended, nothing of it was kept, nor of anything behind it.
             kept: it was committed, or others came and went behind it and may have been
    raises   psycopg.Error where the server cannot be asked
    """
    aborted = connection.info.transaction_status == TransactionStatus.INERROR
    if aborted:
        connection.rollback()
    status, number = _row(connection, f"SELECT pg_xact_status(%s::xid8), {_NUMBER}", (given.xid,))
    since = number - given.number - aborted
    if since == 0:
        return "failed" if aborted else "stands"
    # One more is the transaction that is open now, or was until it failed: it is rolled back.
    return "kept" if status == "committed" or since > 1 else "rolled back"


def _row(connection: Connection, sql: str, params: tuple[str, ...]) -> tuple[Any, ...]:
    cursor = psycopg.Cursor(connection, row_factory=tuple_row)
    row = cursor.execute(sql.encode(), params).fetchone()
    assert row is not None
    return row
