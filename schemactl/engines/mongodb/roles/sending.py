"""The commands of a change: shown as JSON, and sent as they were shown, with the password put in only then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pymongo.errors import PyMongoError

from schemactl.engines.mongodb.connection import MAJORITY
from schemactl.engines.mongodb.failure import from_exception
from schemactl.events import ignore
from schemactl.running.patience import Patiently

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemactl.contract.rights import Change
    from schemactl.engines.mongodb.roles.server import Server

HIDDEN: Final = "***"


def text(database: str, command: Mapping[str, Any]) -> str:
    """A command for people; `$db` is where it goes, as on the wire (manual, "MongoDB Wire Protocol", OP_MSG)."""
    return json.dumps({**command, "$db": database}, ensure_ascii=False)


def send(server: Server, change: Change, password: str) -> None:
    """Send what the change shows; what failed because of somebody else's locks is sent again.

    password  of the user that it is about, where it is about one
    raises    StatementError, ConnectError; LockedError where the lock is lost
    """
    for shown in change.sends:
        document = json.loads(shown)
        database = document.pop("$db")
        if "pwd" in document:
            document["pwd"] = password
        _send(server, database, document | {"writeConcern": MAJORITY}, change, password)
        if "pwd" in document:
            server.proved.add(((database, change.name), password))


def _send(server: Server, database: str, document: dict[str, Any], change: Change, password: str) -> None:
    patience = Patiently(server.opening, ignore)
    while True:
        server.lock.still_held()
        try:
            server.command(database, document)
            return
        except PyMongoError as error:
            if patience.again(from_exception(error)):
                continue
            told = server.session.reading(error, f"{change.what} {change.name}")
            if password:
                told.what = told.what.replace(password, HIDDEN)
            raise told from None if password else error
