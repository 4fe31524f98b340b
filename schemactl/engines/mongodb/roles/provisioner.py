"""Provisioning on MongoDB: looks at roles, rights and users in the order in which they have to be made."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from schemactl.contract.rights import Change
from schemactl.engines.mongodb.connection import SERVERS_OWN
from schemactl.engines.mongodb.lease import LOCK
from schemactl.engines.mongodb.roles import cluster, object_rights, present, sending
from schemactl.engines.mongodb.roles import passwords as role_passwords
from schemactl.errors import GateError, StatementError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemactl.engines.mongodb.roles.server import Server
    from schemactl.events import Listener
    from schemactl.model.rights import Wanted


class MongoProvisioner:
    def __init__(self, server: Server) -> None:
        self._server = server

    @contextmanager
    def alone(self, *, wait_s: float, emit: Listener) -> Iterator[None]:
        server = self._server
        if server.session.read_only:
            raise UnsupportedError(
                f"nothing can be changed here: {server.session.read_only}",
                at=server.opening.shown,
                now="nothing was changed",
                do="give the administrator's address of the primary",
                kind="read_only",
            )
        held = False
        try:
            with server.lock.hold(wait_s=wait_s, emit=emit):
                held = True
                yield
        except StatementError as error:
            if held or error.kind != "insufficient_privilege":
                raise
            raise GateError(
                f"this administrator may not take the lock of provisions: {error.what}",
                at=server.opening.shown,
                now="nothing was changed",
                do=f"give it find, insert and update on the collection {LOCK} of the database {SERVERS_OWN}",
                kind="insufficient_privilege",
            ) from error

    def look(self, wanted: Wanted, passwords: Mapping[str, str]) -> tuple[Change, ...]:
        everybody = cluster.members(wanted)
        asked = {name for one in everybody for name in (one.name, *one.role_above, *one.user_above)}
        there = present.read(self._server, wanted.database, asked, {one.name for one in everybody})
        cluster.refuse(self._server, everybody, there)
        return (
            *_owners(wanted),
            *cluster.roles(everybody, there),
            *cluster.role_memberships(everybody, there),
            *object_rights.changes(wanted, everybody, there),
            *role_passwords.users(everybody, there),
            *cluster.user_memberships(everybody, there),
            *role_passwords.changes(self._server, everybody, there, passwords),
        )

    def make(self, wanted: Wanted, change: Change, passwords: Mapping[str, str]) -> None:
        about_login = change.what in ("user", "password")
        sending.send(self._server, change, passwords.get(change.name, "") if about_login else "")

    def login(self, wanted: Wanted, role: str, password: str) -> str:
        shared = any(one.name == role for one in wanted.shared)
        return self._server.url_of((SERVERS_OWN if shared else wanted.database, role), password, wanted.database)


def _owners(wanted: Wanted) -> Iterator[Change]:
    for role in wanted.all:
        if role.owns:
            yield Change("role", role.name, "same", "nothing has an owner on MongoDB: it is not made")
