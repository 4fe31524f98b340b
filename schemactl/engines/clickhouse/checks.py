"""Runs integrity checks: as a subquery, which only a query can be, and read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.contract.checking import Found, row_text
from schemactl.engines.clickhouse.link import NO_SETTINGS

if TYPE_CHECKING:
    from schemactl.contract.checking import Check
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Settings

# 2: reads alone, and its own settings may be given along (manual, "readonly").
_READ_ONLY: Final[Settings] = {"readonly": 2}


class ClickHouseChecker:
    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(self, check: Check, *, limit: int) -> Found:
        # A line of its own: the query may end in a comment.
        sql = f"SELECT * FROM (\n{check.statement.text}\n) LIMIT {limit + 1}"
        # chdb has one session for all, which could not leave that mode again.
        settings = NO_SETTINGS if self._session.is_embedded else _READ_ONLY
        with self._session.translated("the check"):
            found = self._session.link.ask(sql, query_id=self._session.query_id(), settings=settings)
        first = tuple(row_text(("", value) for value in row) for row in found[:limit])
        return Found(first=first, more=len(found) > limit)
