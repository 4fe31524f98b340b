"""PgBouncer as tests use it: two clients' transactions share a backend, or each keeps its own."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.fixtures.absence import not_run, used
from tests.fixtures.postgres import Database
from tests.tools.pgbouncer import REMEDY, Bouncer, NotHadError, PoolMode, pgbouncer


@pytest.fixture(params=["transaction", "session"])
def mode(request: pytest.FixtureRequest) -> PoolMode:
    chosen: PoolMode = request.param
    return chosen


@pytest.fixture
def bouncer(database: Database, mode: PoolMode) -> Iterator[Bouncer]:
    try:
        with pgbouncer(database.url, pool_mode=mode) as running:
            used(running.version, "tests/tools/pgbouncer.py")
            yield running
    except NotHadError as error:
        not_run("pgbouncer", "PgBouncer", str(error), REMEDY)


def backend(connection: psycopg.Connection[tuple[object, ...]]) -> object:
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return row[0]


def test_between_transactions_a_backend_goes_to_another_client_only_in_transaction_mode(
    bouncer: Bouncer, mode: PoolMode
) -> None:
    with (
        psycopg.connect(bouncer.url, autocommit=True, prepare_threshold=None) as first,
        psycopg.connect(bouncer.url, autocommit=True, prepare_threshold=None) as second,
    ):
        shared = backend(first) == backend(second)
    assert shared is (mode == "transaction")


def test_its_console_tells_the_pool_mode(bouncer: Bouncer, mode: PoolMode) -> None:
    console = urlsplit(bouncer.url)._replace(path="/pgbouncer").geturl()
    with psycopg.connect(console, autocommit=True) as connection:
        told = {row[0]: row[1] for row in connection.execute("SHOW CONFIG")}
    assert told["pool_mode"] == mode


def test_it_is_gone_afterwards(database: Database) -> None:
    try:
        with pgbouncer(database.url) as running:
            url = running.url
    except NotHadError as error:
        not_run("pgbouncer", "PgBouncer", str(error), REMEDY)
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(url)
