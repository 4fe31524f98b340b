"""MongoDB's harness. Each engine reaches the server through a proxy of its own, so that its network can be cut."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo.database import Database

from schemactl.contract.engine import Engine
from schemactl.contract.job import Job
from schemactl.contract.opening import Opening, Patience, Stop
from schemactl.engines import open_engine
from schemactl.errors import SchemactlError
from schemactl.model.entry import LEDGER_FORMAT
from schemactl.sandbox.mongodb import Server
from tests.contract.mongodb_dialect import DIALECT, GROUND, THINGS
from tests.contract.target import TARGET, Left
from tests.contract.work import run_on
from tests.fixtures.mongodb import MongoDatabase
from tests.tools.mongo_wire import MongoWire
from tests.tools.turnproxy import Halt, TurnProxy

LEASE_S = 4.0
_NOTICED_WITHIN_S = 60.0


class _Run(threading.Thread):
    def __init__(self, engine: Engine, job: Job) -> None:
        super().__init__(daemon=True)
        self._engine = engine
        self._job = job
        self.has_noticed = False

    def run(self) -> None:
        try:
            run_on(self._engine, self._job)
        except SchemactlError:
            self.has_noticed = True
        finally:
            self._engine.close()


class Runs:
    """Runs whose network goes: they notice seconds later, when the next test is under way already."""

    def __init__(self) -> None:
        self._under_way: list[_Run] = []

    def begin(self, engine: Engine, job: Job) -> None:
        run = _Run(engine, job)
        self._under_way.append(run)
        run.start()

    def check(self) -> None:
        """Those that have ended by now must have noticed."""
        ended = [run for run in self._under_way if not run.is_alive()]
        self._under_way = [run for run in self._under_way if run not in ended]
        assert all(run.has_noticed for run in ended), "a run did not notice that its network was gone"

    def finish(self, within_s: float) -> None:
        """Each must end within that time, and must have noticed."""
        until = time.monotonic() + within_s
        for run in self._under_way:
            run.join(max(0.0, until - time.monotonic()))
        self.check()
        assert self._under_way == [], "a run hangs since its network is gone"


_cut_off = Runs()


@pytest.fixture(scope="session", autouse=True)
def _no_run_hangs() -> Iterator[None]:
    yield
    _cut_off.finish(_NOTICED_WITHIN_S)


class MongoTarget:
    """A new database with `things`, which transactions write to, and `ground`, which lone commands are about."""

    dialect = DIALECT

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._engines: list[Engine] = []
        self._proxies: list[TurnProxy] = []
        self._is_read_only = False
        with database.asked() as db:
            db[GROUND].insert_one({"_id": 1, "word": "x"})
            db[THINGS].insert_one({"_id": "taken"})

    def open(self, *, stop: Stop | None = None, **facts: Any) -> Engine:
        """`facts`: further fields of the opening."""
        return self._open(stop, **facts)[0]

    def close(self) -> None:
        _cut_off.check()
        for engine in self._engines:
            engine.close()
        for proxy in self._proxies:
            proxy.close()
        if self._is_read_only and isinstance(self._database.server, Server):
            self._database.server.restart()

    def asked(self) -> AbstractContextManager[Database[dict[str, Any]]]:
        """The database through a connection of the test's own."""
        return self._database.asked()

    def has(self, name: str) -> bool:
        with self._database.asked() as db:
            return (
                db[THINGS].find_one({"_id": name}) is not None
                or name in db[GROUND].index_information()
                or name in db.list_collection_names()
            )

    def words(self, name: str) -> list[str]:
        with self._database.asked() as db:
            found = db[THINGS].find_one({"_id": name})
            assert found is not None
            return list(found["words"])

    def has_ledger(self) -> bool:
        with self._database.asked() as db:
            # The lock is there before the ledger.
            return bool({"schema_format", "schema_versions", "schema_steps"} & set(db.list_collection_names()))

    def raise_ledger_format(self) -> None:
        with self._database.asked() as db:
            db["schema_format"].update_one({}, {"$set": {"format": LEDGER_FORMAT + 1}})

    def make_read_only(self) -> None:
        if not isinstance(self._database.server, Server):
            pytest.skip("not run: a given server is not made read-only")
        self._is_read_only = True
        with self._database.asked() as db:
            db.client.admin.command({"replSetStepDown": 600, "force": True})

    def kill_runners(self) -> None:
        for proxy in self._proxies:
            proxy.close()

    def cut(self, halt: Halt) -> Halt:
        """Arm `halt` in the network of the engine that was opened last."""
        return self._proxies[-1].arm(halt)

    @contextmanager
    def inside(self) -> Iterator[int]:
        with self._database.asked() as db:
            visit = db["visits"].insert_one({}).inserted_id
            # Read again apart from the writing: another that came in meanwhile is seen.
            yield db["visits"].count_documents({})
            db["visits"].delete_one({"_id": visit})

    def leave(self, job: Job, how: Left) -> None:
        """The run's network goes: when its intent is in the ledger, or when the server has done the command."""
        engine, proxy = self._open(None)
        (name, *_) = job.segments[0].steps[0].statement.words
        intent = proxy.arm(Halt(match="schema_steps intent", point="acknowledged"))
        self._engines.remove(engine)
        _cut_off.begin(engine, job)
        intent.wait()
        if how == "done":
            last = proxy.arm(Halt(match=f'"{name}"', point="executed"))
        else:
            last = proxy.arm(Halt(match="commitTransaction", point="acknowledged"))
        proxy.release()
        last.wait()
        proxy.close()
        self.run_out()

    def run_out(self) -> None:
        """The lease's time is over: to wait for that in each of these tests would take minutes."""
        with self._database.asked() as db:
            db["schema_lock"].update_one({"_id": "lease"}, {"$set": {"until": datetime(2000, 1, 1, tzinfo=UTC)}})

    def _open(self, stop: Stop | None, **facts: Any) -> tuple[Engine, TurnProxy]:
        at = urlsplit(self._database.url)
        proxy = TurnProxy((at.hostname or "", at.port or 27017), MongoWire)
        self._proxies.append(proxy)
        login = at.netloc.rpartition("@")[0]
        where = f"{login}@{proxy.host}:{proxy.port}" if login else f"{proxy.host}:{proxy.port}"
        query = "&".join(filter(None, (at.query, "directConnection=true", "serverMonitoringMode=poll")))
        opening = Opening(
            url=at._replace(netloc=where, query=query).geturl(),
            shown="a test's database",
            target=TARGET,
            stop=stop if stop is not None else Stop(),  # one that was not asked yet is false
            lease_s=LEASE_S,
            **{"patience": Patience(tries=1), "connect_timeout_s": 3, **facts},
        )
        self._engines.append(open_engine("mongodb", opening))
        return self._engines[-1], proxy
