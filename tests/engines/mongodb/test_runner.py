"""Running: what a transaction holds and what it cannot, refusals that come as answers, limits of time, stops."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from schemactl.contract.engine import Missing
from schemactl.contract.opening import Patience, Stop
from schemactl.errors import ConfigError, ConnectError, HistoryError, LockedError, RunInterruptedError, StatementError
from schemactl.events import Event, StepStarted, Waiting
from tests.contract.on_mongodb import MongoTarget
from tests.contract.work import Heard, modes, prepare, run_on, standing
from tests.engines.mongodb.scene import Command, applied, down, opened, up
from tests.fixtures.mongodb import MongoDatabase

CREATE: Command = {"create": "a"}


def insert(*ids: Any, into: str = "a") -> Command:
    return {"insert": into, "documents": [{"_id": one} for one in ids]}


@pytest.fixture
def database(fresh_mongo_database: MongoDatabase) -> MongoDatabase:
    return fresh_mongo_database


def ids(database: MongoDatabase, collection: str = "a") -> list[Any]:
    with database.asked() as db:
        return [one["_id"] for one in db[collection].find(sort=[("_id", 1)])]


def test_one_refused_document_of_many_keeps_none(database: MongoDatabase) -> None:
    engine = opened(database.url)
    with pytest.raises(StatementError) as stopped:
        applied(engine, insert(1), insert(2, 3, 2), insert(4))
    assert (stopped.value.kind, stopped.value.state, stopped.value.at) == (
        "unique_violation",
        "DuplicateKey",
        "1_step.sql:3",
    )
    assert (ids(database), engine.ledger.read().entries) == ([], ())


def test_what_a_validator_refuses_keeps_nothing_and_is_named(database: MongoDatabase) -> None:
    engine = opened(database.url)
    applied(engine, {"create": "a", "validator": {"n": {"$type": "int"}}})
    with pytest.raises(StatementError) as stopped:
        applied(engine, {"insert": "a", "documents": [{"_id": 1, "n": 1}, {"_id": 2, "n": "x"}]}, version="2")
    assert stopped.value.kind == "invalid_document"
    assert ids(database) == []


def test_documents_that_a_new_validator_refuses_cannot_be_changed_and_stay(database: MongoDatabase) -> None:
    engine = opened(database.url)
    applied(engine, {"insert": "a", "documents": [{"_id": 1, "n": "x"}]})
    applied(engine, {"collMod": "a", "validator": {"n": {"$type": "int"}}}, version="2")
    change: Command = {"update": "a", "updates": [{"q": {"_id": 1}, "u": {"$set": {"m": 1}}}]}
    with pytest.raises(StatementError) as stopped:
        applied(engine, change, version="3")
    assert stopped.value.kind == "invalid_document"
    assert [entry.version.text for entry in engine.ledger.read().entries] == ["1", "2"]


def test_a_unique_index_on_duplicates_is_refused_and_leaves_nothing_behind(database: MongoDatabase) -> None:
    engine = opened(database.url)
    applied(engine, {"insert": "a", "documents": [{"_id": 1, "n": 1}, {"_id": 2, "n": 1}]})
    indexes = [{"key": {"m": 1}, "name": "m"}, {"key": {"n": 1}, "name": "n", "unique": True}]
    with pytest.raises(StatementError) as stopped:
        applied(engine, {"createIndexes": "a", "indexes": indexes}, version="2")
    assert stopped.value.kind == "unique_violation"
    with database.asked() as db:
        assert set(db["a"].index_information()) == {"_id_"}
    ledger = engine.ledger.read()
    assert ([entry.version.text for entry in ledger.entries], ledger.steps) == (["1"], ())


def test_ddl_before_a_failure_is_kept_and_recorded_as_done(database: MongoDatabase) -> None:
    engine = opened(database.url)
    with pytest.raises(StatementError) as stopped:
        applied(engine, CREATE, {"renameCollection": "a", "to": "b"}, insert(1, 1, into="b"), {"drop": "b"})
    ledger = engine.ledger.read()
    assert [(step.ordinal, step.state) for step in ledger.steps] == [(0, "done"), (1, "done")]
    assert stopped.value.now and "statements 1 to 2 of 4 are done" in stopped.value.now
    assert ids(database, "b") == []


def test_the_way_back_runs_command_by_command(database: MongoDatabase) -> None:
    engine = opened(database.url)
    applied(engine, CREATE, insert(1, 2))
    run_on(engine, down(engine, "1", {"delete": "a", "deletes": [{"q": {}, "limit": 0}]}, {"drop": "a"}))
    with database.asked() as db:
        assert "a" not in db.list_collection_names()
    assert engine.ledger.read().entries == ()


@pytest.mark.parametrize(
    "scene",
    [
        {"create": "a", "capped": True, "size": 4096},
        {"create": "a", "timeseries": {"timeField": "t"}},
    ],
    ids=["capped", "time series"],
)
def test_what_no_transaction_writes_to_is_written_outside_one(database: MongoDatabase, scene: Command) -> None:
    engine = opened(database.url)
    write: Command = {"insert": "a", "documents": [{"_id": 1, "t": {"$date": "2026-01-01T00:00:00Z"}}]}
    job = up(engine, "1", scene, write)
    assert [mode for mode, _ in modes(job.segments)] == ["alone", "alone"]
    run_on(engine, job)
    assert ids(database) == [1]


def test_a_view_shows_what_it_is_on(database: MongoDatabase) -> None:
    engine = opened(database.url)
    applied(engine, insert(1, 2, 3), {"create": "v", "viewOn": "a", "pipeline": [{"$match": {"_id": {"$gt": 1}}}]})
    assert ids(database, "v") == [2, 3]


def test_an_aggregation_that_writes_stands_alone_and_writes(database: MongoDatabase) -> None:
    engine = opened(database.url)
    applied(engine, insert(1, 2), {"aggregate": "a", "pipeline": [{"$out": "copy"}], "cursor": {}})
    assert ids(database, "copy") == [1, 2]


def test_extended_json_is_what_reaches_the_server(database: MongoDatabase) -> None:
    engine = opened(database.url)
    document = {
        "_id": {"$oid": "65f000000000000000000001"},
        "id": {"$uuid": "00112233-4455-6677-8899-aabbccddeeff"},
        "long": {"$numberLong": "5"},
        "price": {"$numberDecimal": "1.10"},
        "at": {"$date": "2026-01-01T00:00:00Z"},
        "name": "a",
    }
    second = {"name": {"$regex": "^a", "$ne": "ab"}}
    applied(
        engine,
        {"insert": "a", "documents": [document]},
        {"update": "a", "updates": [{"q": second, "u": {"$set": {"met": True}}}]},
    )
    with database.asked() as db:
        types = {"$project": {key: {"$type": f"${key}"} for key in ("id", "long", "price", "at", "met")}}
        (found,) = db["a"].aggregate([types])
    assert [found[key] for key in ("id", "long", "price", "at", "met")] == [
        "binData",
        "long",
        "decimal",
        "date",
        "bool",
    ]


def test_a_lock_that_another_transaction_holds_is_waited_for(database: MongoDatabase) -> None:
    engine = opened(database.url, patience=Patience(tries=20, first_delay_s=0.05, max_delay_s=0.2))
    applied(engine, insert(1))
    change: Command = {"update": "a", "updates": [{"q": {"_id": 1}, "u": {"$set": {"n": 2}}}]}
    heard: list[Event] = []
    with database.asked() as db, db.client.start_session() as other:
        other.start_transaction()
        db["a"].update_one({"_id": 1}, {"$set": {"n": 1}}, session=other)

        def listen(event: Event) -> None:
            heard.append(event)
            if isinstance(event, Waiting) and other.in_transaction:
                other.commit_transaction()

        applied(engine, change, version="2", emit=listen)
    assert [type(event) for event in heard if isinstance(event, Waiting)]
    with database.asked() as db:
        assert db["a"].find_one() == {"_id": 1, "n": 2}


def test_a_lock_that_is_never_given_up_is_told_as_that(database: MongoDatabase) -> None:
    engine = opened(database.url, patience=Patience(tries=2, first_delay_s=0.05))
    applied(engine, insert(1))
    change: Command = {"update": "a", "updates": [{"q": {"_id": 1}, "u": {"$set": {"n": 2}}}]}
    with database.asked() as db, db.client.start_session() as other:
        other.start_transaction()
        db["a"].update_one({"_id": 1}, {"$set": {"n": 1}}, session=other)
        with pytest.raises(StatementError) as stopped:
            applied(engine, change, version="2")
        other.abort_transaction()
    assert (stopped.value.kind, bool(stopped.value.do)) == ("lock_timeout", True)


def test_an_entry_that_somebody_took_away_in_the_middle_is_history(database: MongoDatabase) -> None:
    engine = opened(database.url)
    job = up(engine, "1", CREATE, {"create": "b"}, {"create": "c"})

    def meddle(event: Event) -> None:
        if not isinstance(event, StepStarted):
            with database.asked() as db:
                db["schema_versions"].delete_many({})

    with pytest.raises(HistoryError) as stopped:
        run_on(engine, job, emit=meddle)
    assert stopped.value.kind == "lost_entry"
    assert not isinstance(engine.lock, Missing) and engine.lock.holder() is None


def test_a_run_whose_lease_was_taken_sends_nothing_more(database: MongoDatabase) -> None:
    engine = opened(database.url)
    job = up(engine, "1", CREATE, {"create": "b"})

    def take(event: Event) -> None:
        if not isinstance(event, StepStarted):
            with database.asked() as db:
                db["schema_lock"].update_one({"_id": "lease"}, {"$set": {"token": "somebody else's"}})

    with pytest.raises(LockedError) as stopped:
        run_on(engine, job, emit=take)
    assert (stopped.value.code, stopped.value.kind) == (12, "lost_lock")
    with database.asked() as db:
        assert "b" not in db.list_collection_names()


def test_a_transaction_of_a_runner_that_was_fenced_off_commits_nothing(database: MongoDatabase) -> None:
    engine = opened(database.url)
    job = up(engine, "2", insert(2), insert(3))
    applied(engine, insert(1))

    def fence(event: Event) -> None:
        if isinstance(event, StepStarted):
            with database.asked() as db, db.client.start_session() as other, other.start_transaction():
                db["schema_lock"].update_one({"_id": "fence"}, {"$set": {"token": "the next"}}, session=other)

    with pytest.raises(LockedError) as stopped:
        run_on(engine, job, emit=fence)
    assert stopped.value.kind == "lost_lock"
    assert ids(database) == [1]
    assert [entry.version.text for entry in engine.ledger.read().entries] == ["1"]


def test_what_another_database_s_runner_does_is_of_no_concern(database: MongoDatabase) -> None:
    engine = opened(database.url)
    with database.asked() as db:
        other = opened(database.url.replace(database.name, f"{database.name}_2"))
        try:
            applied(other, insert(9))
            applied(engine, insert(1))
            assert ids(database) == [1]
        finally:
            other.close()
            db.client.drop_database(f"{database.name}_2")


def test_a_stop_before_a_command_leaves_what_is_done_and_says_so(database: MongoDatabase) -> None:
    stop = Stop()
    engine = opened(database.url, stop=stop)

    def ask(event: Event) -> None:
        if not isinstance(event, StepStarted):
            stop.ask()

    with pytest.raises(RunInterruptedError) as stopped:
        applied(engine, CREATE, {"create": "b"}, emit=ask)
    assert stopped.value.now and "statements 1 to 1 of 2 are done" in stopped.value.now
    assert [step.state for step in opened(database.url).ledger.read().steps] == ["done"]


def test_a_network_that_is_gone_in_a_transaction_leaves_nothing(target: MongoTarget) -> None:
    engine = target.open()
    run_on(engine, up(engine, "1", insert(1)))

    def cut(event: Event) -> None:
        if isinstance(event, StepStarted):
            target.kill_runners()

    with pytest.raises(ConnectError) as stopped:
        run_on(engine, up(engine, "2", insert(2)), emit=cut)
    assert stopped.value.now and "in full or not at all" in stopped.value.now
    with target.asked() as db:
        assert db["a"].count_documents({}) == 1


def test_many_migrations_in_one_run_are_each_told_and_kept(database: MongoDatabase) -> None:
    engine, heard = opened(database.url), Heard()
    prepare(engine)
    run_on(engine, *(up(engine, str(number), insert(number)) for number in range(1, 30)), emit=heard)
    assert ids(database) == list(range(1, 30))
    assert len({standing(engine, str(number)).version_id for number in range(1, 30)}) == 29


def test_threads_of_one_process_migrate_their_own_targets_at_once(database: MongoDatabase) -> None:
    names = [f"{database.name}_{number}" for number in range(4)]
    failed: list[BaseException] = []

    def migrate(name: str) -> None:
        engine = opened(database.url.replace(database.name, name))
        try:
            applied(engine, CREATE, insert(1), {"createIndexes": "a", "indexes": [{"key": {"n": 1}, "name": "n"}]})
        except BaseException as error:
            failed.append(error)
        finally:
            engine.close()

    threads = [threading.Thread(target=migrate, args=(name,), daemon=True) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with database.asked() as db:
        found = [set(db.client[name]["a"].index_information()) for name in names]
        for name in names:
            db.client.drop_database(name)
    assert (failed, found) == ([], [{"_id_", "n"}] * 4)


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ({"bulkWrite": 1, "ops": [], "nsInfo": [{"ns": "HERE.a"}, {"ns": "HERE.schema_steps"}]}, "drops_ledger"),
        ({"bulkWrite": 1, "ops": [], "nsInfo": [{"ns": "elsewhere.a"}]}, "server_control"),
        ({"aggregate": "a", "pipeline": [{"$out": {"db": "elsewhere", "coll": "a"}}]}, "server_control"),
        ({"aggregate": "a", "pipeline": [{"$out": {"db": "HERE", "coll": "schema_lock"}}]}, "drops_ledger"),
        ({"aggregate": "a", "pipeline": [{"$merge": {"into": {"db": "elsewhere", "coll": "a"}}}]}, "server_control"),
        ({"mapReduce": "a", "map": "", "reduce": "", "out": {"replace": "b", "db": "elsewhere"}}, "server_control"),
        ({"create": "v", "viewOn": "schema_versions", "pipeline": []}, "drops_ledger"),
        ({"collMod": "v", "viewOn": "schema_versions", "pipeline": []}, "drops_ledger"),
        ({"shardCollection": "HERE.schema_versions", "key": {"_id": 1}}, "drops_ledger"),
    ],
)
def test_neither_the_ledger_nor_another_database_is_reached(
    database: MongoDatabase, command: Command, kind: str
) -> None:
    here = json.loads(json.dumps(command).replace("HERE", database.name))
    with pytest.raises(ConfigError) as refused:
        up(opened(database.url), "1", here)
    assert refused.value.kind == kind


def test_a_bulk_write_to_the_target_s_own_collections_is_planned(database: MongoDatabase) -> None:
    command: Command = {"bulkWrite": 1, "ops": [], "nsInfo": [{"ns": f"{database.name}.a"}]}
    assert [one.mode for one in up(opened(database.url), "1", command).segments] == ["transaction"]


def test_a_collection_whose_name_begins_with_the_database_s_is_renamed_itself(database: MongoDatabase) -> None:
    engine, long = opened(database.url), f"{database.name}.old"
    applied(engine, insert(1, into=long), insert(2, into="old"))
    applied(engine, {"renameCollection": long, "to": "z"}, version="2")
    assert (ids(database, "z"), ids(database, "old")) == ([1], [2])


def test_what_the_server_calls_well_is_done_though_its_catalogue_words_it_otherwise(database: MongoDatabase) -> None:
    engine = opened(database.url)
    applied(engine, {"create": "log", "capped": True, "size": 4096})
    # Some servers keep the size that it was made with.
    applied(engine, {"collMod": "log", "validationAction": "warn", "cappedSize": 8192}, version="2")
    assert [entry.state for entry in engine.ledger.read().entries] == ["applied", "applied"]
