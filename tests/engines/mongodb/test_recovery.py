"""What became of a lone command whose answer never came: the catalogue says so, by identity and not by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from schemactl.contract.finding import Finding
from schemactl.contract.job import Job, PlannedStatement
from schemactl.contract.opening import Opening, Stop
from schemactl.engines.mongodb import observe
from schemactl.engines.mongodb.connection import Session
from schemactl.engines.mongodb.lease import MongoLease
from schemactl.errors import LockedError
from schemactl.events import ignore
from schemactl.model.step import Step
from schemactl.running.lease import LeaseLock
from tests.contract.on_mongodb import MongoTarget
from tests.contract.target import Left
from tests.contract.work import run_on
from tests.engines.mongodb.scene import Command, applied, up
from tests.fixtures.mongodb import MongoDatabase

ROWS = {"insert": "a", "documents": [{"_id": 1, "n": 1}, {"_id": 2, "n": 2}]}
INDEX = {"createIndexes": "a", "indexes": [{"key": {"n": 1}, "name": "n"}, {"key": {"m": 1}, "name": "m"}]}
CLERK: Command = {"createRole": "clerk", "privileges": [], "roles": []}
SELLER: Command = {"createRole": "seller", "privileges": [], "roles": []}


def may(*actions: str) -> Command:
    return {"resource": {"db": "shop", "collection": "a"}, "actions": list(actions)}


@dataclass(frozen=True)
class Case:
    """What is there before, and the command that is left behind."""

    name: str
    scene: tuple[Command, ...]
    command: Command

    def __str__(self) -> str:
        return self.name.replace(" ", "_")


CASES = (
    Case("create", (), {"create": "b", "validator": {"n": {"$type": "int"}}, "validationAction": "warn"}),
    Case("create capped", (), {"create": "b", "capped": True, "size": 4096}),
    Case("create time series", (), {"create": "b", "timeseries": {"timeField": "t", "metaField": "m"}}),
    Case("create view", ({"create": "a"},), {"create": "v", "viewOn": "a", "pipeline": [{"$match": {"n": 1}}]}),
    Case(
        "create view on a view",
        ({"create": "a"}, {"create": "v", "viewOn": "a", "pipeline": []}),
        {"create": "w", "viewOn": "v", "pipeline": [{"$match": {"n": 1}}]},
    ),
    Case(
        "drop view under a view",
        ({"create": "v", "viewOn": "a", "pipeline": []}, {"create": "w", "viewOn": "v", "pipeline": []}),
        {"drop": "v"},
    ),
    Case("create with collation", (), {"create": "b", "collation": {"locale": "de", "strength": 2}}),
    Case("drop", ({"create": "a"},), {"drop": "a"}),
    Case("drop view", ({"create": "a"}, {"create": "v", "viewOn": "a", "pipeline": []}), {"drop": "v"}),
    Case("rename", ({"create": "a"},), {"renameCollection": "a", "to": "z"}),
    Case("rename over", ({"create": "a"}, {"create": "z"}), {"renameCollection": "a", "to": "z", "dropTarget": True}),
    Case("create indexes", (ROWS,), INDEX),
    Case(
        "create index with options",
        (ROWS,),
        {
            "createIndexes": "a",
            "indexes": [{"key": {"n": -1}, "name": "n", "unique": True, "partialFilterExpression": {"n": {"$gt": 5}}}],
        },
    ),
    Case("drop index", (INDEX,), {"dropIndexes": "a", "index": "n"}),
    Case("drop index by key", (INDEX,), {"dropIndexes": "a", "index": {"m": 1}}),
    Case("drop all indexes", (INDEX,), {"dropIndexes": "a", "index": "*"}),
    Case("change validator", (ROWS,), {"collMod": "a", "validator": {"n": 1}, "validationLevel": "moderate"}),
    Case(
        "change expiry",
        ({"createIndexes": "a", "indexes": [{"key": {"t": 1}, "name": "t", "expireAfterSeconds": 60}]},),
        {"collMod": "a", "index": {"keyPattern": {"t": 1}, "expireAfterSeconds": 3600}},
    ),
    Case("out", (ROWS,), {"aggregate": "a", "pipeline": [{"$out": "copy"}], "cursor": {}}),
    Case("create user", (), {"createUser": "anna", "pwd": "x", "roles": ["read"]}),
    Case("create role", (), CLERK),
    Case("drop role", (CLERK,), {"dropRole": "clerk"}),
    Case("grant", (CLERK,), {"grantRolesToRole": "clerk", "roles": ["read"]}),
    Case("revoke", ({**CLERK, "roles": ["read"]},), {"revokeRolesFromRole": "clerk", "roles": ["read"]}),
    Case(
        "grant in another order", (SELLER,), {"grantPrivilegesToRole": "seller", "privileges": [may("find", "insert")]}
    ),
    Case(
        "revoke in another order",
        ({**SELLER, "privileges": [may("insert", "find")]},),
        {"revokePrivilegesFromRole": "seller", "privileges": [may("find", "insert")]},
    ),
)


@dataclass(frozen=True)
class Found:
    """A command that was left, as an engine opened afterwards has it."""

    target: MongoTarget
    job: Job
    planned: PlannedStatement
    step: Step

    def probe(self) -> Finding:
        return self.target.open().recovery.probe(self.job, self.planned, self.step)


def left(target: MongoTarget, scene: tuple[Command, ...], command: Command, how: Left) -> Found:
    engine = target.open()
    if scene:
        applied(engine, *scene)
    job = up(engine, "2", command)
    target.leave(job, how)
    (step,) = target.open().ledger.read().steps
    entry = job.entry._replace(version_id=step.version_id, state="applying")
    return Found(target, job._replace(entry=entry), job.segments[0].steps[0], step)


@pytest.mark.parametrize("how", ["done", "not done"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_known_whether_the_command_took_effect(target: MongoTarget, case: Case, how: Left) -> None:
    found = left(target, case.scene, case.command, how)
    finding = found.probe()
    assert (finding.verdict, bool(finding.evidence), bool(finding.query)) == (how, True, True)
    assert "x" not in finding.query.split('"pwd"')[1:]
    # And the rest of the job, sent again or not, brings it to its end.
    run_on(target.open(), found.job._replace(done=frozenset({0} if how == "done" else ())))
    ledger = target.open().ledger.read()
    assert ([entry.state for entry in ledger.entries][-1], ledger.steps) == ("applied", ())


@pytest.mark.parametrize(
    "command",
    [
        {"update": "a", "updates": [{"q": {}, "u": {"$inc": {"n": 1}}, "multi": True}]},
        {"insert": "a", "documents": [{"_id": 7}]},
        {"aggregate": "a", "pipeline": [{"$merge": {"into": "copy"}}], "cursor": {}},
        {"updateUser": "anna", "pwd": "secret"},
    ],
    ids=lambda command: next(iter(command)),
)
def test_what_no_catalogue_shows_is_unknown_and_the_query_holds_no_write(target: MongoTarget, command: Command) -> None:
    engine = target.open()
    applied(engine, ROWS, {"createUser": "anna", "pwd": "first", "roles": []})
    job = up(engine, "2", command, said=("transaction=none",))
    target.leave(job, "done")
    (step,) = target.open().ledger.read().steps
    finding = target.open().recovery.probe(job, job.segments[0].steps[0], step)
    assert finding.verdict == "unknown"
    assert finding.query.startswith(('db.runCommand({"find"', 'db.runCommand({"usersInfo"'))
    assert "secret" not in finding.query + finding.evidence


def test_a_revoke_of_what_nobody_held_is_not_told_as_done(target: MongoTarget) -> None:
    found = left(target, (CLERK,), {"revokeRolesFromRole": "clerk", "roles": ["read"]}, "not done")
    assert found.probe().verdict == "not done"


def test_a_collection_of_the_same_name_that_somebody_else_made_is_not_the_one_dropped(target: MongoTarget) -> None:
    found = left(target, ({"create": "a"},), {"drop": "a"}, "done")
    with target.asked() as db:
        db.create_collection("a")
    assert found.probe().verdict == "done"


def test_a_collection_that_stood_before_is_not_taken_for_the_one_to_create(target: MongoTarget) -> None:
    found = left(target, ({"create": "b"},), {"create": "b"}, "not done")
    assert found.probe().verdict == "not done"


def test_a_collection_with_other_options_is_unknown(target: MongoTarget) -> None:
    found = left(target, (), {"create": "b", "capped": True, "size": 4096}, "not done")
    with target.asked() as db:
        db.create_collection("b")
    assert found.probe().verdict == "unknown"


def test_some_of_several_indexes_are_half_and_are_taken_away_to_be_built_again(target: MongoTarget) -> None:
    found = left(target, (ROWS,), INDEX, "not done")
    with target.asked() as db:
        db["a"].create_index("n", name="n")
    assert found.probe().verdict == "half"
    said = target.open().recovery.tidy(found.planned, found.step)
    assert "index n of a" in said
    assert found.probe().verdict == "not done"
    run_on(target.open(), found.job)
    with target.asked() as db:
        assert set(db["a"].index_information()) == {"_id_", "n", "m"}


def test_an_index_that_stood_before_is_left_when_half_is_taken_away(target: MongoTarget) -> None:
    one: Command = {"createIndexes": "a", "indexes": [INDEX["indexes"][0]]}
    three: Command = {**INDEX, "indexes": [*INDEX["indexes"], {"key": {"o": 1}, "name": "o"}]}
    found = left(target, (ROWS, one), three, "not done")
    with target.asked() as db:
        db["a"].create_index("m", name="m")
    assert found.probe().verdict == "half"
    target.open().recovery.tidy(found.planned, found.step)
    with target.asked() as db:
        assert set(db["a"].index_information()) == {"_id_", "n"}


def test_an_index_of_that_name_with_another_key_is_left_when_half_is_taken_away(target: MongoTarget) -> None:
    found = left(target, (ROWS,), INDEX, "not done")
    with target.asked() as db:
        db["a"].create_index("other", name="n")
        db["a"].create_index("m", name="m")
    assert found.probe().verdict == "half"
    target.open().recovery.tidy(found.planned, found.step)
    with target.asked() as db:
        assert set(db["a"].index_information()) == {"_id_", "n"}


def test_nothing_is_taken_away_without_the_lease(target: MongoTarget, fresh_mongo_database: MongoDatabase) -> None:
    found = left(target, (ROWS,), INDEX, "not done")
    with target.asked() as db:
        db["a"].create_index("n", name="n")
    opening = Opening(fresh_mongo_database.url, "a test's database", "contract/town", Stop())
    session = Session(opening)
    lock = LeaseLock(opening, MongoLease(session), end_holder="")
    with lock.hold(wait_s=30, emit=ignore), target.asked() as db:
        db["schema_lock"].update_one({"_id": "lease"}, {"$set": {"token": "another"}})
        with pytest.raises(LockedError):
            observe.tidy(session, found.planned, found.step.before, lock.check)
        assert set(db["a"].index_information()) == {"_id_", "n"}
    session.close()


def test_an_index_of_that_name_with_another_key_is_unknown(target: MongoTarget) -> None:
    found = left(target, (ROWS,), INDEX, "not done")
    with target.asked() as db:
        db["a"].create_index("other", name="n")
        db["a"].create_index("another", name="m")
    assert found.probe().verdict == "unknown"


def test_some_of_the_indexes_to_drop_are_half_and_the_rest_goes(target: MongoTarget) -> None:
    found = left(target, (INDEX,), {"dropIndexes": "a", "index": "*"}, "not done")
    with target.asked() as db:
        db["a"].drop_index("m")
    assert found.probe().verdict == "half"
    target.open().recovery.tidy(found.planned, found.step)
    assert found.probe().verdict == "done"


def test_part_of_a_change_of_options_is_half_and_is_sent_again(target: MongoTarget) -> None:
    change: Command = {"collMod": "a", "validator": {"n": 1}, "validationAction": "warn"}
    found = left(target, (ROWS,), change, "not done")
    with target.asked() as db:
        db.command({"collMod": "a", "validationAction": "warn"})
    assert found.probe().verdict == "half"
    assert target.open().recovery.tidy(found.planned, found.step)
    run_on(target.open(), found.job)
    with target.asked() as db:
        options: Any = next(iter(db.list_collections(filter={"name": "a"})))["options"]
    assert (options["validator"], options["validationAction"]) == ({"n": 1}, "warn")
