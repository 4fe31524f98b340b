"""What a server has now: the roles and users that are wanted, what they are members of, and collections. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pymongo.errors import OperationFailure

from schemactl.engines.mongodb.connection import SERVERS_OWN
from schemactl.engines.mongodb.failure import UNAUTHORIZED
from schemactl.engines.mongodb.roles.builtin import BUILTIN, SUPERUSERS, Name
from schemactl.engines.mongodb.roles.wishes import Right, rights_of
from schemactl.errors import GateError, StatementError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from schemactl.engines.mongodb.roles.server import Server

    # A command → its answer
    Ask = Callable[[Mapping[str, Any]], dict[str, Any]]


class Role(NamedTuple):
    """A role that somebody made. `above`: what it is a member of itself; `all_above`: by way of those, too."""

    rights: frozenset[Right]
    above: frozenset[Name]
    all_above: frozenset[Name]


class User(NamedTuple):
    """`mechanisms`: how it can log in; empty where the server does not tell."""

    above: frozenset[Name]
    mechanisms: frozenset[str]


class Present(NamedTuple):
    """As far as it was asked for. `collections`: views too; None where the administrator may not list them."""

    roles: Mapping[Name, Role]
    users: Mapping[Name, User]
    collections: tuple[str, ...] | None

    def is_superuser(self, name: Name) -> bool:
        """Whether a role or user of this name has every right."""
        user, role = self.users.get(name), self.roles.get(name)
        above = {*(user.above if user else ()), *(role.all_above if role else ())}
        for one in tuple(above):
            below = self.roles.get(one)
            above |= below.all_above if below else frozenset()
        return bool(above & SUPERUSERS)


def read(server: Server, database: str, roles: Iterable[Name], users: Iterable[Name]) -> Present:
    """raises  GateError where the administrator may not see users and roles"""

    def ask(command: Mapping[str, Any]) -> dict[str, Any]:
        return server.command(SERVERS_OWN, command)

    try:
        with server.errors("looking at users and roles"):
            known = _users(ask, users)
            above = {name for user in known.values() for name in user.above}
            return Present(roles_of(ask, {*roles, *above}), known, _collections(server, database))
    except StatementError as error:
        if error.kind != "insufficient_privilege":
            raise
        raise GateError(
            f"this administrator may not look at users and roles: {error.what}",
            at=server.opening.shown,
            now="nothing was changed",
            do="give it userAdminAnyDatabase, or log in as another administrator",
            kind="insufficient_privilege",
        ) from error


def roles_of(ask: Ask, names: Iterable[Name]) -> dict[Name, Role]:
    """Those of the roles that are there, but for the server's own. raises  PyMongoError"""
    asked = [{"role": role, "db": database} for database, role in sorted(names) if role not in BUILTIN]
    if not asked:
        return {}
    found = ask({"rolesInfo": asked, "showPrivileges": True})["roles"]
    return {
        (one["db"], one["role"]): Role(
            rights=rights_of(one.get("privileges") or ()),
            above=_names(one.get("roles")),
            all_above=_names(one.get("roles")) | _names(one.get("inheritedRoles")),
        )
        for one in found
    }


def _users(ask: Ask, names: Iterable[Name]) -> dict[Name, User]:
    asked = [{"user": user, "db": database} for database, user in sorted(names)]
    if not asked:
        return {}
    found = ask({"usersInfo": asked})["users"]
    return {
        (one["db"], one["user"]): User(_names(one.get("roles")), frozenset(one.get("mechanisms") or ()))
        for one in found
    }


def _collections(server: Server, database: str) -> tuple[str, ...] | None:
    try:
        return tuple(sorted(server.session.client[database].list_collection_names()))
    except OperationFailure as error:
        if error.code != UNAUTHORIZED:
            raise
        return None


def _names(told: Iterable[Mapping[str, Any]] | None) -> frozenset[Name]:
    return frozenset((str(one["db"]), str(one["role"])) for one in told or ())
