"""A database behind a proxy, and clients of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.fixtures.postgres import Database, Postgres, drop_database, make_database
from tests.tools.pgproxy import PgProxy

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def database(postgres18: Postgres) -> Iterator[Database]:
    made = make_database(postgres18)
    yield made
    drop_database(made)


@pytest.fixture
def proxy(database: Database) -> Iterator[PgProxy]:
    at = urlsplit(database.url)
    assert at.hostname is not None
    with PgProxy((at.hostname, at.port or 5432)) as proxy:
        yield proxy


def through(database: Database, proxy: PgProxy) -> str:
    """The database's URL by way of the proxy."""
    at = urlsplit(database.url)
    return at._replace(netloc=f"{at.username}:{at.password}@{proxy.host}:{proxy.port}").geturl()


@pytest.fixture
def connect(database: Database, proxy: PgProxy) -> Iterator[Callable[[], Connection]]:
    """Opens connections through the proxy, in autocommit."""
    opened: list[Connection] = []

    def open_one() -> Connection:
        opened.append(psycopg.connect(through(database, proxy), autocommit=True))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()


@pytest.fixture
def direct(database: Database) -> Iterator[Connection]:
    """A connection that does not go through the proxy."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        yield connection
