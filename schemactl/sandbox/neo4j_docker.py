"""Neo4j in a container, through testcontainers. Not executed so far: no Docker engine answered its author."""

from __future__ import annotations

import secrets

from schemactl.errors import ConnectError

IMAGE = "neo4j:5.26-community"


def start() -> tuple[str, str]:
    """URL and version of a new container, which testcontainers' reaper removes when this process ends."""
    from testcontainers.neo4j import Neo4jContainer

    password = secrets.token_hex(16)
    try:
        container = Neo4jContainer(IMAGE, password=password).start()
        host, port = container.get_container_host_ip(), container.get_exposed_port(7687)
    except Exception as error:
        raise ConnectError(f"Docker answers, but brought up no {IMAGE}: {error}", kind="start") from error
    return f"bolt://neo4j:{password}@{host}:{port}/neo4j", "5.26"
