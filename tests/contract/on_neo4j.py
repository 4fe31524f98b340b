"""Neo4j's harness. Engines reach the server through a proxy that can lose an answer, or cut them off for good."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

import neo4j
import pytest

from schemactl.contract.engine import Engine
from schemactl.contract.job import Job
from schemactl.contract.opening import Opening, Patience, Stop
from schemactl.engines import open_engine
from schemactl.errors import ConnectError
from schemactl.model.entry import LEDGER_FORMAT
from schemactl.sandbox.neo4j import Server
from tests.contract.neo4j_dialect import DIALECT
from tests.contract.target import TARGET, Left
from tests.contract.work import run_on
from tests.fixtures.neo4j import Database
from tests.tools.bolt_wire import BoltWire
from tests.tools.turnproxy import Halt, TurnProxy

LEASE_S = 8.0
READ_ONLY = "server.databases.read_only"
# Longer than an index entry can be: what holds it makes the building of an index fail.
_TOO_LONG = "x" * 40_000


class Neo4jTarget:
    """The server's one database, empty but for what stand-alone statements are about: nodes `Ground`."""

    dialect = DIALECT

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engines: list[Engine] = []
        self._proxies = [self._proxy()]
        self._read_only = False

    def open(self, *, stop: Stop | None = None) -> Engine:
        asked = stop if stop is not None else Stop()  # one that was not asked yet is false
        at = urlsplit(self._database.url)
        proxy = self._proxies[-1]
        opening = Opening(
            url=at._replace(netloc=f"{at.username}:{at.password}@{proxy.host}:{proxy.port}").geturl(),
            shown="a test's database",
            target=TARGET,
            patience=Patience(lock_timeout_ms=30_000, tries=1),
            stop=asked,
            lease_s=LEASE_S,
        )
        self._engines.append(open_engine("neo4j", opening))
        return self._engines[-1]

    def close(self) -> None:
        for engine in self._engines:
            engine.close()
        for proxy in self._proxies:
            proxy.close()
        if self._read_only:
            self._restart(READ_ONLY, "")

    def has(self, name: str) -> bool:
        made = self._database.ask("SHOW INDEXES YIELD name WHERE name = $name", name=name)
        return bool(made) or self._database.one("RETURN EXISTS { (:Place {name: $name}) }", name=name) is True

    def words(self, name: str) -> list[str]:
        text = "MATCH (:Place {name: $name})-[:HAS]->(w:Word) RETURN w.text ORDER BY w.n"
        return [word for (word,) in self._database.ask(text, name=name)]

    def ask(self, text: str, **values: object) -> list[list[object]]:
        """One statement past the engine; its rows."""
        return self._database.ask(text, **values)

    def make(self, texts: Sequence[str]) -> None:
        """Statements of the schema past the engine, in one transaction: it does not wait for what is being built."""
        with self._database.driver.session() as session, session.begin_transaction() as tx:
            for text in texts:
                tx.run(text).consume()
            tx.commit()

    def has_ledger(self) -> bool:
        return bool(self._database.ask("MATCH (f:SchemaFormat) RETURN f"))

    def raise_ledger_format(self) -> None:
        self._database.ask("MATCH (f:SchemaFormat) SET f.format = $n", n=LEDGER_FORMAT + 1)

    def make_read_only(self) -> None:
        self._restart(READ_ONLY, "neo4j")
        self._read_only = True

    def kill_runners(self) -> None:
        """They find no way back either: a driver would make a new connection in silence."""
        self._proxies[-1].close()
        self._proxies.append(self._proxy())

    @contextmanager
    def inside(self) -> Iterator[int]:
        self._database.ask("CREATE (:Within)")
        # Read again apart from the writing: another that came in meanwhile is seen.
        yield int(self._database.one("MATCH (w:Within) RETURN count(w)"))
        self._database.ask("MATCH (w:Within) WITH w LIMIT 1 DELETE w")

    def leave(self, job: Job, how: Left) -> None:
        if how == "half" and job.direction == "down":
            pytest.skip("not run: a DROP on Neo4j is done or not done, never half")
        if how == "not done":
            self._killed_while_waiting(job)
        else:
            if how == "half":
                self._database.ask(f"CREATE (:Ground {{barn: '{_TOO_LONG}'}})")
            self._unacknowledged(job)
            if how == "half":
                self._await("SHOW INDEXES YIELD name, state WHERE name = 'barn' AND state = 'FAILED'")
                self._database.ask("MATCH (g:Ground) DELETE g")
        # As if the time of the dead run's lease had passed.
        self._database.ask("MATCH (l:SchemaLock {name: 'lease'}) SET l.expires = 0")

    def _unacknowledged(self, job: Job) -> None:
        """The server does the statement, its answer never arrives."""
        text = re.escape(job.segments[0].steps[0].statement.text)
        halt = self._proxies[-1].arm(Halt(match=rf"\AEND .*{text}", point="executed", action="drop"))
        with pytest.raises(ConnectError):
            run_on(self.open(), job)
        halt.wait()

    def _killed_while_waiting(self, job: Job) -> None:
        """Another transaction is in the statement's way; there the run's connections are cut."""
        text = job.segments[0].steps[0].statement.text
        engine = self.open()
        died: list[BaseException] = []

        def work() -> None:
            try:
                run_on(engine, job)
            except ConnectError as error:
                died.append(error)

        thread = threading.Thread(target=work, daemon=True)
        with self._database.driver.session() as session, session.begin_transaction() as other:
            other.run("MERGE (g:Ground {word: 'in the way'}) WITH g MATCH (p:Place) SET p.held = true").consume()
            thread.start()
            mine = "SHOW TRANSACTIONS YIELD currentQuery, status WHERE currentQuery ENDS WITH $text"
            self._await(f"{mine} AND status STARTS WITH 'Blocked'", text=text)
            self.kill_runners()
            thread.join(30)
            # What waits for a lock does not hear that its client is gone: whoever takes over ends it.
            for (left,) in self._database.ask(
                mine.replace("YIELD", "YIELD transactionId,") + " RETURN transactionId", text=text
            ):
                self._database.ask("TERMINATE TRANSACTIONS $id", id=left)
            self._await(f"{mine} AND NOT status STARTS WITH 'Terminated' RETURN count(*) AS n", text=text, until=[[0]])
            other.rollback()
        assert died, "the run did not notice that its connection was cut"

    def _await(self, query: str, until: list[list[int]] | None = None, **values: str) -> None:
        deadline = time.monotonic() + 30
        while True:
            rows = self._database.ask(query, **values)
            if rows == until or (until is None and rows):
                return
            assert time.monotonic() < deadline, f"it did not come about: {query}"
            time.sleep(0.02)

    def _restart(self, setting: str, value: str) -> None:
        server = self._database.server
        if not isinstance(server, Server):
            pytest.skip("not run: a given server cannot be made to take no writes")
        server.restart({setting: value})
        self._await_writable()

    def _await_writable(self) -> None:
        """The tests' own driver notices only by trying that its connections are gone."""
        deadline = time.monotonic() + 30
        while True:
            try:
                self._database.ask("RETURN 1")
            except neo4j.exceptions.DriverError:
                assert time.monotonic() < deadline
            else:
                return

    def _proxy(self) -> TurnProxy:
        at = urlsplit(self._database.url)
        return TurnProxy((at.hostname or "", at.port or 7687), BoltWire)
