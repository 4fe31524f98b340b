"""What catalogue tests do with databases: send SQL, read the catalogue, dump, restore."""

from __future__ import annotations

import re
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from schemactl.engines.postgres.catalog import PostgresCatalog
from schemactl.model.catalog import Catalog
from tests.fixtures.postgres import Database, Postgres

EVERYTHING = Path(__file__).with_name("everything.sql")

Roles = tuple[str, str]


@contextmanager
def two_roles(*servers: Postgres, names: Roles | None = None) -> Iterator[Roles]:
    """Two roles of the test's own, the same on every server; in SQL, `role_a` and `role_b` stand for them."""
    token = secrets.token_hex(4)
    made = names or (f"schemactl_test_{token}_a", f"schemactl_test_{token}_b")
    for server in servers:
        with psycopg.connect(server.url, autocommit=True) as connection:
            for name in made:
                connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
    yield made
    for server in servers:
        with psycopg.connect(server.url, autocommit=True) as connection:
            for name in made:
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def send(database: Database, script: str, roles: Roles = ("", "")) -> None:
    """Run the statements of `script` one by one; a `;` inside single quotes ends nothing."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        for statement in re.findall(r"(?:[^;']|'[^']*')+", script):
            if text := statement.strip():
                connection.execute(text.replace("role_a", roles[0]).replace("role_b", roles[1]).encode())


def read(database: Database, *, ours: str = "schemactl") -> Catalog:
    with psycopg.connect(database.url) as connection:
        return PostgresCatalog(connection, ours=ours).read()


def broken(database: Database) -> tuple[str, ...]:
    with psycopg.connect(database.url) as connection:
        return PostgresCatalog(connection).broken()


def dump(database: Database, *options: str) -> str:
    """`pg_dump -s`, without the lines that carry a random key."""
    command = [str(database.server.bin / "pg_dump"), "-s", *options, database.url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return re.sub(r"(?m)^\\(un)?restrict .*\n", "", text)


def play(database: Database, script: str) -> None:
    """Feed `script` to psql, which stops at the first error."""
    command = [str(database.server.bin / "psql"), "-qX", "-v", "ON_ERROR_STOP=1", database.url]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def everything(database: Database, roles: Roles) -> None:
    play(database, EVERYTHING.read_text().replace("role_a", roles[0]).replace("role_b", roles[1]))
