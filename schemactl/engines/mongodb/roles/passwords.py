"""Users: that they are there, how they log in, and whether the password that is known is the one that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.contract.rights import Change
from schemactl.engines.mongodb.roles.sending import HIDDEN, text
from schemactl.engines.mongodb.roles.server import MECHANISM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemactl.engines.mongodb.roles.cluster import Member
    from schemactl.engines.mongodb.roles.present import Present
    from schemactl.engines.mongodb.roles.server import Server


_UNTRIED: Final = "cannot be compared from here, since this user logs in from some addresses alone: what is kept stays"


def users(everybody: Sequence[Member], there: Present) -> Iterator[Change]:
    """Each user; a new one gets its password and its own role at once. Who is not to log in is dropped."""
    for one in everybody:
        database, name = one.name
        user = there.users.get(one.name)
        if not one.is_user:
            if user is not None:
                yield Change("user", name, "change", "logs in", (text(database, {"dropUser": name}),), database)
            continue
        if user is None:
            own = [{"role": role, "db": place} for place, role in one.user_above if (place, role) == one.name]
            command = {"createUser": name, "pwd": HIDDEN, "roles": own, "mechanisms": [MECHANISM]}
            yield Change("user", name, "add", "", (text(database, command),), database)
        elif MECHANISM in user.mechanisms and len(user.mechanisms) > 1:
            others = ", ".join(sorted(user.mechanisms - {MECHANISM}))
            command = {"updateUser": name, "mechanisms": [MECHANISM]}
            yield Change("user", name, "change", f"logs in by {others} too", (text(database, command),), database)
        else:
            yield Change("user", name, "same", database=database)
        if one.wanted.connections:
            yield Change(
                "connections", name, "same", "MongoDB limits no user's connections: any number", database=database
            )


def changes(
    server: Server, everybody: Sequence[Member], there: Present, passwords: Mapping[str, str]
) -> Iterator[Change]:
    """Each user that is there: it keeps its password unless the one that is known no longer logs in.

    raises  ConnectError where that cannot be found out
    """
    for one in everybody:
        user = there.users.get(one.name)
        if not one.is_user or user is None:
            continue
        database, name = one.name
        command = {"updateUser": name, "pwd": HIDDEN, "mechanisms": [MECHANISM]}
        sends = (text(database, command),)
        password = passwords.get(name)
        if user.mechanisms and MECHANISM not in user.mechanisms:
            yield Change("password", name, "change", f"none for {MECHANISM}", sends, database)
        elif password is None:
            yield Change("password", name, "same", "is the server's: nothing here knows it", database=database)
        elif server.takes(one.name, password):
            yield Change("password", name, "same", database=database)
        elif server.is_restricted(one.name):
            yield Change("password", name, "same", _UNTRIED, database=database)
        else:
            yield Change("password", name, "change", "another", sends, database)
