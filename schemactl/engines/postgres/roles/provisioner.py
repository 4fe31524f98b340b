"""Provisioning on PostgreSQL: looks at roles, databases and rights in the order in which they have to be made."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from schemactl.engines.postgres.roles import (
    cluster,
    databases,
    default_rights,
    object_rights,
    present,
    reached,
    sending,
)
from schemactl.engines.postgres.roles import (
    passwords as role_passwords,
)
from schemactl.engines.postgres.roles.quoting import identifier
from schemactl.errors import GateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from schemactl.contract.rights import Change
    from schemactl.engines.postgres.roles.server import Server
    from schemactl.events import Listener
    from schemactl.model.rights import Wanted

_AS_OWNER = ("default rights", "rights")
_NO_TRANSACTION = "database"


class PostgresProvisioner:
    def __init__(self, server: Server) -> None:
        self._server = server

    @contextmanager
    def alone(self, *, wait_s: float, emit: Listener) -> Iterator[None]:
        from schemactl.engines.postgres.key import PROVISION_KEY
        from schemactl.engines.postgres.lock import PostgresLock

        with PostgresLock(self._server.session, PROVISION_KEY).hold(wait_s=wait_s, emit=emit):
            yield

    def look(self, wanted: Wanted, passwords: Mapping[str, str]) -> tuple[Change, ...]:
        server = self._server
        there = cluster.read(server, wanted)
        database = databases.read(server, wanted.database)
        return (
            *cluster.roles(server, wanted, there),
            *cluster.memberships(server, wanted, there),
            *role_passwords.changes(server, wanted, there, passwords),
            *databases.changes(server, wanted, database),
            *databases.settings(server, wanted, there),
            *databases.connect(server, wanted, database),
            *self._rights(wanted, database),
        )

    def make(self, wanted: Wanted, change: Change, passwords: Mapping[str, str]) -> None:
        server = self._server
        sends: Sequence[str] = change.sends
        password = passwords.get(change.name) if change.what == "password" or _is_new_role(change) else None
        if change.what == "password" and (change.name, password) in server.proved:
            return
        if password is not None:
            # A new role has its password at once: whether one that was made before has any cannot always be found out.
            own = sends if change.what == "role" else ()
            sends = (*own, role_passwords.statement(server, change.name, password))
        elif change.what in _AS_OWNER and wanted.owner is not None:
            # What the owner gives is the owner's to take back, whoever the administrator is.
            sends = (f"SET LOCAL ROLE {identifier(wanted.owner.name)}", *sends)
        with server.errors(f"{change.what} {change.name}"):
            # The lock is this session's: where it is gone, others may be at work.
            server.session.connection.execute("SELECT 1")
            sending.send(server.at(change.database), sends, server.opening, one=change.what != _NO_TRANSACTION)
        if password is not None:
            server.proved.add((change.name, password))

    def login(self, wanted: Wanted, role: str, password: str) -> str:
        parts = urlsplit(self._server.opening.url)
        hosts = parts.netloc.rpartition("@")[2]
        left = [(key, value) for key, value in parse_qsl(parts.query) if key not in ("user", "password", "dbname")]
        return parts._replace(
            netloc=f"{quote(role, safe='')}:{quote(password, safe='')}@{hosts}",
            path=f"/{quote(wanted.database, safe='')}",
            query=urlencode(left),
        ).geturl()

    def _rights(self, wanted: Wanted, database: databases.Database) -> Iterator[Change]:
        server, name = self._server, wanted.database
        owner = wanted.owner.name if wanted.owner else database.owner or server.administrator.name
        if database.owner is not None and not databases.seen(server, name):
            if wanted.owner is None:
                raise GateError(
                    f"{server.administrator.name} may not connect to the database {name}",
                    at=server.opening.shown,
                    now="nothing was changed",
                    do="give it CONNECT there, or log in as another administrator",
                    kind="insufficient_privilege",
                )
            return

        def ask(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
            return server.rows(sql, params, name)

        taken = databases.taken(server, wanted, database)
        here = present.present(ask, owner, taken) if database.owner is not None else present.NOTHING
        yield from rights(wanted, owner, here, frozenset(role.name for role in wanted.all))
        yield from reached.reached(ask, wanted, here)


def _is_new_role(change: Change) -> bool:
    return change.what == "role" and change.verdict == "add"


def rights(wanted: Wanted, owner: str, here: present.Present, names: frozenset[str]) -> Iterator[Change]:
    """Default rights and rights of everybody and of the roles among `names`, set against what is there."""
    database, ours = wanted.database, frozenset(role.name for role in wanted.all)
    # Where the file names no owner, what another role makes, and everybody's share of it, is that one's to say.
    if wanted.owner is not None:
        yield default_rights.public(owner, here, database)
        yield from object_rights.public(here, database, ours)
    for role in wanted.all:
        if role.owns or role.name not in names:
            continue
        if wanted.owner is not None:
            yield default_rights.changes(role, owner, here, database)
        yield from object_rights.changes(role, here, database, ours)
