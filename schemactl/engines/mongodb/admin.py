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
    parts = urlsplit(opening.url)
    if not parts.path.strip("/"):
        opening = opening._replace(url=parts._replace(path="/admin").geturl())
    session = Session(opening)
    return Admin(
        name="mongodb",
        server=f"MongoDB {session.version}",
        exposed=next(filter(None, (exposed(host, encrypted=session.encrypted) for host in session.hosts)), ""),
        provisioner=_MISSING,
        close=session.close,
    )
