"""The lease: a killed holder is replaced, one that was stopped sends nothing more, no client's clock counts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pymongo.errors import PyMongoError

from schemactl.contract.engine import Engine, Missing
from schemactl.contract.opening import Opening, Stop
from schemactl.engines.mongodb.connection import Session
from schemactl.engines.mongodb.lease import MongoLease, guard
from schemactl.errors import LockedError
from schemactl.events import Event, Waiting, Warned, ignore
from schemactl.running.lease import LeaseLock
from tests.contract.work import Heard
from tests.engines.mongodb.scene import opened
from tests.engines.mongodb.shop import Shop, succeeded
from tests.fixtures.mongodb import MongoDatabase
from tests.tools.turnproxy import Halt

LEASE_S = 2.0
AN_HOUR_ON = """
import time
real = time.time
time.time = lambda: real() + 3600
time.time_ns = lambda: int((real() + 3600) * 1e9)
"""
FILES = {
    "0001_base.json": json.dumps(
        {
            "up": [
                {"create": "a"},
                {"createIndexes": "a", "indexes": [{"key": {"n": 1}, "name": "n"}]},
                {"insert": "a", "documents": [{"_id": 1}]},
                {"create": "b"},
            ],
            "down": [{"drop": "a"}, {"drop": "b"}],
        },
        indent=1,
    )
}


@pytest.fixture
def shop(tmp_path: Path, fresh_mongo_database: MongoDatabase) -> Shop:
    return Shop(tmp_path / "project", fresh_mongo_database, FILES, lease="2s")


def lock_of(engine: Engine) -> LeaseLock:
    assert not isinstance(engine.lock, Missing)
    lease = getattr(engine.lock, "lease", None)
    assert isinstance(lease, LeaseLock)
    return lease


def run_out(database: MongoDatabase) -> None:
    with database.asked() as db:
        db["schema_lock"].update_one({"_id": "lease"}, {"$set": {"until": datetime(2000, 1, 1, tzinfo=UTC)}})


def test_it_lasts_as_long_as_its_holder_lives(fresh_mongo_database: MongoDatabase) -> None:
    holder, other = opened(fresh_mongo_database.url), lock_of(opened(fresh_mongo_database.url))
    with lock_of(holder).hold(wait_s=0, emit=ignore):
        with pytest.raises(LockedError), other.hold(wait_s=2 * LEASE_S, emit=ignore):
            pytest.fail("two hold it")
        lock_of(holder).check()


def test_a_lock_that_another_took_is_not_released_by_the_one_who_lost_it(fresh_mongo_database: MongoDatabase) -> None:
    first, second = lock_of(opened(fresh_mongo_database.url)), lock_of(opened(fresh_mongo_database.url))
    heard = Heard()
    with first.hold(wait_s=0, emit=heard):
        run_out(fresh_mongo_database)
        taken = second.hold(wait_s=0, emit=ignore)
        taken.__enter__()
        with pytest.raises(LockedError) as lost:
            first.check()
        assert lost.value.kind == "lost_lock"
    assert [event.what for event in heard.of(Warned)] == ["the lock was no longer held when it was to be released"]
    assert first.holder() is not None
    second.check()
    taken.__exit__(None, None, None)
    assert first.holder() is None


def test_the_server_s_clock_alone_says_when_it_runs_out(fresh_mongo_database: MongoDatabase) -> None:
    engine = opened(fresh_mongo_database.url)
    with lock_of(engine).hold(wait_s=0, emit=ignore), fresh_mongo_database.asked() as db:
        lease = db["schema_lock"].find_one({"_id": "lease"})
        now: datetime = db.client.admin.command("hello")["localTime"].replace(tzinfo=UTC)
        assert lease is not None
        assert timedelta() < lease["until"] - now < timedelta(seconds=LEASE_S + 1)


def waiting_for(shop: Shop, match: str, nth: int = 1) -> tuple[subprocess.Popen[str], Callable[[], None]]:
    """A run of the tool that is held up where it sends `match`, and what lets it go on."""
    proxy = shop.proxy()
    halt = proxy.arm(Halt(match=match, nth=nth, point="acknowledged"))
    child = shop.program("migrate", url=shop.through(proxy))
    halt.wait()
    return child, proxy.release


def waits(shop: Shop) -> None:
    """Until the lease of the one who holds it has run out, by the server's clock."""
    lock = lock_of(opened(shop.database.url))
    until = time.monotonic() + 30
    while lock.holder() is not None:
        assert time.monotonic() < until, "the lease did not run out"
        time.sleep(0.05)


def test_a_killed_runner_is_replaced_when_its_lease_has_run_out(shop: Shop) -> None:
    child, _ = waiting_for(shop, "schema_steps intent")
    assert lock_of(opened(shop.database.url)).holder() is not None
    child.send_signal(signal.SIGKILL)
    child.communicate()
    waits(shop)
    succeeded(shop.workspace().recover(wait_s=20))
    shop.migrate()
    assert shop.end().ledger[0][2] == "applied"


@pytest.mark.parametrize(
    ("match", "nth"),
    [
        ("guard", 1),  # the takeover's own
        pytest.param("commitTransaction", 1, marks=pytest.mark.soak),
        pytest.param("guard", 2, marks=pytest.mark.soak),
        pytest.param("schema_steps intent", 1, marks=pytest.mark.soak),
        ("commitTransaction", 2),
        ('"createIndexes"', 1),
    ],
)
def test_a_runner_that_was_stopped_past_its_lease_sends_nothing_more(shop: Shop, match: str, nth: int) -> None:
    child, release = waiting_for(shop, match, nth)
    os.kill(child.pid, signal.SIGSTOP)
    try:
        waits(shop)
        with lock_of(opened(shop.database.url)).hold(wait_s=5, emit=ignore):
            with shop.database.asked() as db:
                before = sorted(db.list_collection_names()), db["a"].count_documents({})
            release()
            os.kill(child.pid, signal.SIGCONT)
            said, _ = child.communicate(timeout=30)
            with shop.database.asked() as db:
                assert (sorted(db.list_collection_names()), db["a"].count_documents({})) == before
    finally:
        child.kill()
    error = json.loads(said.splitlines()[-1])["error"]
    assert child.returncode in (11, 12), error
    succeeded(shop.workspace().recover())
    shop.migrate()


def test_a_client_whose_clock_is_an_hour_on_takes_nothing_from_the_holder(shop: Shop) -> None:
    with lock_of(opened(shop.database.url)).hold(wait_s=0, emit=ignore):
        child = shop.program("migrate", before=AN_HOUR_ON)
        said, _ = child.communicate(timeout=30)
        assert (child.returncode, json.loads(said.splitlines()[-1])["error"]["kind"]) == (12, "locked")
    child = shop.program("migrate", before=AN_HOUR_ON)
    said, _ = child.communicate(timeout=30)
    assert child.returncode == 0, said
    with shop.database.asked() as db:
        entry = db["schema_versions"].find_one()
        assert entry is not None
        assert abs(datetime.now(UTC) - entry["applied_at"]) < timedelta(minutes=5)


def test_ten_runners_at_once_apply_each_migration_once(shop: Shop) -> None:
    children = [shop.program("migrate", "--wait", "60s") for _ in range(10)]
    said = [child.communicate(timeout=120)[0] for child in children]
    assert [child.returncode for child in children] == [0] * 10, said
    with shop.database.asked() as db:
        assert db["a"].count_documents({}) == 1
        assert db["schema_versions"].count_documents({}) == 1


def test_an_open_transaction_of_the_runner_before_is_ended_by_the_next(fresh_mongo_database: MongoDatabase) -> None:
    before = Session(Opening(fresh_mongo_database.url, "a test's database", "contract/town", Stop()))
    record = MongoLease(before)
    try:
        assert record.take() == ""
        record.succeed(until=0, emit=ignore)
        before.work.start_transaction()
        before.command(guard(before.token), session=before.work)
        before.command({"insert": "a", "documents": [{"_id": "never"}]}, session=before.work)
        run_out(fresh_mongo_database)
        with lock_of(opened(fresh_mongo_database.url)).hold(wait_s=5, emit=ignore):
            with pytest.raises(PyMongoError):
                before.work.commit_transaction()
            with fresh_mongo_database.asked() as db:
                assert db["a"].count_documents({}) == 0
    finally:
        before.close()


def test_who_waits_is_told_once_and_gets_it(fresh_mongo_database: MongoDatabase) -> None:
    first, second = lock_of(opened(fresh_mongo_database.url)), lock_of(opened(fresh_mongo_database.url))
    told: list[Event] = []
    waits_now = threading.Event()

    def listen(event: Event) -> None:
        told.append(event)
        waits_now.set()

    def hold() -> None:
        with second.hold(wait_s=60, emit=listen):
            pass

    thread = threading.Thread(target=hold, daemon=True)
    with first.hold(wait_s=0, emit=ignore):
        thread.start()
        assert waits_now.wait(30)
    thread.join(60)
    assert [type(event) for event in told] == [Waiting]
