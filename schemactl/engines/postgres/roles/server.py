"""An administrator's sessions on one server: the maintenance database's, and those of the databases worked on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import psycopg
from psycopg.conninfo import make_conninfo

from schemactl.engines.postgres.connection import Connection, Session, connect
from schemactl.engines.postgres.failure import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemactl.contract.opening import Opening

Row = tuple[Any, ...]


class Administrator(NamedTuple):
    """Who is logged in, and what for."""

    name: str
    superuser: bool
    makes_roles: bool
    makes_databases: bool
    replicates: bool
    bypasses: bool


class Server:
    """`session` is in the maintenance database, and holds the lock.

    proved  (role, password) that logged in, or that was set by way of this
    """

    def __init__(self, opening: Opening) -> None:
        parts = urlsplit(opening.url)
        if not parts.path.strip("/") and not {"dbname", "service"} & dict(parse_qsl(parts.query)).keys():
            # libpq would take the database of the user's name.
            opening = opening._replace(url=parts._replace(path="/postgres").geturl())
        self.opening = opening
        self.session = Session(opening)
        self.major = self.session.major
        self._others: dict[str, Connection] = {}
        self.proved: set[tuple[str, str]] = set()
        try:
            row = self.rows(
                "SELECT rolname::text, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls FROM pg_roles"
                " WHERE rolname = current_user"
            )[0]
        except BaseException:
            self.close()
            raise
        self.administrator = Administrator(*row)

    def rows(self, sql: str, params: Sequence[Any] | Mapping[str, Any] = (), database: str = "") -> list[Row]:
        with self.errors("reading the catalogue"):
            return self.at(database).execute(sql.encode(), params or None).fetchall()

    def at(self, database: str) -> Connection:
        """A connection to a database, kept until the server is closed; "" for the maintenance database."""
        if not database:
            return self.session.connection
        known = self._others.get(database)
        if known is None or known.closed:
            known = connect(self.opening._replace(url=make_conninfo(self.opening.url, dbname=database)))
            # A database's owner may have set another path for whoever connects, with functions of its own on it.
            known.execute("SET search_path = pg_catalog")
            known.execute(
                "SELECT set_config('lock_timeout', %s, false), set_config('standard_conforming_strings', 'on', false)",
                (f"{self.opening.patience.lock_timeout_ms}ms",),
            )
            self._others[database] = known
        return known

    @contextmanager
    def errors(self, what: str) -> Iterator[None]:
        """In the body the server's refusals become our own errors; `what` was going on."""
        try:
            yield
        except psycopg.Error as error:
            raise reading(error, target=self.opening.target, shown=self.opening.shown, what=what) from error

    def close(self) -> None:
        for connection in self._others.values():
            connection.close()
        self.session.close()
