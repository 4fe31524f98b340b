"""Servers that the environment names for tests and sandbox: `SCHEMACTL_TEST_<ENGINE>_URL`. Reads nothing else."""

from __future__ import annotations

import os


def server_url_variable(engine: str) -> str:
    return f"SCHEMACTL_TEST_{engine.upper()}_URL"


def given_server_url(engine: str) -> str | None:
    """The URL of a superuser's database on a server that tests may fill with their own databases, or None."""
    return os.environ.get(server_url_variable(engine)) or None


def docker_host() -> str:
    """Where a Docker engine listens: `unix:///path` or `tcp://host:port`."""
    return os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
