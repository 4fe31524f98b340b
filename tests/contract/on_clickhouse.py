"""ClickHouse's harness, for 18.16 by the native protocol. Engines reach the server by a proxy that can cut them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from schemactl.contract.engine import Engine
from schemactl.contract.job import Job
from schemactl.contract.opening import Opening, Patience, Stop
from schemactl.engines import open_engine
from schemactl.errors import ConnectError
from schemactl.model.entry import LEDGER_FORMAT
from schemactl.sandbox.clickhouse import Server
from tests.contract.clickhouse_dialect import GROUND, NATIVE
from tests.contract.target import TARGET, Left
from tests.contract.work import run_on
from tests.fixtures.clickhouse import ClickHouseDatabase
from tests.tools.clickhouse_wire import ClickHouseWire
from tests.tools.turnproxy import Halt, TurnProxy

LEASE_S = 2.0


class ClickHouseTarget:
    """A new database with a table, `ground`, that materialised views are about."""

    dialect = NATIVE

    def __init__(self, database: ClickHouseDatabase) -> None:
        self._database = database
        self._engines: list[Engine] = []
        self._url = database.url
        at = urlsplit(database.url)
        self._proxy = TurnProxy((at.hostname or "", at.port or 9000), ClickHouseWire)
        self.ask(GROUND)
        self.ask("CREATE TABLE within (n Int8) ENGINE = MergeTree ORDER BY tuple()")

    def open(self, *, stop: Stop | None = None) -> Engine:
        asked = stop if stop is not None else Stop()  # one that was not asked yet is false
        at = urlsplit(self._url)
        url = at._replace(netloc=f"{at.username}:{at.password}@{self._proxy.host}:{self._proxy.port}").geturl()
        opening = Opening(
            url=url,
            shown="a test's database",
            target=TARGET,
            patience=Patience(lock_timeout_ms=30_000, tries=1),
            stop=asked,
            lease_s=LEASE_S,
        )
        self._engines.append(open_engine("clickhouse", opening))
        return self._engines[-1]

    def close(self) -> None:
        for engine in self._engines:
            engine.close()
        self._proxy.close()

    def has(self, name: str) -> bool:
        return bool(self.ask(f"EXISTS TABLE {name}")[0][0])

    def words(self, name: str) -> list[str]:
        """In the order of the blocks that brought them, which a part's name tells: all_FIRST_LAST_LEVEL."""
        rows = self.ask(f"SELECT word, _part FROM {name} SETTINGS max_threads = 1")
        return [word for word, part in sorted(rows, key=lambda row: int(row[1].split("_")[1]))]

    def has_ledger(self) -> bool:
        return bool(self.ask("SHOW TABLES LIKE 'schema%'"))

    def raise_ledger_format(self) -> None:
        facts = f'{{"format":{LEDGER_FORMAT + 1},"platform":"contract","service_name":"town"}}'
        self.ask(
            "INSERT INTO schema_events SELECT toUInt64(max(seq) + 1), 'later', 'format', toUInt64(0), 'town', '',"
            f" now(), '{facts}' FROM schema_events"
        )

    def make_read_only(self) -> None:
        server = self._database.server
        assert isinstance(server, Server), "a given server has no user that may only read"
        self._url = urlsplit(server.reader_url)._replace(path=f"/{self._database.name}").geturl()

    def kill_runners(self) -> None:
        self._proxy.cut()

    @contextmanager
    def inside(self) -> Iterator[int]:
        self.ask("INSERT INTO within SELECT 1")
        # Read again apart from the writing: another that came in meanwhile is seen.
        yield int(self.ask("SELECT sum(n) FROM within")[0][0])
        self.ask("INSERT INTO within SELECT -1")

    def leave(self, job: Job, how: Left) -> None:
        statement = job.segments[0].steps[0].statement.text
        if how == "done":
            halt = Halt(match=self._as_sent(statement), point="executed", action="drop")
        else:
            halt = Halt(match='"intent"', point="acknowledged", action="drop")
        self._proxy.arm(halt)
        with pytest.raises(ConnectError):
            run_on(self.open(), job)
        halt.wait()
        if how == "half":
            self._halve(statement)

    def _as_sent(self, statement: str) -> str:
        """What to look for on the wire, as a pattern."""
        return re.escape(statement)

    def _halve(self, statement: str) -> None:
        """A materialised view is two objects: its hidden table is there, and it is not."""
        name = statement.split("VIEW ")[-1].split()[0] if "VIEW " in statement else statement.split()[-1]
        self.ask(f"DROP TABLE IF EXISTS {name}")
        self.ask(f"CREATE TABLE `.inner.{name}` (word String) ENGINE = MergeTree ORDER BY word")

    def ask(self, sql: str) -> list[Any]:
        return self._database.ask(sql)
