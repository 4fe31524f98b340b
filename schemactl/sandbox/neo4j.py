"""Which Neo4j server can be had here, and one of them: a given URL, else Docker, else jars that Maven fetched.

`find` takes the first; `start` always brings up a local one, whose process and files the caller can reach.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from schemactl.errors import ConnectError
from schemactl.project.server_url import given_server_url, server_url_variable
from schemactl.sandbox import docker_engine, neo4j_client, neo4j_docker, neo4j_programs
from schemactl.sandbox.had import Given, NotHad
from schemactl.sandbox.neo4j_server import Server, start

__all__ = ["Choice", "Given", "NotHad", "Server", "absent", "absent_own", "available", "find", "find_own", "start"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A server that can be had."""

    version: str
    source: Literal["url", "docker", "package"]
    where: str


def available() -> tuple[Choice, ...]:
    """Every server that can be had, in the order in which `find` tries them.

    raises   ConnectError where the given URL does not answer
    """
    given = _given()
    choices = [Choice(given.version, "url", given.where)] if given else []
    if docker_engine.answers():
        choices.append(Choice(neo4j_docker.IMAGE.partition(":")[2], "docker", "Docker"))
    if neo4j_programs.absent() is None:
        choices.append(Choice(neo4j_programs.VERSION, "package", neo4j_programs.WHERE))
    return tuple(choices)


def absent() -> tuple[NotHad, ...]:
    """Neo4j where it cannot be had, with the way to get it; empty where it can."""
    missing = neo4j_programs.absent()
    return (missing,) if missing is not None and not available() else ()


def absent_own() -> tuple[NotHad, ...]:
    """The same where a given server does not do."""
    missing = neo4j_programs.absent()
    return (missing,) if missing is not None and not docker_engine.answers() else ()


def find() -> Server | Given:
    """The first server that can be had, up and taking logins.

    raises   ConfigError, with the way to get one, where there is none; ConnectError where it does not answer or come up
    """
    return _given() or find_own()


def find_own() -> Server | Given:
    """The same without a given one: the Community edition has one database, and what is in a given one is others'."""
    if docker_engine.answers():
        # An engine that answers may still have no image and no way to one; the local jars are there all the same.
        with contextlib.suppress(ConnectError):
            url, version = neo4j_docker.start()
            return Given(url, urlsplit(url).port or neo4j_client.PORT, version, "Docker")
    return start()


def _given() -> Given | None:
    url = given_server_url("neo4j")
    if url is None:
        return None
    name = server_url_variable("neo4j")
    try:
        version = neo4j_client.version(url)
    except ConnectError as error:
        what = f"the server of {name} does not answer: {error.what}"
        raise ConnectError(what, do=f"correct or unset {name}") from error
    return Given(url, urlsplit(url).port or neo4j_client.PORT, version, name)
