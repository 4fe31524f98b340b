"""ClickHouse's harness for chdb: a folder that one process holds, so the looks past the engine are links beside its."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from schemactl.contract.engine import Engine, Missing
from schemactl.contract.job import Job
from schemactl.contract.opening import Opening, Patience, Stop
from schemactl.engines import open_engine
from schemactl.engines.clickhouse.connection import Session
from schemactl.engines.clickhouse.hands import ClickHouseHands
from schemactl.engines.clickhouse.lock import ClickHouseLock
from schemactl.events import ignore
from schemactl.model.entry import LEDGER_FORMAT
from tests.contract.clickhouse_dialect import EMBEDDED, GROUND
from tests.contract.on_clickhouse import LEASE_S
from tests.contract.target import TARGET, Left
from tests.contract.work import prepare
from tests.fixtures.clickhouse_embedded import EmbeddedDatabase


class EmbeddedTarget:
    """A new database with a table, `ground`, that materialised views are about."""

    dialect = EMBEDDED

    def __init__(self, database: EmbeddedDatabase) -> None:
        self._database = database
        self._engines: list[Engine] = []
        self._url = database.url
        self.ask(GROUND)
        self.ask("CREATE TABLE within (n Int8) ENGINE = MergeTree ORDER BY tuple()")

    def open(self, *, stop: Stop | None = None) -> Engine:
        self._engines.append(open_engine("clickhouse", self._opening(stop)))
        return self._engines[-1]

    def close(self) -> None:
        for engine in self._engines:
            engine.close()

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
        self._url = f"{self._database.url}&readonly=1"

    def kill_runners(self) -> None:
        """The connection to chdb is its process."""
        os.kill(self._database.server.link.pid, signal.SIGKILL)

    @contextmanager
    def inside(self) -> Iterator[int]:
        self.ask("INSERT INTO within SELECT 1")
        yield int(self.ask("SELECT sum(n) FROM within")[0][0])
        self.ask("INSERT INTO within SELECT -1")

    def leave(self, job: Job, how: Left) -> None:
        """The run's own steps up to the one at which it dies: nothing stands between it and chdb that could cut it."""
        statement = job.segments[0].steps[0].statement.text
        session = Session(self._opening(None))
        lock = ClickHouseLock(session)
        assert not isinstance(lock.held, Missing)
        hands = ClickHouseHands(session, lock)
        with lock.held.hold(wait_s=20, emit=ignore):
            prepare(self.open())
            hands.intend(job, 0, hands.before(job, 0))
            if how == "done":
                session.link.ask(statement)
            os.kill(self._database.server.link.pid, signal.SIGKILL)
        session.close()

    def _opening(self, stop: Stop | None) -> Opening:
        return Opening(
            url=self._url,
            shown="a test's database",
            target=TARGET,
            patience=Patience(lock_timeout_ms=30_000, tries=1),
            stop=stop if stop is not None else Stop(),
            lease_s=LEASE_S,
        )

    def ask(self, sql: str) -> list[Any]:
        return self._database.ask(sql)
