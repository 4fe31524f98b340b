"""Which engines a sandbox has, and what differs: how a server is had, how a target gets a place on it.

An engine's own module is loaded when it is asked for.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol
from urllib.parse import quote, urlsplit

from schemactl.errors import ConfigError
from schemactl.project.server_url import given_server_url, wanted_clickhouse
from schemactl.sandbox.had import NotHad


class Running(Protocol):
    """What every engine's server has. One that is a process of this machine's has its id as `pid` too."""

    @property
    def url(self) -> str: ...

    @property
    def port(self) -> int: ...

    @property
    def version(self) -> str: ...

    @property
    def where(self) -> str: ...

    def stop(self) -> None: ...


class Kind(NamedTuple):
    """An engine in the sandbox.

    shared    one server holds all targets, each in a database of its own; else each target has a server
    find      a server, up and taking connections; ConfigError of kind `missing_server` where none can be had
    absent    why no server of it can be had here, and how to get one; empty where one can
    make      makes empty databases on the server at a URL, where that needs anything
    drop      drops them, with everyone in them; one that is not there is no error
    reserved  names of the server's own databases, which no target gets
    """

    shared: bool
    find: Callable[[], Running]
    absent: Callable[[], tuple[NotHad, ...]]
    make: Callable[[str, Sequence[str]], None]
    drop: Callable[[str, Sequence[str]], None]
    reserved: frozenset[str] = frozenset()


def kind_of(engine: str) -> Kind:
    """The engine's kind; its module is loaded now."""
    return _KINDS[engine]()


def title_of(engine: str) -> str:
    """The engine's name for people."""
    return _TITLES[engine]


def is_given(engine: str, url: str) -> bool:
    """Whether this is the server that the environment names, which others may use too."""
    return url == given_server_url(engine)


def name_for(wanted: str, platform: str, taken: frozenset[str], *, given: bool) -> str:
    """A name for a target's database that is none of `taken`.

    On a server of ours the database's own, else with the platform in front; on a given one a name of ours, for what
    is there already is not known, and what is called so may be dropped.
    """
    if given:
        return f"schemactl_test_{secrets.token_hex(6)}"
    for name in (wanted, f"{platform}_{wanted}"[:63]):
        if name not in taken:
            return name
    return f"{wanted[:50]}_{secrets.token_hex(4)}"


def url_on(url: str, database: str) -> str:
    """The URL of a database on the server whose administrator's URL is `url`."""
    parts = urlsplit(url)
    name = quote(database, safe="")
    if not database:
        return url
    if parts.scheme == "chdb":
        return f"{url}/{name}"
    query = parts.query
    if parts.scheme.startswith("mongodb") and parts.username and "authSource=" not in query:
        # MongoDB looks for the user in the database of the URL unless it is told where they are.
        query = "&".join(filter(None, (query, f"authSource={parts.path.lstrip('/') or 'admin'}")))
    return parts._replace(path=f"/{name}", query=query).geturl()


def _nothing(url: str, names: Sequence[str]) -> None:
    """This engine makes a database when the first thing is written into it."""


def _postgres() -> Kind:
    from schemactl.sandbox import postgres, postgres_client, postgres_programs

    def each(statement: str) -> Callable[[str, Sequence[str]], None]:
        def run(url: str, names: Sequence[str]) -> None:
            quoted = ('"' + name.replace('"', '""') + '"' for name in names)
            # Any psql will do, so the newest.
            programs = postgres_programs.found()[0].bin
            postgres_client.run(programs, ";\n".join(statement.format(name) for name in quoted), url=url)

        return run

    return Kind(
        shared=True,
        find=postgres.find,
        absent=lambda: () if postgres.available() else postgres.absent(),
        make=each("CREATE DATABASE {} TEMPLATE template0"),
        drop=each("DROP DATABASE IF EXISTS {} WITH (FORCE)"),
        reserved=frozenset({"postgres", "template0", "template1"}),
    )


def _clickhouse() -> Kind:
    from schemactl.sandbox import clickhouse, clickhouse_folder, clickhouse_statement

    def find() -> Running:
        wanted = wanted_clickhouse()
        try:
            return clickhouse.find(wanted)
        except ConfigError as error:
            found = clickhouse.library()
            if error.kind != "missing_server" or found is None:
                raise
            if not f"{found.version}.".startswith(f"{wanted or found.version}."):
                raise
            return clickhouse_folder.make(found.version, found.where)

    def make(url: str, names: Sequence[str]) -> None:
        if url.startswith("chdb:"):
            for name in names:
                clickhouse_folder.add(url, name)
        else:
            clickhouse_statement.run(url, [f"CREATE DATABASE {_in_backticks(name)}" for name in names])

    def drop(url: str, names: Sequence[str]) -> None:
        if not url.startswith("chdb:"):
            clickhouse_statement.run(url, [f"DROP DATABASE IF EXISTS {_in_backticks(name)}" for name in names])

    return Kind(
        shared=True,
        find=find,
        absent=lambda: () if clickhouse.available() else clickhouse.absent(),
        make=make,
        drop=drop,
        reserved=frozenset({"system", "default", "information_schema", "INFORMATION_SCHEMA"}),
    )


def _in_backticks(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _mongodb() -> Kind:
    from schemactl.sandbox import mongodb

    def find() -> Running:
        choices = mongodb.available()
        # What this machine's other users could reach has a password; a given server has what it has.
        return mongodb.start(auth=True) if choices and choices[0].source == "package" else mongodb.find()

    def drop(url: str, names: Sequence[str]) -> None:
        for name in names if "@" not in url else ():
            mongodb.ask(url, {"dropDatabase": 1, "$db": name})

    own = frozenset({"admin", "local", "config"})
    return Kind(shared=True, find=find, absent=mongodb.absent, make=_nothing, drop=drop, reserved=own)


def _neo4j() -> Kind:
    from schemactl.sandbox import neo4j

    return Kind(shared=False, find=neo4j.find_own, absent=neo4j.absent_own, make=_nothing, drop=_nothing)


_KINDS: dict[str, Callable[[], Kind]] = {
    "postgres": _postgres,
    "clickhouse": _clickhouse,
    "mongodb": _mongodb,
    "neo4j": _neo4j,
}
_TITLES = {"postgres": "PostgreSQL", "clickhouse": "ClickHouse", "mongodb": "MongoDB", "neo4j": "Neo4j"}
