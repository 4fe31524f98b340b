"""A Neo4j server by its administrator's address: what it says of roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.admin import Admin
from schemactl.contract.engine import Missing
from schemactl.engines.neo4j.connection import Session

if TYPE_CHECKING:
    from schemactl.contract.opening import Opening

_COMMUNITY = Missing(
    why="Neo4j Community has no roles and one database: every user may do everything",
    instead="use an Enterprise server, or keep users away from the port",
)
_ENTERPRISE = Missing(
    why="this version does not make roles on Neo4j", instead="CREATE ROLE, CREATE USER and GRANT by hand"
)


def open_admin(opening: Opening) -> Admin:
    """Connect. raises  ConnectError; UnsupportedError for a server that is too old"""
    session = Session(opening)
    about = session.about
    return Admin(
        name="neo4j",
        server=f"Neo4j {about.edition} {about.version}",
        exposed=session.exposed,
        provisioner=_COMMUNITY if about.edition == "community" else _ENTERPRISE,
        close=session.close,
    )
