"""Each property of each kind of object: the catalogue notices it, and it alone, as pg_dump does."""

from __future__ import annotations

import re
import secrets
import subprocess
from collections.abc import Iterator

import psycopg
import pytest

from schemactl.engines.postgres.catalog import PostgresCatalog
from schemactl.model.catalog import Catalog
from tests.engines.postgres.changes import CHANGES
from tests.engines.postgres.changes.change import Change
from tests.fixtures.postgres import Database, Postgres, drop_database, make_database

Roles = tuple[str, str]


def dump(database: Database) -> str:
    """`pg_dump -s`, without the lines that carry a random key."""
    command = [str(database.server.bin / "pg_dump"), "-s", database.url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return re.sub(r"(?m)^\\(un)?restrict .*\n", "", text)


def catalog(database: Database) -> Catalog:
    with psycopg.connect(database.url) as connection:
        return PostgresCatalog(connection).read()


ROWS = [(major, change) for major in (15, 18) for change in CHANGES if major >= change.since]


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Postgres:
    found: Postgres = request.getfixturevalue(f"postgres{request.param}")
    return found


@pytest.fixture(scope="module")
def roles(server: Postgres) -> Iterator[Roles]:
    names = (f"schemactl_test_{secrets.token_hex(4)}_a", f"schemactl_test_{secrets.token_hex(4)}_b")
    with psycopg.connect(server.url, autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE ROLE {name}")
        yield names
        for name in names:
            connection.execute(f"DROP ROLE {name}")


def send(database: Database, roles: Roles, script: str) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        for statement in (part.strip() for part in _statements(script)):
            if statement:
                connection.execute(statement.replace("role_a", roles[0]).replace("role_b", roles[1]).encode())


def _statements(script: str) -> list[str]:
    """Cut at each `;` that stands outside quotes."""
    return re.findall(r"(?:[^;']|'[^']*')+", script)


@pytest.mark.parametrize(
    ("server", "change"),
    [pytest.param(*row, id=f"{row[0]}-{row[1].name.replace(' ', '-')}") for row in ROWS],
    indirect=["server"],
)
def test_a_change_is_noticed_and_its_undoing_is_equal_again(server: Postgres, roles: Roles, change: Change) -> None:
    database = make_database(server)
    try:
        send(database, roles, change.setup)
        before, dumped_before = catalog(database), dump(database)
        send(database, roles, change.change)
        after, dumped_after = catalog(database), dump(database)
        send(database, roles, change.undo)
        undone, dumped_undone = catalog(database), dump(database)
        assert before.difference(after), "the catalogue does not notice"
        assert (dumped_before == dumped_after) == bool(change.blind), "what pg_dump notices"
        assert dumped_undone == dumped_before, "the way back is not one"
        assert not before.difference(undone)
    finally:
        send(database, roles, "DROP SUBSCRIPTION IF EXISTS su")
        drop_database(database)


def test_every_change_has_a_name_of_its_own() -> None:
    assert len({change.name for change in CHANGES}) == len(CHANGES) >= 120
