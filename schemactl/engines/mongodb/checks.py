"""Runs integrity checks: `find` and `aggregate`, which only read unless a last stage writes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from bson import json_util
from pymongo.errors import PyMongoError

from schemactl.contract.checking import Found, row_text
from schemactl.engines.mongodb import commands
from schemactl.errors import ConfigError

if TYPE_CHECKING:
    from schemactl.contract.checking import Check
    from schemactl.engines.mongodb.connection import Document, Session

_QUERIES: Final = ("find", "aggregate")


class MongoChecker:
    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(self, check: Check, *, limit: int) -> Found:
        command = self._query(check)
        if command.name == "find":
            asked = command.document | {"limit": limit + 1, "batchSize": limit + 1, "singleBatch": True}
        else:
            stages = [*command.document.get("pipeline", []), {"$limit": limit + 1}]
            asked = command.document | {"pipeline": stages, "cursor": {"batchSize": limit + 1}}
        # Our own reads: what a majority has.
        asked.setdefault("readConcern", {"level": "majority"})
        try:
            cursor: Document = self._session.command(asked)["cursor"]
        except PyMongoError as error:
            raise self._session.reading(error, "the check") from error
        self._close(cursor)
        found = cursor["firstBatch"]
        first = tuple(row_text((name, _shown(value)) for name, value in one.items()) for one in found[:limit])
        return Found(first=first, more=len(found) > limit)

    def _close(self, cursor: Document) -> None:
        if cursor.get("id"):
            with suppress(PyMongoError):
                self._session.command({"killCursors": cursor["ns"].partition(".")[2], "cursors": [cursor["id"]]})

    def _query(self, check: Check) -> commands.Command:
        do = "write one `find` or `aggregate` that returns the documents that should not be there"
        try:
            command = commands.of(check.statement)
        except commands.NotBsonError as error:
            raise self._refused(f"not a command: {error}", do) from None
        if command.name not in _QUERIES:
            raise self._refused(f"`{command.name}` is no query", do)
        target = commands.writes_elsewhere(command)
        if target:
            raise self._refused(f"the query writes to {target}", do)
        return command

    def _refused(self, what: str, do: str) -> ConfigError:
        return ConfigError(what, do=do, kind="check", target=self._session.target)


def _shown(value: object) -> object:
    return json_util.dumps(value) if isinstance(value, dict | list) else value
