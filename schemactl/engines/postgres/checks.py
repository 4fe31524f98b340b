"""Runs integrity checks: in a read-only transaction, through a cursor, so that a million rows cost no more than ten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from schemactl.contract.checking import Found, row_text
from schemactl.engines.postgres.failure import reading

if TYPE_CHECKING:
    from schemactl.contract.checking import Check
    from schemactl.engines.postgres.connection import Session


class PostgresChecker:
    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(self, check: Check, *, limit: int) -> Found:
        connection = self._session.connection
        try:
            with connection.transaction(force_rollback=True):
                connection.execute("SET TRANSACTION READ ONLY")
                # DECLARE takes a query and nothing else (manual, "DECLARE").
                with connection.cursor("schemactl_check") as cursor:
                    cursor.execute(check.statement.text.encode())
                    found = cursor.fetchmany(limit + 1)
                    names = [column.name for column in cursor.description or ()]
        except psycopg.Error as error:
            session = self._session
            raise reading(error, target=session.target, shown=session.opening.shown, what="the check") from error
        first = tuple(row_text(zip(names, row, strict=True)) for row in found[:limit])
        return Found(first=first, more=len(found) > limit)
