"""The whole catalogue of a database: collections, views, indexes, and users and roles where they may be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure, PyMongoError

from schemactl.engines.mongodb import canonical, live
from schemactl.engines.mongodb.failure import UNAUTHORIZED
from schemactl.errors import StatementError
from schemactl.model.catalog import Catalog, CatalogObject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.engines.mongodb.connection import Document, Session
    from schemactl.engines.mongodb.live import Live, LiveIndex

ITSELF = "$database"
"""Stands for the name of a role's own database, and can be no database's name."""
_TRIES = 5
_NOT_THE_USERS = ("schema_", "system.", "tmp.agg_out.")
_Indexes = dict[str, dict[str, "LiveIndex"]]


class MongoCatalog:
    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self) -> Catalog:
        """There is no snapshot over the catalogue: it is read until it did not change while it was read.

        raises  StatementError `busy` where it never holds still
        """
        try:
            still = self._still()
            rights, unread = self._rights()
            return Catalog("mongodb", [*self._collections(*still), *rights], unread=unread)
        except PyMongoError as error:
            raise self._session.reading(error, "reading the catalogue") from error

    def broken(self) -> tuple[str, ...]:
        try:
            everything = live.collections(self._session)
            indexes = {one.name: live.indexes(self._session, one.name) for one in everything if one.kind != "view"}
        except PyMongoError as error:
            raise self._session.reading(error, "reading the catalogue") from error
        return tuple(sorted([*_left_over(everything), *_unfinished(indexes), *_dangling(everything)]))

    def _still(self) -> tuple[list[Live], _Indexes]:
        before = None
        for _ in range(_TRIES):
            found = [one for one in live.collections(self._session) if not one.name.startswith(_NOT_THE_USERS)]
            indexes = {one.name: live.indexes(self._session, one.name) for one in found if one.kind != "view"}
            now = (sorted((one.name, one.uuid, canonical.text_of(one.options)) for one in found), indexes)
            if now == before:
                return found, indexes
            before = now
        raise StatementError(
            "the catalogue changed each time that it was read",
            at=self._session.opening.shown,
            now="nothing was changed",
            do="see who creates collections and indexes there, then run the command again",
            kind="busy",
            target=self._session.target,
        )

    def _collections(self, found: list[Live], indexes: _Indexes) -> Iterator[CatalogObject]:
        for one in found:
            kind = {"timeseries": "time series"}.get(one.kind, one.kind)
            kind = "time series" if "timeseries" in one.options else kind
            yield CatalogObject(kind=kind, identity=(one.name,), facts=canonical.facts(one.options))
            clustered = "clusteredIndex" in one.options
            for name, index in indexes.get(one.name, {}).items():
                if name == "_id_" and not clustered:
                    continue
                yield CatalogObject(kind="index", identity=(one.name, name), facts=canonical.index_of(index.spec))

    def _rights(self) -> tuple[list[CatalogObject], set[str]]:
        """Users and roles of this database, and which of the two this login may not see."""
        found, unread = [], set()
        for kind, command in (("user", {"usersInfo": 1}), ("role", {"rolesInfo": 1, "showPrivileges": True})):
            try:
                reply: dict[str, Any] = self._session.command(command)
            except OperationFailure as error:
                if error.code != UNAUTHORIZED:
                    raise
                unread.add(kind)
                continue
            for one in reply[f"{kind}s"]:
                if not one.get("isBuiltin"):
                    facts = live.right_facts(_without_name(one, self._session.name))
                    found.append(CatalogObject(kind=kind, identity=(one[kind],), facts=facts))
        return found, unread


def _without_name(one: Document, database: str) -> Document:
    """A user or role without its own database's name: two databases that hold the same are equal."""
    roles = [held["role"] if held["db"] == database else held for held in one.get("roles") or ()]
    privileges = [
        {
            "resource": {**given["resource"], **({"db": ITSELF} if given["resource"].get("db") == database else {})},
            "actions": sorted(given["actions"]),
        }
        for given in one.get("privileges") or ()
    ]
    return {**one, "roles": roles, "privileges": privileges}


def _left_over(everything: list[Live]) -> Iterator[str]:
    for one in everything:
        if one.name.startswith("tmp.agg_out."):
            yield f"collection {one.name} was left by an aggregation with $out that did not end: drop it"


def _unfinished(indexes: _Indexes) -> Iterator[str]:
    for collection, found in indexes.items():
        for index in found.values():
            if index.building:
                yield f"index {index.name} of {collection} is still being built"
            elif index.spec.get("prepareUnique"):
                yield f"index {index.name} of {collection} refuses duplicates but is not unique yet: collMod unique"


def _dangling(everything: list[Live]) -> Iterator[str]:
    names = {one.name for one in everything}
    for one in everything:
        source = one.options.get("viewOn")
        if source is not None and source not in names:
            yield f"view {one.name} is on {source}, which is not there"
