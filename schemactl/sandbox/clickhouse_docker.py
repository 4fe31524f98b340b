"""ClickHouse in a container, through testcontainers. Not executed so far: no Docker engine answered its author."""

from __future__ import annotations

import secrets

from schemactl.errors import ConnectError

IMAGE, VERSION = "clickhouse/clickhouse-server", "25.8"


def start() -> tuple[str, str]:
    """URL and version of a new container, which testcontainers' reaper removes when this process ends."""
    from testcontainers.clickhouse import ClickHouseContainer

    image, password = f"{IMAGE}:{VERSION}", secrets.token_hex(16)
    try:
        container = ClickHouseContainer(image, username="default", password=password, dbname="default").start()
        url = str(container.get_connection_url())
    except Exception as error:
        raise ConnectError(f"Docker answers, but brought up no {image}: {error}", kind="start") from error
    return url, VERSION
