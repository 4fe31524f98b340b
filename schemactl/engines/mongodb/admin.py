"""A MongoDB server by its administrator's address: what it says of roles."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from schemactl.contract.admin import Admin
from schemactl.contract.engine import Missing
from schemactl.engines.mongodb.connection import Session
from schemactl.running.encryption import exposed

if TYPE_CHECKING:
    from schemactl.contract.opening import Opening

_MISSING = Missing(
    why="this version does not make roles and users on MongoDB",
    instead="createRole and createUser by hand, as an administrator",
)


def open_admin(opening: Opening) -> Admin:
    """Connect. raises  ConnectError; UnsupportedError for a server that is too old"""
    session = Session(opening._replace(url=_elsewhere(opening.url)))
    return Admin(
        name="mongodb",
        server=f"MongoDB {session.version}",
        exposed=next(filter(None, (exposed(host, encrypted=session.encrypted) for host in session.hosts)), ""),
        provisioner=_MISSING,
        close=session.close,
    )


def _elsewhere(url: str) -> str:
    """The address with a database that nothing is looked for in: a session is not opened on the server's own."""
    parts = urlsplit(url)
    query = parts.query
    if parts.username and "authSource=" not in query:
        query = "&".join(filter(None, (query, f"authSource={parts.path.strip('/') or 'admin'}")))
    return parts._replace(path="/schemactl", query=query).geturl()
