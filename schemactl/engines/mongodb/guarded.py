"""A client for a script that no transaction holds: once the lease is lost, it sends nothing more."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pymongo.monitoring import CommandListener
from pymongo.write_concern import WriteConcern

from schemactl.errors import LockedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo.database import Database
    from pymongo.monitoring import CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent

    from schemactl.engines.mongodb.connection import Document, Session

# What only ends something of the client's own.
_ENDS = frozenset({"abortTransaction", "endSessions", "killCursors"})


class _HaltError(BaseException):
    """Goes through the driver, which keeps every Exception of a listener to itself, and through a script's own
    `except Exception`."""


class _Gate(CommandListener):
    """Is told of each command right before it is sent."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self.lost: LockedError | None = None

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name in _ENDS:
            return
        try:
            self._look()
        except LockedError as error:
            self.lost = error
            raise _HaltError(error.what) from error

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing to do: it was sent in time."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing to do: the script is told."""


@contextmanager
def database(session: Session, look: Callable[[], None]) -> Iterator[Database[Document]]:
    """The target's database through a client of its own that asks `look` before each command.

    look    raises LockedError where the lease is not held
    raises  LockedError where a command was held back for that, whatever the body made of it
    """
    gate = _Gate(look)
    client = session.another_client(gate)
    try:
        # In a transaction no call may say a write concern; here each is done when a majority of the members has it.
        yield session.database_of(client).with_options(write_concern=WriteConcern("majority"))
    except BaseException as error:
        if gate.lost is not None and not isinstance(error, KeyboardInterrupt):
            raise gate.lost from error
        raise
    finally:
        client.close()
    if gate.lost is not None:
        raise gate.lost
