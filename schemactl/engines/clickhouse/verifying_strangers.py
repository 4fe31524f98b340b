"""Which users and roles the statements of a snapshot's rights name, and which of them this server does not have.

source  ClickHouse manual, system.users, system.roles; chdb, on which it was tried, has none
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse.failure import UNKNOWN_TABLE, ServerError
from schemactl.engines.clickhouse.tokens import tokens, unquoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.engines.clickhouse.connection import Session

_NOT_SEEN: Final = frozenset({UNKNOWN_TABLE, 497})
"""A server without users in SQL, and a user who may not see others."""


def strangers(session: Session, rights: Sequence[str]) -> tuple[str, ...]:
    """In order of their names; all that are named where this user sees none. raises  ServerError"""
    named = {
        unquoted(token)
        for text in rights
        for before, token in pairwise(tokens(text))
        if before in ("TO", "FROM") and token.startswith("`")
    }
    if not named:
        return ()
    try:
        rows = session.link.ask("SELECT name FROM system.users UNION ALL SELECT name FROM system.roles")
    except ServerError as error:
        if error.failure.code not in _NOT_SEEN:
            raise
        rows = []
    return tuple(sorted(named - {str(row[0]) for row in rows}))
