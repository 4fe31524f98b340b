"""Servers of other kinds and in trouble: a standalone, one that is killed in the middle, commands that take long."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemactl.contract.opening import Patience, Stop
from schemactl.errors import ConnectError, RunInterruptedError, SchemactlError, StatementError
from schemactl.events import Event, StepProgress, StepStarted
from schemactl.sandbox.mongodb import Server
from tests.contract.work import job_script, modes, run_on
from tests.engines.mongodb.scene import Command, applied, down, opened, up
from tests.engines.mongodb.shop import Shop, succeeded
from tests.engines.mongodb.test_kill import FILES
from tests.engines.mongodb.test_verifying import looked
from tests.fixtures.mongodb import MongoDatabase, client_of, drop_mongo_database, make_mongo_database, own_server
from tests.tools.turnproxy import Halt

ROWS: Command = {"insert": "a", "documents": [{"_id": 1}, {"_id": 2}]}
INDEX: Command = {"createIndexes": "a", "indexes": [{"key": {"n": 1}, "name": "n"}]}


@pytest.fixture(scope="module")
def standalone() -> Iterator[Server]:
    with own_server(options=("--standalone",)) as server:
        yield server


@pytest.fixture(scope="module")
def slow() -> Iterator[Server]:
    """A server that can be told to keep a command waiting."""
    with own_server(options=("--enable-test-commands",)) as server:
        yield server


@pytest.fixture
def alone(standalone: Server) -> Iterator[MongoDatabase]:
    database = make_mongo_database(standalone)
    yield database
    drop_mongo_database(database)


@pytest.fixture
def slowly(slow: Server) -> Iterator[MongoDatabase]:
    database = make_mongo_database(slow)
    yield database
    drop_mongo_database(database)


def test_on_a_standalone_every_command_stands_alone_and_the_ledger_tells_of_each(alone: MongoDatabase) -> None:
    engine = opened(alone.url)
    job = up(engine, "1", ROWS, INDEX, {"update": "a", "updates": [{"q": {"_id": 1}, "u": {"$set": {"n": 1}}}]})
    assert [mode for mode, _ in modes(job.segments)] == ["alone"] * 3
    assert {step.why for part in job.segments for step in part.steps} >= {"a standalone server has no transactions"}
    run_on(engine, job)
    ledger = engine.ledger.read()
    assert ([entry.state for entry in ledger.entries], ledger.steps) == (["applied"], ())
    run_on(engine, down(engine, "1", {"drop": "a"}))
    assert engine.ledger.read().entries == ()


def test_on_a_standalone_what_is_done_stays_done_and_is_told(alone: MongoDatabase) -> None:
    engine = opened(alone.url)
    with pytest.raises(StatementError):
        applied(engine, ROWS, {"insert": "a", "documents": [{"_id": 1}]})
    ledger = engine.ledger.read()
    assert [(step.ordinal, step.state) for step in ledger.steps] == [(0, "done")]
    assert ledger.entries[0].state == "applying"


def test_on_a_standalone_a_script_is_announced_and_recorded(alone: MongoDatabase, tmp_path: Path) -> None:
    engine = opened(alone.url)
    text = "def up(ctx):\n    ctx.connection.a.insert_one({'_id': 1})\n"
    job = job_script(engine, "1", text, tmp_path / "1_step.py")
    assert modes(job.segments) == (("alone", (0,)),)
    run_on(engine, job)
    assert [entry.state for entry in engine.ledger.read().entries] == ["applied"]


def test_on_a_standalone_steps_that_a_crash_left_behind_their_entry_s_end_are_forgotten(alone: MongoDatabase) -> None:
    engine = opened(alone.url)
    applied(engine, ROWS)
    with alone.asked() as db:
        db["schema_steps"].insert_one({"_id": "town:1:down:0", "entry": "town:1", "direction": "down", "ordinal": 0})
    applied(engine, INDEX, version="2")
    with alone.asked() as db:
        assert db["schema_steps"].count_documents({}) == 0


@pytest.mark.parametrize(
    "when", [pytest.param(0, marks=pytest.mark.soak), 1, pytest.param(2, marks=pytest.mark.soak), 3]
)
def test_a_server_that_is_killed_in_the_middle_is_recovered_when_it_is_back(tmp_path: Path, when: int) -> None:
    with own_server() as server:
        whole = Shop(tmp_path / "whole", make_mongo_database(server), FILES)
        whole.migrate()
        expected = whole.end()
        shop = Shop(tmp_path / "shop", make_mongo_database(server), FILES)
        count = 0

        def kill(event: Event) -> None:
            nonlocal count
            if isinstance(event, StepStarted | StepProgress):
                if count == when:
                    server.kill()
                count += 1

        workspace = shop.workspace()
        result = workspace.migrate(workspace.plan(), emit=kill)
        assert isinstance(result.error, ConnectError)
        server.restart()
        shop.run_out()
        succeeded(shop.workspace().recover(wait_s=20))
        shop.migrate()
        assert shop.end() == expected


def test_without_a_primary_a_target_can_be_read_and_says_why_no_more() -> None:
    with own_server() as server:
        database = make_mongo_database(server)
        applied(opened(database.url), ROWS, INDEX)
        with client_of(server.url) as client:
            client.admin.command({"replSetStepDown": 600, "force": True})
        engine = opened(database.url, connect_timeout_s=1)
        assert "no primary" in engine.limits.read_only
        assert [entry.state for entry in engine.ledger.read().entries] == ["applied"]
        assert engine.catalog.read().kinds() == {"collection": 1, "index": 1}


def block(database: MongoDatabase, command: str, block_ms: int) -> None:
    """The next `command` of one of the tool's clients is kept waiting in the server, and then done."""
    data: dict[str, Any] = {"failCommands": [command], "blockConnection": True, "blockTimeMS": block_ms}
    with client_of(database.server.url) as client:
        client.admin.command({"configureFailPoint": "failCommand", "mode": {"times": 1}, "data": data})


def test_a_stop_ends_a_command_that_takes_long_and_says_what_became_of_it(slowly: MongoDatabase) -> None:
    stop = Stop()
    engine = opened(slowly.url, stop=stop)
    applied(engine, ROWS)
    block(slowly, "createIndexes", 2_000)
    threading.Timer(0.5, stop.ask).start()
    with pytest.raises(RunInterruptedError) as stopped:
        applied(engine, INDEX, {"create": "b"}, version="2")
    # This server does not end a command whose client is gone: it was waited for, and seen.
    assert stopped.value.now and "statements 1 to 1 of 2 are done and recorded" in stopped.value.now
    with slowly.asked() as db:
        assert "n" in db["a"].index_information()
        assert "b" not in db.list_collection_names()


def test_a_stop_in_a_transaction_keeps_nothing(slowly: MongoDatabase) -> None:
    stop = Stop()
    engine = opened(slowly.url, stop=stop)
    block(slowly, "insert", 2_000)
    threading.Timer(0.5, stop.ask).start()
    with pytest.raises(RunInterruptedError) as stopped:
        applied(engine, ROWS)
    assert stopped.value.now == "nothing of 1_step was kept"
    with slowly.asked() as db:
        assert db["a"].count_documents({}) == 0


@pytest.mark.parametrize(("name", "command"), [("documents", "find"), ("collections", "validate")])
def test_a_stop_ends_a_look_that_takes_long(slowly: MongoDatabase, name: str, command: str) -> None:
    with slowly.asked() as db:
        db.create_collection("a", validator={"n": {"$gt": 0}})
    stop = Stop()
    engine = opened(slowly.url, stop=stop)
    block(slowly, command, 2_000)
    threading.Timer(0.5, stop.ask).start()
    with pytest.raises(RunInterruptedError) as stopped:
        looked(engine, name)
    assert stopped.value.now == "nothing was changed"


def test_what_a_dead_runner_left_running_is_awaited_by_the_next(slowly: MongoDatabase, tmp_path: Path) -> None:
    name = "0001_index.json"
    shop = Shop(tmp_path / "shop", slowly, {name: f'{{"up": [{{"create": "a"}}, {INDEX}]}}'.replace("'", '"')})
    block(slowly, "createIndexes", 3_000)
    with shop.proxy() as proxy:
        halt = proxy.arm(Halt(match='"createIndexes"', point="sent"))
        child = shop.program("migrate", url=shop.through(proxy))
        halt.wait()
        child.kill()
        child.communicate()
    shop.run_out()
    succeeded(shop.workspace().recover(wait_s=20))
    with slowly.asked() as db:
        assert "n" in db["a"].index_information()
        assert [one["state"] for one in db["schema_versions"].find()] == ["applied"]


def test_a_command_that_outlasts_its_time_limit_is_told_as_that(slowly: MongoDatabase) -> None:
    engine = opened(slowly.url)
    applied(engine, ROWS)
    with client_of(slowly.server.url) as client:
        data = {"failCommands": ["update"], "errorCode": 50}
        client.admin.command({"configureFailPoint": "failCommand", "mode": {"skip": 3}, "data": data})
        try:
            with pytest.raises(SchemactlError) as stopped:
                applied(engine, {"update": "a", "updates": [{"q": {}, "u": {"$set": {"n": 1}}}]}, version="2")
        finally:
            client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})
    assert stopped.value.kind == "statement_timeout"


def test_a_command_whose_record_is_refused_for_now_is_not_sent_again(slowly: MongoDatabase) -> None:
    engine = opened(slowly.url, patience=Patience(tries=3, first_delay_s=0.01))
    applied(engine, {"insert": "a", "documents": [{"_id": 1, "n": 0}]})
    # Let pass the takeover's commit and that of the intent; those of the record are refused, as by a conflict.
    data = {"failCommands": ["commitTransaction"], "errorCode": 112, "errorLabels": ["TransientTransactionError"]}
    with client_of(slowly.server.url) as client:
        client.admin.command({"configureFailPoint": "failCommand", "mode": {"skip": 2}, "data": data})
        try:
            more: Command = {"update": "a", "updates": [{"q": {"_id": 1}, "u": {"$inc": {"n": 1}}}]}
            with pytest.raises(StatementError) as stopped:
                run_on(engine, up(engine, "2", more, said=("transaction=none",)))
        finally:
            client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})
    assert (stopped.value.kind, bool(stopped.value.now)) == ("lock_timeout", True)
    with slowly.asked() as db:
        assert db["a"].find_one() == {"_id": 1, "n": 1}
    assert [step.state for step in engine.ledger.read().steps] == ["intent"]
    engine.close()  # and with it the transaction that was not let commit
