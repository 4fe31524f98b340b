"""Whether a Docker engine answers here. What runs in it is each engine's `*_docker`."""

from __future__ import annotations

import importlib.util
import socket
from urllib.parse import urlsplit

from schemactl.project.server_url import docker_host


def answers() -> bool:
    """Whether testcontainers is installed and something listens where a Docker engine should."""
    host = urlsplit(docker_host())
    address = host.path if host.scheme == "unix" else (host.hostname or "127.0.0.1", host.port or 2375)
    with socket.socket(socket.AF_UNIX if host.scheme == "unix" else socket.AF_INET) as probe:
        probe.settimeout(2)
        return probe.connect_ex(address) == 0 and importlib.util.find_spec("testcontainers") is not None
