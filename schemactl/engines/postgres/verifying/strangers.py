"""Which roles statements of rights name, and which of them the server does not have."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemactl.engines.postgres.connection import Connection

_TOKEN = re.compile(r'"(?:[^"]|"")*"|[^\W\d][\w$]*|\S')
# GRANT … TO, REVOKE … FROM, SET ROLE, ALTER DEFAULT PRIVILEGES FOR ROLE (manual, "GRANT", "ALTER DEFAULT PRIVILEGES").
_BEFORE_A_ROLE = ("TO", "FROM", "ROLE")
_NO_ROLE = ("PUBLIC", "CURRENT_USER")


def strangers(connection: Connection, rights: Iterable[str]) -> tuple[str, ...]:
    """raises  psycopg.Error"""
    named = sorted({role for text in rights for role in _roles(_TOKEN.findall(text))})
    rows = connection.execute(
        "SELECT given FROM unnest(%s::text[]) given WHERE given NOT IN (SELECT rolname FROM pg_roles)", (named,)
    )
    return tuple(row[0] for row in rows.fetchall())


def _roles(tokens: Sequence[str]) -> Iterable[str]:
    for before, token in pairwise(tokens):
        if before not in _BEFORE_A_ROLE or token in _NO_ROLE:
            continue
        if token.startswith('"'):
            yield token[1:-1].replace('""', '"')
        elif token[0].isalpha() or token[0] == "_":
            yield token
