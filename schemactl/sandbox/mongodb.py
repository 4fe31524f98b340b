"""Which MongoDB servers can be had here, and one of them: a given URL, else Docker, else a local package.

`find` takes the first; `start` always brings up a local one, whose process and files the caller can reach.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from importlib import metadata
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from schemactl.errors import ConnectError
from schemactl.project.server_url import given_server_url, server_url_variable
from schemactl.sandbox import docker_engine, mongodb_docker, mongodb_wire
from schemactl.sandbox.had import Given, NotHad
from schemactl.sandbox.mongodb_server import PACKAGE, REMEDY, Server, program, start

__all__ = ["Choice", "Given", "NotHad", "Server", "absent", "available", "find", "start"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A server that can be had."""

    source: Literal["url", "docker", "package"]
    where: str


def available() -> tuple[Choice, ...]:
    """Every server that can be had, in the order in which `find` tries them. Nothing is connected to."""
    choices = []
    if given_server_url("mongodb") is not None:
        choices.append(Choice("url", server_url_variable("mongodb")))
    if docker_engine.answers():
        choices.append(Choice("docker", "Docker"))
    if program() is not None:
        choices.append(Choice("package", f"the package {PACKAGE} {metadata.version(PACKAGE)}"))
    return tuple(choices)


def absent() -> tuple[NotHad, ...]:
    """What cannot be had, with the way to get it; nothing where there is any server."""
    return () if available() else (NotHad("MongoDB", f"no server, Docker or {PACKAGE} is here", REMEDY),)


def find() -> Server | Given:
    """The first server that can be had, up and answering.

    raises   ConfigError, with the way to get one, where there is none; ConnectError where it does not answer or come up
    """
    url = given_server_url("mongodb")
    if url is not None:
        return _given(url)
    if docker_engine.answers():
        # An engine that answers may still have no image and no way to one; the local package is there all the same.
        with contextlib.suppress(ConnectError):
            made, port = mongodb_docker.start()
            return Given(made, port, _version("127.0.0.1", port, tls=False), "Docker")
    return start()


def _given(url: str) -> Given:
    parts = urlsplit(url)
    name = server_url_variable("mongodb")
    if parts.scheme == "mongodb+srv":
        return Given(url, 27017, "unknown", name)
    # Of several members the first is greeted.
    host, _, port = parts.netloc.rpartition("@")[2].split(",")[0].partition(":")
    number = int(port or 27017)
    query = parse_qs(parts.query)
    try:
        version = _version(host, number, tls="true" in [*query.get("tls", []), *query.get("ssl", [])])
    except (OSError, ConnectError) as error:
        what = f"the server of {name} does not answer: {error}"
        raise ConnectError(what, do=f"correct or unset {name}") from error
    return Given(url, number, version, name)


def _version(host: str, port: int, *, tls: bool) -> str:
    return str(mongodb_wire.command(port, {"buildInfo": 1, "$db": "admin"}, host=host, tls=tls).get("version"))
