"""Alembic's operations on the session that works. Imported only where a script asks for them: they are slow to load."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from schemactl.running.python_context import ScriptError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.engines.postgres.connection import Session


class _OneTransaction(MigrationContext):
    def autocommit_block(self) -> NoReturn:
        raise ScriptError(
            "autocommit_block() would end the transaction that the migration and its entry share:"
            " what no transaction holds belongs into a .sql migration"
        )


@contextmanager
def opened(session: Session) -> Iterator[Operations]:
    """Operations on the session; to be opened before its transaction, since SQLAlchemy rolls back on connect."""
    # No rollback by the pool, and the engine is not disposed of: that would close the session that holds the lock.
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: session.connection, poolclass=StaticPool, pool_reset_on_return=None
    )
    connection = engine.connect()
    try:
        yield Operations(_OneTransaction(connection.dialect, connection, {}))
    finally:
        # It rolls back what it began itself, which a lost connection cannot.
        with suppress(SQLAlchemyError):
            connection.close()
