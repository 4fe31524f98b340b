"""Servers that SCHEMACTL_TEST_<ENGINE>_URL names: roles that the demo makes there do not go with any sandbox."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from schemactl.project.server_url import given_server_url, server_url_variable
from tests.demo.terminal import BrokenError

Servers = list[dict[str, Any]]


@contextmanager
def roles_dropped() -> Iterator[list[str]]:
    """Drops from the given server the roles that the body puts into the list: its databases are gone by then."""
    made: list[str] = []
    try:
        yield made
    finally:
        url = given_server_url("postgres")
        if url is not None and made:
            with psycopg.connect(url, autocommit=True) as connection:
                for name in made:
                    connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def new_roles(servers: Servers) -> list[str]:
    """The roles that a preview of `provision` would make on the given PostgreSQL server.

    raises  BrokenError where one is there already: its password is somebody else's to know
    """
    if given_server_url("postgres") is None:
        return []
    there: list[str] = []
    new: list[str] = []
    for server in servers:
        for target in server["targets"] if server["engine"] == "postgres" else ():
            for change in target["changes"]:
                if change["what"] == "role":
                    (new if change["verdict"] == "add" else there).append(change["name"])
    if there:
        name = server_url_variable("postgres")
        raise BrokenError(
            f"the server of {name} has these roles already: {', '.join(dict.fromkeys(there))}",
            f"unset {name} for a server of the demo's own, or drop them there",
        )
    return list(dict.fromkeys(new))


def others() -> list[str]:
    """The variables of given servers on which roles that were made stay."""
    ours = (server_url_variable(engine) for engine in ("clickhouse", "mongodb", "neo4j"))
    return [name for name in ours if os.environ.get(name)]
