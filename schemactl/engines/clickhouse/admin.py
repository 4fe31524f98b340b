"""A ClickHouse server by its administrator's address: what it says of users and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from schemactl.contract.admin import Admin
from schemactl.contract.engine import Missing
from schemactl.engines.clickhouse.address import is_encrypted
from schemactl.engines.clickhouse.connection import Session
from schemactl.running.encryption import exposed

if TYPE_CHECKING:
    from schemactl.contract.opening import Opening

_EMBEDDED = Missing(
    why="an embedded ClickHouse has no users and no roles: whoever opens the folder may do everything",
    instead="guard the folder by its mode",
)
_BEFORE = Missing(
    why="this ClickHouse has no access management: SQL makes users and roles from 20.4 on",
    instead="write users into its users.xml, or upgrade the server",
)
_LATER = Missing(
    why="this version does not make users and roles on ClickHouse", instead="CREATE USER, CREATE ROLE and GRANT by hand"
)
_SINCE = (20, 4)


def open_admin(opening: Opening) -> Admin:
    """Connect. raises  ConnectError; ConfigError; LockedError where another process has chdb's folder open"""
    parts = urlsplit(opening.url)
    if not parts.path.strip("/"):
        opening = opening._replace(url=parts._replace(path="/default").geturl())
    session = Session(opening)
    version = session.facts.full_version
    if session.is_embedded:
        missing = _EMBEDDED
    else:
        missing = _BEFORE if tuple(map(int, version.split(".")[:2])) < _SINCE else _LATER
    host = urlsplit(opening.url).hostname or ""
    return Admin(
        name="clickhouse",
        server=f"ClickHouse {version}",
        exposed=exposed(host, encrypted=is_encrypted(opening.url)),
        provisioner=missing,
        close=session.close,
    )
