"""bulkWrite answers that it went well though an operation in it was refused: it is a write like others, and told so."""

from __future__ import annotations

from typing import Any

import pytest

from schemactl.errors import SchemactlError, StatementError
from tests.contract.work import run_on
from tests.engines.mongodb.scene import Command, applied, down, opened, sent, up, watched
from tests.fixtures.mongodb import MongoDatabase

ONE_IN_A: Command = {"insert": 0, "document": {"_id": 1}}
TWICE_IN_A = ONE_IN_A
ONE_IN_B: Command = {"insert": 1, "document": {"_id": 2}}


@pytest.fixture
def database(fresh_mongo_database: MongoDatabase) -> MongoDatabase:
    return fresh_mongo_database


def bulk(database: MongoDatabase, *operations: Command, **more: Any) -> Command:
    spaces = [{"ns": f"{database.name}.{name}"} for name in "ab"]
    return {"bulkWrite": 1, "ops": list(operations), "nsInfo": spaces, **more}


def rows(database: MongoDatabase) -> dict[str, list[Any]]:
    with database.asked() as db:
        return {name: list(db[name].find(sort=[("_id", 1)])) for name in "abc"}


def test_a_bulk_write_is_in_one_transaction_with_other_writes_and_its_entry(database: MongoDatabase) -> None:
    change = {"update": 0, "filter": {"_id": 1}, "updateMods": {"$set": {"n": 1}}}
    with watched(database.url) as (engine, proxy):
        job = up(engine, "1", {"insert": "c", "documents": [{"_id": 3}]}, bulk(database, ONE_IN_A, ONE_IN_B, change))
        assert [one.mode for one in job.segments] == ["transaction"]
        run_on(engine, job)
    (bulk_write,) = sent(proxy, "bulkWrite")
    (other,) = [one for one in sent(proxy, "insert") if one["insert"] == "c"]
    assert bulk_write["autocommit"] is False and "writeConcern" not in bulk_write
    assert (bulk_write["lsid"], bulk_write["txnNumber"]) == (other["lsid"], other["txnNumber"])
    engine = opened(database.url)
    assert rows(database) == {"a": [{"_id": 1, "n": 1}], "b": [{"_id": 2}], "c": [{"_id": 3}]}
    run_on(engine, down(engine, "1", bulk(database, {"delete": 0, "filter": {}}, {"delete": 1, "filter": {}})))
    assert rows(database) == {"a": [], "b": [], "c": [{"_id": 3}]}
    assert engine.ledger.read().entries == ()


@pytest.mark.parametrize(
    "more",
    [{}, {"ordered": False}, {"errorsOnly": True}, {"ordered": False, "cursor": {"batchSize": 1}}],
    ids=["ordered", "unordered", "errors only", "a first batch without it"],
)
def test_a_bulk_write_with_a_refused_operation_keeps_nothing_and_is_not_told_as_applied(
    database: MongoDatabase, more: Command
) -> None:
    engine = opened(database.url)
    applied(engine, {"create": "c"})
    with pytest.raises(StatementError) as stopped:
        applied(engine, bulk(database, ONE_IN_A, TWICE_IN_A, ONE_IN_B, **more), version="2")
    said = ("statement", "its answer does not show which") if "cursor" in more else ("unique_violation", "operation 2")
    assert (stopped.value.kind, said[1] in stopped.value.what, stopped.value.now) == (
        said[0],
        True,
        "nothing of 2_step was kept",
    )
    assert rows(database) == {"a": [], "b": [], "c": []}
    assert [entry.version.text for entry in engine.ledger.read().entries] == ["1"]


def test_a_lone_bulk_write_that_was_refused_halfway_is_unknown_and_asks_for_a_majority(database: MongoDatabase) -> None:
    command = bulk(database, ONE_IN_A, ONE_IN_B, TWICE_IN_A, {"delete": 1, "filter": {"n": 7}})
    with watched(database.url) as (engine, proxy):
        job = up(engine, "1", command, said=("transaction=none",))
        with pytest.raises(SchemactlError) as stopped:
            run_on(engine, job)
    assert "operation 3 of it" in " ".join(stopped.value.lines())
    (bulk_write,) = sent(proxy, "bulkWrite")
    assert (bulk_write["writeConcern"], bulk_write["$db"]) == ({"w": "majority"}, "admin")
    assert "autocommit" not in bulk_write
    ledger = opened(database.url).ledger.read()
    assert ([one.state for one in ledger.entries], [one.state for one in ledger.steps]) == (["applying"], ["intent"])
    finding = opened(database.url).recovery.probe(job, job.segments[0].steps[0], ledger.steps[0])
    assert (finding.verdict, finding.query) == (
        "unknown",
        'db.runCommand({"find":"a","filter":{"_id":{"$in":[1,1]}},"limit":10}); '
        'db.runCommand({"find":"b","filter":{"$or":[{"n":7},{"_id":{"$in":[2]}}]},"limit":10})',
    )


def test_a_bulk_write_to_what_a_migration_made_special_is_in_no_transaction(database: MongoDatabase) -> None:
    capped: Command = {"create": "b", "capped": True, "size": 4096}
    job = up(opened(database.url), "1", capped, bulk(database, ONE_IN_A, ONE_IN_B))
    assert [one.mode for one in job.segments] == ["alone", "alone"]
