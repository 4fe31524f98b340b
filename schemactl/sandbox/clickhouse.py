"""Which ClickHouse servers can be had here, and one of them: a given URL, else Docker, else a local program.

`find` takes the first; `start` always brings up a local one, whose process and files the caller can reach. chdb is a
folder alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from schemactl.errors import ConfigError, ConnectError
from schemactl.project.server_url import given_server_url, server_url_variable
from schemactl.sandbox import clickhouse_docker, clickhouse_hello, clickhouse_programs, docker_engine
from schemactl.sandbox.clickhouse_server import Ports, Server, free_ports, start
from schemactl.sandbox.had import Given, NotHad

__all__ = [
    "CHDB",
    "Choice",
    "Given",
    "NotHad",
    "Ports",
    "Server",
    "absent",
    "available",
    "find",
    "free_ports",
    "library",
    "start",
]

CHDB = "chdb"
"""Instead of a version: ClickHouse as a library. It has no server: its URL is chdb:///FOLDER."""

WANTED = ("18.16", CHDB)


@dataclass(frozen=True, slots=True)
class Choice:
    """A server that can be had, or chdb. `path`: its program, or package."""

    version: str
    source: Literal["url", "docker", "package"]
    where: str
    path: Path


def available() -> tuple[Choice, ...]:
    """Every server that can be had, in the order in which `find` tries them; chdb last.

    raises   ConnectError where the given URL does not answer
    """
    given = _given()
    first = [Choice(given.version, "url", given.where, Path())] if given else []
    if docker_engine.answers():
        first.append(Choice(clickhouse_docker.VERSION, "docker", "Docker", Path()))
    local = [Choice(one.version, "package", one.where, one.server) for one in clickhouse_programs.found()]
    last = library()
    return (*first, *local, *([last] if last else []))


def absent(versions: Sequence[str] = WANTED) -> tuple[NotHad, ...]:
    """The versions that cannot be had, each with the way to get it."""
    choices = available()
    missing = []
    for version in versions:
        if version == CHDB:
            if library() is None:
                missing.append(NotHad("chdb", "the package is not installed", "pip install 'schemactl[chdb]'"))
        elif not any(f"{choice.version}.".startswith(f"{version}.") for choice in choices):
            why = "no server or program of this version is here"
            missing.append(NotHad(f"ClickHouse {version}", why, clickhouse_programs.REMEDY))
    return tuple(missing)


def find(version: str | None = None) -> Server | Given:
    """The first server of this version that can be had, up and taking connections.

    raises   ConfigError, with the way to get one, where there is none; ConnectError where it does not answer or come up
    """
    given = _given()
    if given and (version is None or f"{given.version}.".startswith(f"{version}.")):
        return given
    wanted = version is None or f"{clickhouse_docker.VERSION}.".startswith(f"{version}.")
    if wanted and docker_engine.answers():
        # An engine that answers may still have no image and no way to one; a local program is there all the same.
        with contextlib.suppress(ConnectError):
            url, found = clickhouse_docker.start()
            return Given(url, urlsplit(url).port or 9000, found, "Docker")
    return start(version=version)


def _given() -> Given | None:
    url = given_server_url("clickhouse")
    if url is None:
        return None
    name = server_url_variable("clickhouse")
    try:
        version = clickhouse_hello.version(url)
        return Given(url, urlsplit(url).port or 9000, version, name)
    except ConnectError as error:
        what = f"the server of {name} does not answer: {error.what}"
        raise ConnectError(what, do=f"correct or unset {name}") from error
    except ValueError as error:
        raise ConfigError(f"{name} is no URL: {error}", do=f"correct or unset {name}", kind="url") from error


def library() -> Choice | None:
    """chdb, where it is installed."""
    try:
        package = metadata.distribution("chdb")
    except metadata.PackageNotFoundError:
        return None
    return Choice(_of_core(), "package", f"the package chdb {package.version}", Path(str(package.locate_file("chdb"))))


def _of_core() -> str:
    # The version of ClickHouse is that of the package below chdb.
    try:
        return metadata.distribution("chdb-core").version
    except metadata.PackageNotFoundError:
        return ""
