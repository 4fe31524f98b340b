"""Sends the statements of one change: together, or not at all."""

from __future__ import annotations

import random
from contextlib import nullcontext
from typing import TYPE_CHECKING

import psycopg

from schemactl.engines.postgres.failure import RETRYABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.contract.opening import Opening
    from schemactl.engines.postgres.connection import Connection

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0


def send(connection: Connection, sends: Sequence[str], opening: Opening, *, one: bool = True) -> None:
    """Run `sends` in one transaction, or without any where `one` is not set.

    What failed because of somebody else's locks is sent again. Two sessions that change the same access list at once
    are not made to wait by the server: one of them fails ("tuple concurrently updated"), and is sent again too.

    raises  psycopg.Error
    """
    for attempt in range(1, opening.patience.tries + 1):
        try:
            with connection.transaction() if one else nullcontext():
                for sql in sends:
                    connection.execute(sql.encode())
            return
        except psycopg.Error as error:
            beside = "concurrently" in (error.diag.message_primary or "") or error.sqlstate in RETRYABLE
            pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**attempt) * random.uniform(0.8, 1.2)
            if not beside or attempt == opening.patience.tries or opening.stop.event.wait(pause):
                raise
