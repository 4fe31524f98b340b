"""A database that was dumped and restored brings its lease, its fence and its ledger along, and none confuses a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from schemactl.contract.opening import Opening, Stop
from schemactl.engines.mongodb.connection import Session
from schemactl.engines.mongodb.lease import MongoLease
from schemactl.errors import LockedError
from schemactl.events import Warned, ignore
from tests.contract.work import Heard, run_on
from tests.engines.mongodb.scene import Command, applied, opened, up
from tests.engines.mongodb.test_dangers import Noted
from tests.engines.mongodb.test_lease import lock_of
from tests.engines.mongodb.test_leftovers import at_work
from tests.fixtures.mongodb import MongoDatabase, client_of

Databases = Callable[[], MongoDatabase]
ROWS: Command = {"insert": "a", "documents": [{"_id": 1}]}


def restored(source: MongoDatabase, copy: MongoDatabase) -> MongoDatabase:
    """What a dump and a restore do: every collection anew, with its options and all of its documents."""
    with source.asked() as old, copy.asked() as new:
        for one in old.list_collections():
            new.command({"create": one["name"], **one["options"]})
            documents: list[Any] = list(old[one["name"]].find())
            if documents:
                new[one["name"]].insert_many(documents)
    return copy


def is_at_work(session: Session) -> bool:
    """Whether the server still has a command of this client under way."""
    with client_of(session.opening.url) as client:
        running = client.admin.command({"currentOp": 1})["inprog"]
    return any(session.token in str(op) and "getMore" in str(op.get("command")) for op in running)


def test_a_lease_that_came_with_a_dump_is_over_when_it_is_old_by_the_server_s_clock(
    new_mongo_database: Databases,
) -> None:
    source, copy = new_mongo_database(), new_mongo_database()
    first = opened(source.url)
    with lock_of(first).hold(wait_s=0, emit=ignore):
        restored(source, copy)
        engine = opened(copy.url)
        with pytest.raises(LockedError), lock_of(engine).hold(wait_s=0, emit=ignore):
            pytest.fail("the lease of the dump is not over yet")
        applied(engine, ROWS)
        # And whoever holds the lock of the first one holds it still.
        lock_of(first).check()
    assert [entry.state for entry in engine.ledger.read().entries] == ["applied"]


def test_a_runner_at_work_on_the_first_database_is_left_alone_by_one_on_its_copy(
    new_mongo_database: Databases,
) -> None:
    source, copy = new_mongo_database(), new_mongo_database()
    session = Session(Opening(source.url, "a test's database", "contract/town", Stop(), lease_s=1.0))
    record = MongoLease(session)
    assert record.take() == ""
    restored(source, copy)
    heard = Heard()
    with at_work(session):
        applied(opened(copy.url), {"create": "b"}, emit=heard)
        assert is_at_work(session)
    assert heard.of(Warned) == []
    session.close()


@pytest.mark.parametrize(
    ("scene", "command"),
    [
        ((ROWS,), {"drop": "a"}),
        ((ROWS, {"create": "c"}), {"aggregate": "a", "pipeline": [{"$out": "c"}], "cursor": {}}),
    ],
    ids=["drop", "out"],
)
def test_a_collection_that_was_restored_is_not_taken_for_the_work_of_a_command_that_was_under_way(
    new_mongo_database: Databases, scene: tuple[Command, ...], command: Command
) -> None:
    source = new_mongo_database()
    found = Noted(source, *scene, command=command)
    assert found.probe().verdict == "not done"
    finding = found.probe(restored(source, new_mongo_database()))
    assert (finding.verdict, "restored" in finding.evidence) == ("unknown", True)


def test_the_ledger_of_a_dump_goes_on_where_it_stood(new_mongo_database: Databases) -> None:
    source = new_mongo_database()
    applied(opened(source.url), ROWS)
    engine = opened(restored(source, new_mongo_database()).url)
    assert [entry.version.text for entry in engine.ledger.read().entries] == ["1"]
    run_on(engine, up(engine, "2", {"drop": "a"}))
    assert [entry.state for entry in engine.ledger.read().entries] == ["applied", "applied"]
