"""Passwords of roles: whether the one that is known is the one that is kept, and how another gets there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg
from psycopg.conninfo import make_conninfo

from schemactl.contract.rights import Change
from schemactl.engines.postgres.roles.allowed import may_alter
from schemactl.engines.postgres.roles.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemactl.engines.postgres.roles.cluster import Cluster
    from schemactl.engines.postgres.roles.server import Server
    from schemactl.model.rights import Wanted


def changes(server: Server, wanted: Wanted, cluster: Cluster, passwords: Mapping[str, str]) -> Iterator[Change]:
    """Each role that logs in: it gets the password that is known, or a new one where it has none at all.

    raises  GateError where this administrator may not give an existing role another
    """
    for change in _changes(server, wanted, cluster, passwords):
        if change.verdict != "same" and change.name in cluster.roles:
            may_alter(server, cluster.roles[change.name], f"give {change.name} another password")
        yield change


def _changes(server: Server, wanted: Wanted, cluster: Cluster, passwords: Mapping[str, str]) -> Iterator[Change]:
    from schemactl.engines.postgres.roles import scram

    logins = [role.name for role in wanted.all if role.login]
    kept = _kept(server, logins)
    for name in logins:
        sends = (f"ALTER ROLE {identifier(name)} PASSWORD '***'",)
        password = passwords.get(name)
        if name not in cluster.roles or (kept is not None and kept.get(name) is None):
            yield Change("password", name, "add", "", sends)
        elif password is None:
            yield Change("password", name, "same", "is the server's: nothing here knows it")
        elif kept is not None:
            same = scram.matches(kept[name] or "", password)
            yield Change("password", name, "same" if same else "change", *(() if same else ("another", sends)))
        elif _is_another(server, name, password):
            yield Change("password", name, "change", "another", sends)
        else:
            yield Change("password", name, "same", "" if (name, password) in server.proved else _UNTRIED)


_UNTRIED: Final = "cannot be compared from here: what the server keeps stays"


def statement(server: Server, name: str, password: str) -> str:
    """What gives a role its password: a verifier, so that the password itself stays here."""
    from schemactl.engines.postgres.roles import scram

    verifier = scram.verifier(server.session.connection, password, name)
    return f"ALTER ROLE {identifier(name)} PASSWORD {literal(verifier)}"


def _kept(server: Server, names: list[str]) -> dict[str, str | None] | None:
    """Role → verifier; None where the administrator may not see any."""
    if not server.rows("SELECT has_table_privilege('pg_authid', 'SELECT')")[0][0]:
        return None
    rows = server.rows("SELECT rolname::text, rolpassword FROM pg_authid WHERE rolname = ANY(%s)", (names,))
    return dict(rows)


def _is_another(server: Server, name: str, password: str) -> bool:
    """Try to log in with the password, where it is not proved yet: whether the server says that it is another.

    Whoever may not read pg_authid has no other way to find out. Neither a server that lets the role in without a
    password nor one that does not let it in from here says anything: then the password is not proved.
    """
    if (name, password) in server.proved:
        return False
    url = make_conninfo(server.opening.url, user=name, password=password)
    try:
        with psycopg.connect(url, connect_timeout=server.opening.connect_timeout_s) as connection:
            asked = connection.pgconn.used_password
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            return True
        # Refused behind the password: no CONNECT on this database, too many connections.
        asked = bool(error.pgconn is not None and error.pgconn.used_password)
    if asked:
        server.proved.add((name, password))
    return False
