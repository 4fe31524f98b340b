"""What the environment says of throwaway servers: `SCHEMACTL_TEST_<ENGINE>_URL`, SCHEMACTL_SANDBOX_CLICKHOUSE,
SCHEMACTL_REQUIRE, DOCKER_HOST."""

from __future__ import annotations

import os


def server_url_variable(engine: str) -> str:
    return f"SCHEMACTL_TEST_{engine.upper()}_URL"


def given_server_url(engine: str) -> str | None:
    """The URL of a superuser's database on a server that tests may fill with their own databases, or None."""
    return os.environ.get(server_url_variable(engine)) or None


def wanted_clickhouse() -> str | None:
    """The beginning of the version that the sandbox is to have of ClickHouse (`26.9`), or None for what comes first."""
    return os.environ.get("SCHEMACTL_SANDBOX_CLICKHOUSE") or None


def required_engines() -> frozenset[str]:
    """The engines of SCHEMACTL_REQUIRE, for which "not run" is a failure."""
    return frozenset(name.strip() for name in os.environ.get("SCHEMACTL_REQUIRE", "").split(",") if name.strip())


def docker_host() -> str:
    """Where a Docker engine listens: `unix:///path` or `tcp://host:port`."""
    return os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
