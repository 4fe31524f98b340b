"""A MongoDB server by its administrator's address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.admin import Admin
from schemactl.engines.mongodb.roles.provisioner import MongoProvisioner
from schemactl.engines.mongodb.roles.server import Server
from schemactl.running.encryption import exposed

if TYPE_CHECKING:
    from schemactl.contract.opening import Opening


def open_admin(opening: Opening) -> Admin:
    """Connect. The database of the address is where its user lives, unless `authSource` says another.

    raises  ConfigError for an address that does not hold; ConnectError; UnsupportedError for a server that is too old
    """
    server = Server(opening)
    session = server.session
    return Admin(
        name="mongodb",
        server=f"MongoDB {session.version}",
        exposed=next(filter(None, (exposed(host, encrypted=session.encrypted) for host in session.hosts)), ""),
        provisioner=MongoProvisioner(server),
        close=server.close,
        unguarded=server.unguarded(),
    )
