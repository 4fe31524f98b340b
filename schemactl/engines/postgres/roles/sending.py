"""Sends the statements of one change: together, or not at all."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.contract.opening import Stop
    from schemactl.engines.postgres.connection import Connection

_TRIES = 20
_PAUSE_S = 0.1


def send(connection: Connection, sends: Sequence[str], stop: Stop, *, one: bool = True) -> None:
    """Run `sends` in one transaction, or without any where `one` is not set.

    Two sessions that change the same access list at once are not made to wait by the server: one of them fails
    ("tuple concurrently updated"), and is sent again.

    raises  psycopg.Error
    """
    for attempt in range(1, _TRIES + 1):
        try:
            with connection.transaction() if one else nullcontext():
                for sql in sends:
                    connection.execute(sql.encode())
            return
        except psycopg.errors.InternalError_ as error:
            beside = "concurrently" in (error.diag.message_primary or "")
            if not beside or attempt == _TRIES or stop.event.wait(_PAUSE_S * attempt):
                raise
