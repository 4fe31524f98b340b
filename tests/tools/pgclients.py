"""Clients of a proxied server, in each of the protocol's modes, and what the server says of them."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

import psycopg
import pytest

from tests.tools.conftest import Connection

Connect = Callable[[], Connection]
Work = Callable[[Connection], object]


class Client(threading.Thread):
    """Does `work` on its own connection; `outcome` gets what it returned or raised, once."""

    def __init__(self, connection: Connection, work: Work) -> None:
        super().__init__(daemon=True)
        self.connection, self.work = connection, work
        self.outcome: queue.Queue[object] = queue.Queue()
        self.start()

    def run(self) -> None:
        try:
            self.outcome.put(self.work(self.connection))
        except psycopg.Error as error:
            self.outcome.put(error)

    @property
    def waits(self) -> bool:
        return self.outcome.empty()


def simple(*statements: str) -> Work:
    """Each as a Query message."""

    def work(connection: Connection) -> object:
        for statement in statements:
            connection.execute(statement.encode())
        return "done"

    return work


def extended(*statements: str) -> Work:
    """Each as Parse, Bind, Describe, Execute, Sync."""

    def work(connection: Connection) -> object:
        for statement in statements:
            connection.execute(statement.encode(), [], binary=True, prepare=False)
        return "done"

    return work


def prepared(*statements: str) -> Work:
    """Each parsed under a name, and run by a Bind to it."""

    def work(connection: Connection) -> object:
        for statement in statements:
            connection.execute(statement.encode(), [], prepare=True)
        return "done"

    return work


def pipelined(*statements: str) -> Work:
    """All before one Sync."""

    def work(connection: Connection) -> object:
        with connection.pipeline():
            for statement in statements:
                connection.execute(statement.encode())
        return "done"

    return work


MODES = pytest.mark.parametrize("mode", [simple, extended, prepared, pipelined])
BLOCK = ("BEGIN", "CREATE TABLE a (id int)", "CREATE TABLE b (id int)", "INSERT INTO a VALUES (1)", "COMMIT")


def tables(direct: Connection) -> list[object]:
    found = direct.execute("SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
    return [name for (name,) in found]


def others(direct: Connection) -> list[tuple[object, object]]:
    """State and last statement of the other sessions on this database."""
    rows = direct.execute(
        "SELECT state, query FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    ).fetchall()
    return [(state, query) for state, query in rows]


def eventually(holds: Callable[[], bool]) -> None:
    """Wait for what the server does by itself after the test's last step."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)
