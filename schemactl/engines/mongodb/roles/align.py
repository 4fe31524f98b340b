"""After migrations: what roles lack on the collections that are there now. Only an administrator can give it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure, PyMongoError

from schemactl.contract.rights import Change
from schemactl.engines.mongodb import live
from schemactl.engines.mongodb.failure import UNAUTHORIZED
from schemactl.engines.mongodb.roles import present, wishes
from schemactl.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemactl.engines.mongodb.connection import Session
    from schemactl.model.rights import Wanted


class MongoRights:
    """Gives nothing. Whoever provisioned before has opened what files name, before it was there."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def work_as_owner(self, wanted: Wanted) -> str:
        """Nothing has an owner there."""
        return ""

    def align(self, wanted: Wanted) -> tuple[Change, ...]:
        return self.look(wanted)

    def look(self, wanted: Wanted) -> tuple[Change, ...]:
        try:
            return tuple(self._lacking(wanted))
        except OperationFailure as error:
            if error.code == UNAUTHORIZED:
                # Who may not look at roles cannot tell.
                return ()
            raise self._session.reading(error, "looking at the rights of roles") from error
        except PyMongoError as error:
            raise self._session.reading(error, "looking at the rights of roles") from error

    def _lacking(self, wanted: Wanted) -> Iterator[Change]:
        database = self._session.name
        roles = [role for role in wanted.roles if not role.owns and not role.migrates]
        held = present.roles_of(self._ask, {(database, role.name) for role in roles})
        names = [one.name for one in live.collections(self._session) if wishes.is_open(one.name)] if held else []
        for role in roles:
            there = held.get((database, role.name))
            try:
                lacks = wishes.wish(role, names, database).rights - there.rights if there else frozenset()
            except UnsupportedError:
                # Provision says so, and gives it nothing.
                continue
            on = {wishes.resource_name(resource) for resource, _ in lacks} & {*names}
            if on:
                told = f"lacks rights on {', '.join(sorted(on))}"
                do = "`schemactl provision` gives the rights"
                yield Change("rights", role.name, "same", told, database=database, do=do)

    def _ask(self, command: Mapping[str, Any]) -> dict[str, Any]:
        return self._session.command(command)
