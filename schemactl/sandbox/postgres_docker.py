"""PostgreSQL in a container, through testcontainers. Not executed so far: no Docker engine answered its author."""

from __future__ import annotations

from schemactl.errors import ConnectError


def start(major: int) -> tuple[str, str]:
    """URL and version of a new container, which testcontainers' reaper removes when this process ends."""
    from testcontainers.postgres import PostgresContainer

    try:
        container = PostgresContainer(f"postgres:{major}", username="postgres", dbname="postgres", driver=None).start()
    except Exception as error:
        raise ConnectError(f"Docker answers, but brought up no postgres:{major}: {error}", kind="start") from error
    return container.get_connection_url(), str(major)
