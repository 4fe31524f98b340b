"""Runs integrity checks: in a session that reads, where the server refuses to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.checking import Found, row_text

if TYPE_CHECKING:
    from schemactl.contract.checking import Check
    from schemactl.engines.neo4j.connection import Session


class Neo4jChecker:
    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(self, check: Check, *, limit: int) -> Found:
        import neo4j

        try:
            with self._session.reading_session() as opened:
                query = neo4j.Query(check.statement.text, metadata=self._session.metadata())
                found = opened.run(query).fetch(limit + 1)
        except Exception as error:
            raise self._session.trouble(error, "the check") from error
        first = tuple(row_text(zip(one.keys(), one.values(), strict=True)) for one in found[:limit])
        return Found(first=first, more=len(found) > limit)
