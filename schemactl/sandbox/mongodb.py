"""Which MongoDB servers can be had here, and one of them: a given URL, else Docker, else a local package.

`find` takes the first; `start` always brings up a local one, whose process and files the caller can reach.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from schemactl.errors import ConnectError
from schemactl.project.server_url import given_server_url, server_url_variable
from schemactl.sandbox import docker_engine, mongodb_docker, mongodb_wire
from schemactl.sandbox.had import Given, NotHad
from schemactl.sandbox.mongodb_server import PACKAGE, REMEDY, Server, program, start

__all__ = ["Choice", "Given", "NotHad", "Server", "absent", "ask", "available", "find", "start"]


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
    name = server_url_variable("mongodb")
    if url.startswith("mongodb+srv:"):
        return Given(url, 27017, "unknown", name)
    try:
        port = _place(url)[1]
        version = str(ask(url, {"buildInfo": 1, "$db": "admin"}).get("version"))
    except ConnectError as error:
        what = f"the server of {name} does not answer: {error}"
        raise ConnectError(what, do=f"correct or unset {name}") from error
    return Given(url, port, version, name)


def ask(url: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of the server at `url`, of several members the first, to one command.

    raises   ConnectError where it does not answer or refuses, also where the URL names no place
    """
    host, port, tls = _place(url)
    try:
        return mongodb_wire.command(port, document, host=host, tls=tls)
    except (OSError, ValueError) as error:
        raise ConnectError(f"no answer from a MongoDB server: {error}", kind="unreachable") from error


def _place(url: str) -> tuple[str, int, bool]:
    """Host, port and whether it is encrypted. raises  ConnectError where the URL names none"""
    try:
        parts = urlsplit(url)
        member = urlsplit("//" + parts.netloc.rpartition("@")[2].split(",")[0])
        host, port = member.hostname or "", member.port or 27017
    except ValueError:
        # Its words would show a part of the URL, maybe of the password.
        raise ConnectError("the URL of a MongoDB server names no host and port", kind="unreachable") from None
    query = parse_qs(parts.query)
    return host, port, "true" in [*query.get("tls", []), *query.get("ssl", [])]


def _version(host: str, port: int, *, tls: bool) -> str:
    return str(mongodb_wire.command(port, {"buildInfo": 1, "$db": "admin"}, host=host, tls=tls).get("version"))
