"""The roles that every server has, and which of them may do everything. Source: MongoDB's manual, "Built-In Roles"."""

from __future__ import annotations

from typing import Final

from schemactl.engines.mongodb.connection import SERVERS_OWN

Name = tuple[str, str]
"""(database, role or user)."""

_OF_EACH_DATABASE: Final = frozenset({"read", "readWrite", "dbAdmin", "dbOwner", "userAdmin", "enableSharding"})
_OF_THE_SERVER: Final = frozenset(
    {"clusterAdmin", "clusterManager", "clusterMonitor", "hostManager", "backup", "restore", "root", "__system"}
    | {"readAnyDatabase", "readWriteAnyDatabase", "userAdminAnyDatabase", "dbAdminAnyDatabase"}
    | {"directShardOperations", "__queryableBackup"}
)
BUILTIN: Final = _OF_EACH_DATABASE | _OF_THE_SERVER
_EVERYTHING: Final = ("root", "__system", "userAdminAnyDatabase", "userAdmin", "dbOwner")
SUPERUSERS: Final = frozenset((SERVERS_OWN, name) for name in _EVERYTHING)
"""Who has one of these has every right, or can give it to themselves."""


def builtin_name(role: str, database: str) -> Name | None:
    """Where a role of the server's own is, for whoever lives in `database`; None where it is none."""
    if role in _OF_EACH_DATABASE:
        return (database, role)
    return (SERVERS_OWN, role) if role in _OF_THE_SERVER else None
