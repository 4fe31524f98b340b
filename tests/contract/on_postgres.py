"""PostgreSQL's harness."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from schemactl.contract.engine import Engine
from schemactl.contract.job import Job
from schemactl.contract.opening import Opening, Patience, Stop
from schemactl.engines import open_engine
from schemactl.errors import ConnectError
from schemactl.model.entry import LEDGER_FORMAT
from tests.contract.postgres_dialect import DIALECT, GROUND
from tests.contract.target import TARGET, Left
from tests.contract.work import run_on
from tests.engines.postgres.snapshots import dumped
from tests.fixtures.postgres import Database
from tests.tools.pgproxy import Fault, PgProxy

_RUNNERS = "application_name LIKE 'schemactl contract/%%' AND datname = current_database()"
# What a statement that stands alone waits for: a table's lock before it began, others' transactions in its middle.
_WAITS_FOR: dict[Left, str] = {"not done": "relation", "half": "virtualxid"}


class PostgresTarget:
    """A new database with a table, `ground`, that stand-alone statements are about."""

    dialect = DIALECT

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engines: list[Engine] = []
        self.ask(GROUND)
        self.ask("CREATE SCHEMA visits CREATE TABLE within (who int)")

    def open(self, *, stop: Stop | None = None) -> Engine:
        return self._open(self._database.url, stop)

    def close(self) -> None:
        for engine in self._engines:
            engine.close()

    def has(self, name: str) -> bool:
        return bool(self.ask("SELECT to_regclass(%s) IS NOT NULL", name)[0][0])

    def words(self, name: str) -> list[str]:
        return [word for (word,) in self.ask(f"SELECT word FROM {name} ORDER BY ctid")]

    def has_ledger(self) -> bool:
        return bool(self.ask("SELECT to_regnamespace('schemactl') IS NOT NULL")[0][0])

    def raise_ledger_format(self) -> None:
        self.ask("UPDATE schemactl.schema_format SET format = %s", LEDGER_FORMAT + 1)

    def make_read_only(self) -> None:
        self.ask(f"ALTER DATABASE {self._database.name} SET default_transaction_read_only = on")

    def kill_runners(self) -> None:
        self.ask(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE {_RUNNERS}")

    @contextmanager
    def inside(self) -> Iterator[int]:
        with psycopg.connect(self._database.url, autocommit=True) as connection:
            connection.execute("INSERT INTO visits.within VALUES (1)")
            # Read again apart from the writing: another that came in meanwhile is seen.
            row = connection.execute("SELECT count(*) FROM visits.within").fetchone()
            yield row[0] if row else 0
            connection.execute("DELETE FROM visits.within WHERE ctid IN (SELECT ctid FROM visits.within LIMIT 1)")

    def leave(self, job: Job, how: Left) -> None:
        if how == "done":
            self._unacknowledged(job)
        else:
            self._killed_while_waiting(job, how)

    def dumped(self) -> list[str]:
        """What pg_dump says of the database, the ledger left out, statement by statement."""
        return dumped(self._database)

    def _unacknowledged(self, job: Job) -> None:
        """The server does the statement, its answer never arrives."""
        at = urlsplit(self._database.url)
        with PgProxy((at.hostname or "", at.port or 5432)) as proxy:
            fault = Fault(match=re.escape(job.segments[0].steps[0].statement.text), point="executed", action="drop")
            proxy.arm(fault)
            url = at._replace(netloc=f"{at.username}:{at.password}@{proxy.host}:{proxy.port}").geturl()
            with pytest.raises(ConnectError):
                run_on(self._open(url, None), job)
            fault.wait()

    def _killed_while_waiting(self, job: Job, how: Left) -> None:
        """Another session is in the statement's way, at its beginning or in its middle; there its backend is ended."""
        holds = "LOCK TABLE ground" if how == "not done" else "INSERT INTO ground VALUES ('in the way')"
        engine = self.open()
        died: list[BaseException] = []

        def work() -> None:
            try:
                run_on(engine, job)
            except ConnectError as error:
                died.append(error)

        thread = threading.Thread(target=work, daemon=True)
        with psycopg.connect(self._database.url) as other:
            other.execute(holds.encode())
            thread.start()
            self._await_waiting(_WAITS_FOR[how])
            self.kill_runners()
            thread.join(30)
            other.rollback()
        assert died, "the run did not notice that its session was ended"

    def _await_waiting(self, locktype: str) -> None:
        until = time.monotonic() + 30
        sql = (
            f"SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND locktype = %s AND {_RUNNERS}"
        )
        while not self.ask(sql, locktype):
            assert time.monotonic() < until, "the statement did not come to wait"
            time.sleep(0.02)

    def _open(self, url: str, stop: Stop | None) -> Engine:
        asked = stop if stop is not None else Stop()  # one that was not asked yet is false
        patience = Patience(lock_timeout_ms=30_000, tries=1)
        opening = Opening(url=url, shown="a test's database", target=TARGET, patience=patience, stop=asked)
        self._engines.append(open_engine("postgres", opening))
        return self._engines[-1]

    def ask(self, sql: str, *values: object) -> list[Any]:
        """The answer of a connection of the test's own."""
        with psycopg.connect(self._database.url, autocommit=True) as connection:
            cursor = connection.execute(sql.encode(), values)
            return cursor.fetchall() if cursor.description is not None else []
