"""Which PostgreSQL servers can be had here, and one of them: a given URL, else Docker, else a local package.

`find` takes the first; `start` always brings up a local one, whose process and files the caller can reach.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from schemactl.errors import ConfigError, ConnectError
from schemactl.project.server_url import given_server_url, server_url_variable
from schemactl.sandbox import docker_engine, postgres_client, postgres_docker, postgres_programs
from schemactl.sandbox.had import NotHad
from schemactl.sandbox.postgres_programs import Programs
from schemactl.sandbox.postgres_server import Auth, Server, StopMode, start

__all__ = ["Auth", "Choice", "Given", "NotHad", "Server", "StopMode", "absent", "available", "find", "start"]

WANTED = (18, 15)
"""The oldest and the newest major that schemactl is held against."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A server that can be had. `path`: the folder of the programs used with it, for a given server the client's."""

    major: int
    source: Literal["url", "docker", "package"]
    where: str
    path: Path


@dataclass(frozen=True, slots=True)
class Given:
    """A server that runs elsewhere: no process, no files. `stop` leaves it alone; Docker's own reaper ends its own."""

    url: str = field(repr=False)
    port: int
    major: int
    version: str
    bin: Path
    where: str

    def stop(self) -> None:
        """Nothing: it is not ours to stop."""


def available() -> tuple[Choice, ...]:
    """Every server that can be had, in the order in which `find` tries them.

    raises   ConnectError where the given URL does not answer
    """
    programs = postgres_programs.found()
    given = _given(programs)
    choices = [Choice(given.major, "url", given.where, given.bin)] if given else []
    if docker_engine.answers():
        choices += [Choice(one.major, "docker", "Docker", one.bin) for one in programs if one.major in WANTED]
    return (*choices, *(Choice(one.major, "package", one.where, one.bin) for one in programs))


def absent(majors: Sequence[int] = WANTED) -> tuple[NotHad, ...]:
    """The majors that cannot be had, each with the way to get it."""
    here = {choice.major for choice in available()}
    return tuple(
        NotHad(f"PostgreSQL {major}", "no server or programs of this major are here", postgres_programs.remedy(major))
        for major in majors
        if major not in here
    )


def find(major: int | None = None) -> Server | Given:
    """The first server of this major that can be had, up and taking connections.

    raises   ConfigError, with the way to get one, where there is none; ConnectError where it does not answer or come up
    """
    programs = postgres_programs.found()
    given = _given(programs)
    if given and major in (None, given.major):
        return given
    clients = [one for one in programs if major in (None, one.major)]
    if clients and docker_engine.answers():
        # An engine that answers may still have no image and no way to one; the local package is there all the same.
        with contextlib.suppress(ConnectError):
            url, version = postgres_docker.start(clients[0].major)
            return Given(url, urlsplit(url).port or 5432, clients[0].major, version, clients[0].bin, "Docker")
    return start(major=major)


def _given(programs: Sequence[Programs]) -> Given | None:
    url = given_server_url("postgres")
    if url is None:
        return None
    name = server_url_variable("postgres")
    if not programs:
        raise ConfigError(f"{name} is set, but no psql is here to ask it", do=postgres_programs.remedy(None))
    try:
        version = postgres_client.run(programs[0].bin, "SHOW server_version", url=url).split()[0]
    except ConnectError as error:
        what = f"the server of {name} does not answer: {error.what}"
        raise ConnectError(what, do=f"correct or unset {name}") from error
    major = int(version.split(".")[0])
    fitting = [one for one in programs if one.major >= major] or list(programs)
    return Given(url, urlsplit(url).port or 5432, major, version, fitting[-1].bin, name)
