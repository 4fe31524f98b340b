"""PostgreSQL in a container, through testcontainers. Not executed so far: no Docker engine answered its author."""

from __future__ import annotations

import importlib.util
import socket
from urllib.parse import urlsplit

from schemactl.errors import ConnectError
from schemactl.project.server_url import docker_host


def answers() -> bool:
    """Whether testcontainers is installed and something listens where a Docker engine should."""
    host = urlsplit(docker_host())
    address = host.path if host.scheme == "unix" else (host.hostname or "127.0.0.1", host.port or 2375)
    with socket.socket(socket.AF_UNIX if host.scheme == "unix" else socket.AF_INET) as probe:
        probe.settimeout(2)
        return probe.connect_ex(address) == 0 and importlib.util.find_spec("testcontainers") is not None


def start(major: int) -> tuple[str, str]:
    """URL and version of a new container, which testcontainers' reaper removes when this process ends."""
    from testcontainers.postgres import PostgresContainer

    try:
        container = PostgresContainer(f"postgres:{major}", username="postgres", dbname="postgres", driver=None).start()
    except Exception as error:
        raise ConnectError(f"Docker answers, but brought up no postgres:{major}: {error}", kind="start") from error
    return container.get_connection_url(), str(major)
