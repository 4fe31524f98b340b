"""MongoDB in a container, through testcontainers. Not executed so far: no Docker engine answered its author."""

from __future__ import annotations

from urllib.parse import urlsplit

from schemactl.errors import ConnectError

IMAGE = "mongo:8"


def start() -> tuple[str, int]:
    """URL and port of a new container, a replica set of one member: a standalone has no transactions."""
    from testcontainers.core.container import DockerContainer

    try:
        container = DockerContainer(IMAGE).with_exposed_ports(27017).with_command("--replSet one --bind_ip_all")
        container.start()
        container.exec(
            ["mongosh", "--quiet", "--eval", "rs.initiate(); while (!db.hello().isWritablePrimary) sleep(50)"]
        )
        host, port = container.get_container_host_ip(), int(container.get_exposed_port(27017))
    except Exception as error:
        raise ConnectError(f"Docker answers, but brought up no {IMAGE}: {error}", kind="start") from error
    # The member knows itself by a name that only the container resolves.
    return urlsplit(f"mongodb://{host}:{port}/admin?directConnection=true").geturl(), port
