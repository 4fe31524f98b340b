"""Roles of the whole server: their attributes and memberships, set against what is wanted of them. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from schemactl.contract.rights import Change
from schemactl.engines.postgres.roles.allowed import (
    OPTIONS_SINCE,
    may,
    may_alter,
    may_grant,
    may_revoke,
    may_set,
    refuse_reserved,
)
from schemactl.engines.postgres.roles.known import Known, Membership
from schemactl.engines.postgres.roles.quoting import identifier
from schemactl.errors import ConfigError, GateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.contract.rights import Verdict
    from schemactl.engines.postgres.roles.server import Server
    from schemactl.model.rights import Wanted, WantedRole

_ROLES = """
SELECT rolname::text, rolsuper, rolcanlogin, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolinherit,
  rolconnlimit, pg_has_role(oid, 'MEMBER WITH ADMIN OPTION')
FROM pg_roles WHERE rolname = ANY(%s)"""
_MEMBERSHIPS = """
SELECT m.rolname::text, r.rolname::text, g.rolname::text, a.admin_option, {0},
  pg_has_role(a.roleid, 'MEMBER WITH ADMIN OPTION'), coalesce(pg_has_role(g.oid, 'USAGE'), true)
FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member JOIN pg_roles r ON r.oid = a.roleid
LEFT JOIN pg_roles g ON g.oid = a.grantor WHERE m.rolname = ANY(%s) ORDER BY 1, 2"""


class Cluster(NamedTuple):
    """The roles that are wanted and that `member_of` names, as far as they are there, and what these are members of."""

    roles: dict[str, Known]
    memberships: tuple[Membership, ...]


def read(server: Server, wanted: Wanted) -> Cluster:
    """raises  GateError where a role that is wanted is a superuser, or the administrator's own

    ConfigError for a name that no role can have, and for a membership of what is not there
    """
    refuse_reserved(wanted)
    names = [role.name for role in wanted.all]
    above = [name for role in wanted.all for name in role.member_of]
    roles = {row[0]: Known(*row) for row in server.rows(_ROLES, ([*names, *above],))}
    for role in wanted.all:
        known = roles.get(role.name)
        if known is not None and (known.superuser or known.name == server.administrator.name):
            who = "a superuser" if known.superuser else "the administrator that is logged in"
            raise GateError(
                f"{role.name} is {who} on this server: its rights would be cut down to what the file says",
                at=role.at,
                now="nothing was changed",
                do="give the role another name",
                kind="superuser",
            )
        _refuse_missing(role, {*names, *roles})
    options = "a.inherit_option AND a.set_option" if server.major >= OPTIONS_SINCE else "true"
    rows = server.rows(_MEMBERSHIPS.format(options), (names,))
    return Cluster(roles, tuple(Membership(*row) for row in rows))


def _refuse_missing(role: WantedRole, there: set[str]) -> None:
    for name in role.member_of:
        if name not in there:
            raise ConfigError(
                f"{role.name} is to be a member of {name}, and this server has no such role",
                at=role.at,
                now="nothing was changed",
                do="correct the name, or take the membership out",
                kind="unknown_role",
            )


def roles(server: Server, wanted: Wanted, cluster: Cluster) -> Iterator[Change]:
    """Each role as it is to be. raises  GateError where this administrator may not make or alter it"""
    for role in wanted.all:
        known = cluster.roles.get(role.name)
        if known is None:
            may(server, server.administrator.makes_roles, f"create the role {role.name}", "CREATEROLE")
            may_set(server, role.name, _attributes(role).split())
            yield Change("role", role.name, "add", "", (f"CREATE ROLE {identifier(role.name)}{_attributes(role)}",))
            continue
        differs = _differs(role, known)
        if differs:
            may_alter(server, known, f"alter the role {role.name}")
            may_set(server, role.name, [word for word, _ in differs])
            sends = (f"ALTER ROLE {identifier(role.name)} {' '.join(word for word, _ in differs)}",)
            yield Change("role", role.name, "change", ", ".join(now for _, now in differs), sends)
        else:
            yield Change("role", role.name, "same")


def memberships(server: Server, wanted: Wanted, cluster: Cluster) -> Iterator[Change]:
    """What each role is a member of; other memberships of it go. The administrator joins the owner to act for it."""
    owner = wanted.owner
    if owner is not None and not server.administrator.superuser:
        yield _of_administrator(server, owner.name, cluster.roles.get(owner.name))
    whole = " WITH INHERIT TRUE, SET TRUE" if server.major >= OPTIONS_SINCE else ""
    for role in wanted.all:
        above = dict.fromkeys((*role.member_of, *([owner.name] if owner and role.migrates else [])))
        mine = [one for one in cluster.memberships if one.member == role.name]
        for name in above:
            held = [one for one in mine if one.role == name]
            what = f"{role.name} in {name}"
            if any(one.whole and not one.admin for one in held) and not any(one.admin for one in held):
                yield Change("membership", what, "same")
                continue
            may_grant(server, role.name, name, cluster.roles.get(name))
            sends = [_revoke(server, one) for one in held if one.admin]
            sends.append(f"GRANT {identifier(name)} TO {identifier(role.name)}{whole}")
            verdict: Verdict = "change" if held else "add"
            yield Change("membership", what, verdict, "with other options" if held else "", tuple(sends))
        for one in mine:
            if one.role not in above:
                what = f"{role.name} in {one.role}"
                yield Change("membership", what, "change", "is a member", (_revoke(server, one),))


def _revoke(server: Server, one: Membership) -> str:
    may_revoke(server, one)
    # From 16 on a membership is of whoever granted it, and each can be there several times.
    by = f" GRANTED BY {identifier(one.grantor)}" if one.grantor and server.major >= OPTIONS_SINCE else ""
    return f"REVOKE {identifier(one.role)} FROM {identifier(one.member)}{by}"


def _of_administrator(server: Server, owner: str, known: Known | None) -> Change:
    name = server.administrator.name
    what = f"{name} in {owner}"
    as_owner = "SET" if server.major >= OPTIONS_SINCE else "MEMBER"
    if (
        known is not None
        and server.rows("SELECT pg_has_role(%s, %s) AND pg_has_role(%s, 'USAGE')", (owner, as_owner, owner))[0][0]
    ):
        return Change("membership", what, "same")
    if known is not None:
        may_alter(server, known, f"join {owner} to act for it")
    whole = " WITH INHERIT TRUE, SET TRUE" if server.major >= OPTIONS_SINCE else ""
    return Change("membership", what, "add", "", (f"GRANT {identifier(owner)} TO {identifier(name)}{whole}",))


def _attributes(role: WantedRole) -> str:
    words = [" LOGIN" if role.login else " NOLOGIN"]
    if ("replication", "true") in role.options:
        words.append("REPLICATION")
    if role.connections:
        words.append(f"CONNECTION LIMIT {role.connections}")
    return " ".join(words)


def _differs(role: WantedRole, known: Known) -> list[tuple[str, str]]:
    """Attribute to set, and how it is now; only what differs, since some may not even be named by everyone."""
    streams = ("replication", "true") in role.options
    wanted: tuple[tuple[str, Any, Any], ...] = (
        ("LOGIN", role.login, known.login),
        ("CREATEDB", False, known.creates_databases),
        ("CREATEROLE", False, known.creates_roles),
        ("REPLICATION", streams, known.replication),
        ("BYPASSRLS", False, known.bypasses),
        ("INHERIT", True, known.inherits),
    )
    found = [
        (word if want else f"NO{word}", f"NO{word}" if want else word) for word, want, have in wanted if want != have
    ]
    limit = role.connections or -1
    if known.connections != limit:
        now = "any number of connections" if known.connections < 0 else f"{known.connections} connections"
        found.append((f"CONNECTION LIMIT {limit}", now))
    return found
