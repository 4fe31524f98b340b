"""A PostgreSQL server by its administrator's address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.admin import Admin
from schemactl.engines.postgres.roles.databases import notes
from schemactl.engines.postgres.roles.provisioner import PostgresProvisioner
from schemactl.engines.postgres.roles.server import Server
from schemactl.running.encryption import exposed

if TYPE_CHECKING:
    from schemactl.contract.opening import Opening


def open_admin(opening: Opening) -> Admin:
    """Connect to the maintenance database, which the address names.

    raises  ConnectError; UnsupportedError for a server that is too old
    """
    server = Server(opening)
    connection = server.session.connection
    return Admin(
        name="postgres",
        server=f"PostgreSQL {connection.info.parameter_status('server_version') or server.major}",
        exposed=exposed(connection.info.host, encrypted=bool(connection.pgconn.ssl_in_use)),
        provisioner=PostgresProvisioner(server),
        close=server.close,
        notes=lambda databases: tuple(notes(server, databases)),
    )
