"""What a server lists of its tables, also while others drop some of them.

18.16 lists the names first and then looks each table up: where one has gone in between, the whole statement fails as if
somebody had asked for that table (tried: code 60, 218 of one that is being dropped, and 107: it opens the file that the
table is written down in, and finds none). Asked again, it is not listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse.failure import ServerError

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.link import Link, Row

_TIMES: Final = 20
_NO_FILE: Final = 107


def listed(link: Link, sql: str, *, timeout_s: float | None = None) -> list[Row]:
    """The rows of a statement that reads system.tables or system.columns and names no other table.

    raises  ServerError, also where tables went at every one of twenty times
    """
    for _ in range(_TIMES - 1):
        try:
            return link.ask(sql, timeout_s=timeout_s)
        except ServerError as error:
            if not error.failure.no_table and error.failure.code != _NO_FILE:
                raise
    return link.ask(sql, timeout_s=timeout_s)
