"""A Keeper that is out of reach for a moment: its session is made anew by the server, and what was asked can be again.

A busy machine is enough for that: a Keeper that does not hear of a session for its time-out ends it, and each request
under way comes back as a loss of the connection. Source: ClickHouse's src/Common/ZooKeeper/IKeeper.h, the errors that
are the connection's and not the request's; seen with a ZooKeeper that stood still
(tests/engines/clickhouse/test_keeper_lock.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from schemactl.engines.clickhouse.failure import ServerError
from schemactl.running.lease import now

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.contract.opening import Opening

KEEPER_EXCEPTION: Final = 999
_LOST: Final = ("Connection loss", "Session expired", "Operation timeout", "Session moved", "Invalid zhandle state")
_OLD_SESSION: Final = "Node exists, path /clickhouse/sessions/"
"""A server that makes its session anew finds the place of the one before, until the Keeper has ended that."""
_PAUSE_S: Final = 0.1

T = TypeVar("T")


def is_away(error: ServerError) -> bool:
    """Whether the server lost its Keeper over this request: it may have been done or not."""
    failure = error.failure
    return failure.code == KEEPER_EXCEPTION and any(words in failure.message for words in (*_LOST, _OLD_SESSION))


def patiently(opening: Opening, ask: Callable[[], T]) -> T:
    """The answer of `ask`, asked again while the Keeper is away, for a third of the lease; then the error is told.

    ask     may be done twice: the second time it finds what the first has done
    raises  ServerError
    """
    until = now() + opening.lease_s / 3
    while True:
        try:
            return ask()
        except ServerError as error:
            if not is_away(error) or now() >= until or opening.stop.event.wait(_PAUSE_S):
                raise
