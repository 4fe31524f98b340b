"""Who is wanted as a role, who as a user, and what each is a member of, set against what is there. Reads only.

A role of a target is a role of its database, and where it logs in a user of that name there, too; who logs in for the
whole server is a user of the server's own database. A role of a database cannot hold what is the server's: its user
does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from schemactl.contract.rights import Change
from schemactl.engines.mongodb.connection import SERVERS_OWN
from schemactl.engines.mongodb.roles.builtin import BUILTIN, SUPERUSERS, Name, builtin_name
from schemactl.engines.mongodb.roles.sending import text
from schemactl.errors import ConfigError, GateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.engines.mongodb.roles.present import Present
    from schemactl.engines.mongodb.roles.server import Server
    from schemactl.model.rights import Wanted, WantedRole


class Member(NamedTuple):
    """What is wanted for one role of the file.

    name        of the role and of the user: they live in one database
    is_role     whether there is to be a role
    is_user     whether there is to be a user, whose own role is the first of `user_above` where there is one
    role_above  what the role is a member of
    user_above  what the user is a member of
    """

    wanted: WantedRole
    name: Name
    is_role: bool
    is_user: bool
    role_above: tuple[Name, ...]
    user_above: tuple[Name, ...]


def members(wanted: Wanted) -> tuple[Member, ...]:
    """Everybody that the file names; an owner is nobody on MongoDB, and no user of that name may stay.

    raises  ConfigError for a name that the server keeps to itself, and a membership that there cannot be
    """
    return tuple(_member(wanted, role) for role in wanted.all)


def refuse(server: Server, everybody: tuple[Member, ...], there: Present) -> None:
    """raises  GateError for who may do everything, here or by the file; ConfigError for a role that nobody makes"""
    made = {one.name for one in everybody if one.is_role}
    for one in everybody:
        who = "a user with every right" if there.is_superuser(one.name) else ""
        if one.name in server.logins:
            who = "the administrator that is logged in"
        if who:
            raise _everything(one, f"is {who} on this server: its rights would be cut down to what the file says")
        for above in (*one.role_above, *one.user_above):
            if above in SUPERUSERS or there.is_superuser(above):
                raise _everything(one, f"would have every right, as a member of {above[1]}")
            if above not in made and above[1] not in BUILTIN and above not in there.roles:
                raise ConfigError(
                    f"{one.name[1]} is to be a member of {_shown(above, one)}, which is no role of this file, nor one "
                    "that the server has",
                    at=one.wanted.at,
                    now="nothing was changed",
                    do="correct the name, or make that role first",
                    kind="unknown_role",
                )


def roles(everybody: tuple[Member, ...], there: Present) -> Iterator[Change]:
    """Each role, made without rights and memberships."""
    for one in everybody:
        if one.is_role:
            database, name = one.name
            if one.name in there.roles:
                yield Change("role", name, "same", database=database)
                continue
            command = {"createRole": name, "privileges": [], "roles": []}
            yield Change("role", name, "add", "", (text(database, command),), database)


def role_memberships(everybody: tuple[Member, ...], there: Present) -> Iterator[Change]:
    """What each role is a member of; other memberships of it go."""
    for one in everybody:
        if one.is_role:
            role = there.roles.get(one.name)
            yield from _memberships(one, one.role_above, role.above if role else frozenset(), "Role")


def user_memberships(everybody: tuple[Member, ...], there: Present) -> Iterator[Change]:
    """What each user is a member of; other memberships go. One that is about to be made gets its own role with that."""
    for one in everybody:
        user = there.users.get(one.name)
        if not one.is_user:
            continue
        if user is not None:
            yield from _memberships(one, one.user_above, user.above, "User")
            continue
        others = tuple(above for above in one.user_above if above != one.name)
        yield from _memberships(one, others, frozenset(), "User")


def _member(wanted: Wanted, role: WantedRole) -> Member:
    if role.owns:
        return Member(role, (wanted.database, role.name), False, False, (), ())
    shared = role in wanted.shared
    database = SERVERS_OWN if shared else wanted.database
    is_role = not (shared and role.login)
    if is_role and role.name in BUILTIN:
        raise ConfigError(
            f"{role.name} is a role of every MongoDB server: no other can have its name",
            at=role.at,
            now="nothing was changed",
            do="give the role another name",
            kind="wrong_name",
        )
    above = tuple(_above(wanted, role, database, name) for name in role.member_of)
    here = tuple(one for one in above if is_role and one[0] == database)
    server_s = tuple(one for one in above if one not in here)
    if server_s and not role.login:
        raise ConfigError(
            f"{role.name} is a role of the database {database}, which can have nothing of {server_s[0][1]}: that is "
            "the whole server's",
            at=role.at,
            now="nothing was changed",
            do="make it one of the [[cluster_roles]], or make a role that logs in a member of both",
            kind="wrong_value",
        )
    own = ((database, role.name),) if is_role and role.login else ()
    return Member(role, (database, role.name), is_role, role.login, here, (*own, *server_s))


def _above(wanted: Wanted, role: WantedRole, database: str, name: str) -> Name:
    """The role that `name` means in `member_of`."""
    mine = next((one for one in wanted.roles if one.name == name), None)
    if mine is not None:
        return (wanted.database, name)
    shared = next((one for one in wanted.shared if one.name == name), None)
    if shared is not None and shared.login:
        raise ConfigError(
            f"{name} logs in to the whole server, so on MongoDB it is a user: {role.name} cannot be a member of it",
            at=role.at,
            now="nothing was changed",
            do=f"give {name} `login = false`, or {role.name} what {name} is a member of",
            kind="unknown_role",
        )
    if shared is not None:
        return (SERVERS_OWN, name)
    return builtin_name(name, database) or (database, name)


def _memberships(one: Member, above: tuple[Name, ...], held: frozenset[Name], kind: str) -> Iterator[Change]:
    database, name = one.name
    for role in above:
        what = f"{name} in {_shown(role, one)}"
        if role in held:
            yield Change("membership", what, "same", database=database)
        else:
            command = {f"grantRolesTo{kind}": name, "roles": [_told(role)]}
            yield Change("membership", what, "add", "", (text(database, command),), database)
    for role in sorted(held - {*above}):
        command = {f"revokeRolesFrom{kind}": name, "roles": [_told(role)]}
        what = f"{name} in {_shown(role, one)}"
        yield Change("membership", what, "change", "is a member", (text(database, command),), database)


def _told(name: Name) -> dict[str, str]:
    return {"role": name[1], "db": name[0]}


def _shown(role: Name, one: Member) -> str:
    if role == one.name:
        return "its own role"
    return role[1] if role[0] == one.name[0] else f"{role[0]}.{role[1]}"


def _everything(one: Member, what: str) -> GateError:
    return GateError(
        f"{one.name[1]} {what}",
        at=one.wanted.at,
        now="nothing was changed",
        do="give the role another name, or take the membership out",
        kind="superuser",
    )
