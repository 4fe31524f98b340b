"""What verify finds in a MongoDB target: each fault is planted for real, and named; a sound target shows nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from schemactl.contract.engine import Engine, require
from schemactl.contract.verifying import Inspected
from schemactl.engines.mongodb.verifying_data import flaws_of
from schemactl.events import StepProgress, ignore
from tests.engines.mongodb.scene import opened, sent, watched
from tests.fixtures.mongodb import (
    Mongo,
    MongoDatabase,
    client_of,
    drop_mongo_database,
    make_mongo_database,
    own_server,
)

NUMBERS = {"$jsonSchema": {"bsonType": "object", "required": ["n"], "properties": {"n": {"bsonType": ["int", "long"]}}}}


@pytest.fixture
def database(fresh_mongo_database: MongoDatabase) -> MongoDatabase:
    return fresh_mongo_database


def looked(engine: Engine, name: str, emit: Any = ignore) -> Inspected:
    verifier = require(engine.verifier, "verify", "shop/app")
    (inspection,) = (one for one in verifier.inspections(deep=True) if one.name == name)
    return verifier.inspect(inspection, emit=emit)


def found(database: MongoDatabase, name: str, **facts: Any) -> Inspected:
    """What the inspection of this name says of the database now."""
    return looked(opened(database.url, **facts), name)


def only(inspected: Inspected) -> tuple[str, str, str]:
    """The one flaw that there is to be."""
    assert inspected.not_run == ""
    (flaw,) = inspected.flaws
    return flaw


def test_a_sound_target_shows_nothing(database: MongoDatabase) -> None:
    with database.asked() as db:
        db.create_collection("a", validator=NUMBERS)
        db["a"].insert_many([{"n": n} for n in range(20)])
        db["a"].create_index("n", unique=True)
        db.create_collection("b", validator={"$expr": {"$gt": ["$to", "$since"]}}, validationLevel="moderate")
        db["b"].insert_one({"since": 1, "to": 2})
        db.create_collection("empty", validator=NUMBERS)
        db.create_collection(
            "v",
            viewOn="a",
            pipeline=[
                {"$lookup": {"from": "b", "pipeline": [{"$unionWith": "empty"}], "as": "bs"}},
                {"$facet": {"x": [{"$unionWith": {"coll": "empty"}}]}},
            ],
        )
        db.create_collection("over", viewOn="v", pipeline=[])
    engine = opened(database.url)
    verifier = require(engine.verifier, "verify", "shop/app")
    told = {one.name: verifier.inspect(one, emit=ignore) for one in verifier.inspections(deep=True)}
    assert {name: (one.flaws, one.not_run) for name, one in told.items() if one.flaws or one.not_run} == {}
    assert [(name, told[name].examined, told[name].unit) for name in ("validators", "views", "documents")] == [
        ("validators", 3, "validators"),
        ("views", 2, "views"),
        ("documents", 21, "rows"),
    ]
    # An _id index each, and that on n.
    assert told["indexes"].examined == 4
    assert told["collections"].examined == 3


def test_documents_that_came_in_past_the_validator_are_counted_and_named(database: MongoDatabase) -> None:
    with database.asked() as db:
        db.create_collection("a", validator=NUMBERS)
        db["a"].insert_many([{"_id": n, "n": n} for n in range(10)])
        db.command("insert", "a", documents=[{"_id": f"x{n}"} for n in range(7)], bypassDocumentValidation=True)
    told = found(database, "documents")
    about, what, do = only(told)
    assert (about, told.examined, told.unit) == ("collection a", 17, "rows")
    assert what == "7 documents would be refused by its validator, _id 'x0', 'x1', 'x2', 'x3', 'x4', …"
    assert "$nor" in do


def test_documents_that_were_there_before_the_validator_are_found(database: MongoDatabase) -> None:
    with database.asked() as db:
        db["a"].insert_one({"_id": 1, "n": "one"})
        db.command("collMod", "a", validator=NUMBERS)
    assert only(found(database, "documents"))[1] == "1 document would be refused by its validator, _id 1"


def test_a_great_many_are_counted_up_to_a_thousand(database: MongoDatabase) -> None:
    with database.asked() as db:
        db["a"].insert_many([{"_id": n} for n in range(1500)])
        db.command("collMod", "a", validator=NUMBERS)
    told = found(database, "documents")
    assert only(told)[1].startswith("1,000 or more documents would be refused by its validator, _id 0, 1, 2, 3, 4, …")
    assert told.examined == 1500


@pytest.mark.parametrize(
    ("option", "said"),
    [({"validationAction": "warn"}, "it only warns"), ({"validationLevel": "off"}, "it is switched off")],
)
def test_a_validator_that_lets_everything_in_is_named(
    database: MongoDatabase, option: dict[str, Any], said: str
) -> None:
    with database.asked() as db:
        db.create_collection("a", validator=NUMBERS, **option)
        db["a"].insert_one({"_id": 1})
    about, what, do = only(found(database, "validators"))
    assert (about, what.startswith(said)) == ("validator of a", True)
    assert f"collMod a with {next(iter(option))}" in do
    assert only(found(database, "documents"))[0] == "collection a"


def test_views_whose_sources_are_gone_are_named(database: MongoDatabase) -> None:
    with database.asked() as db:
        for name in ("a", "b", "c"):
            db.create_collection(name)
        db.create_collection("plain", viewOn="a", pipeline=[])
        joined = [{"$lookup": {"from": "b", "pipeline": [{"$unionWith": {"coll": "c"}}], "as": "x"}}]
        db.create_collection("joined", viewOn="a", pipeline=joined)
        assert found(database, "views").flaws == ()
        db.drop_collection("b")
        db.drop_collection("c")
        assert only(found(database, "views"))[:2] == ("view joined", "it reads what is not there: b, c")
        db.drop_collection("a")
    told = found(database, "views")
    assert [flaw.object for flaw in told.flaws] == ["view joined", "view plain"]
    assert told.examined == 2


def test_an_index_on_its_way_to_unique_is_named(database: MongoDatabase) -> None:
    with database.asked() as db:
        db["a"].insert_many([{"n": 1}, {"n": 1}])
        db["a"].create_index("n", name="by_n")
        db.command("collMod", "a", index={"name": "by_n", "prepareUnique": True})
    about, what, do = only(found(database, "indexes"))
    assert (about, "not unique" in what) == ("index by_n of a", True)
    assert "unique: true" in do


def test_what_an_aggregation_left_is_named(database: MongoDatabase) -> None:
    with database.asked() as db:
        db.create_collection("tmp.agg_out.0f9a")
    assert only(found(database, "left-overs"))[0] == "collection tmp.agg_out.0f9a"


def test_a_validator_that_fails_on_a_document_is_told(database: MongoDatabase) -> None:
    with database.asked() as db:
        db["a"].insert_one({"_id": 1, "n": "word"})
        db.command("collMod", "a", validator={"$expr": {"$gt": [{"$toInt": "$n"}, 3]}})
        db.create_collection("b", validator=NUMBERS)
    about, what, _ = only(found(database, "documents"))
    assert (about, what.startswith("its validator fails: ")) == ("collection a", True)


def test_what_reads_at_length_has_the_time_limit(database: MongoDatabase) -> None:
    with database.asked() as db:
        db.create_collection("a", validator=NUMBERS)
    with watched(database.url, statement_timeout_ms=54_321) as (engine, proxy):
        for name in ("documents", "collections"):
            assert looked(engine, name).not_run == ""
    (validate,) = sent(proxy, "validate")
    reads = [one for one in sent(proxy, "find") if one["find"] == "a"]
    assert [one.get("maxTimeMS") for one in (validate, *reads)] == [54_321, 54_321]


def test_how_far_it_is_is_told(database: MongoDatabase) -> None:
    with database.asked() as db:
        for name in ("a", "b"):
            db.create_collection(name, validator=NUMBERS)
    heard: list[Any] = []
    looked(opened(database.url), "documents", heard.append)
    assert heard == [StepProgress("contract/town", "documents", 1, 2, "collections")]


# What a mongod answers is written in its manual ("validate", Output); the local server finds every collection whole.
def test_what_validate_answers_is_told_by_collection_and_index() -> None:
    whole = {"ns": "shop.a", "valid": True, "indexDetails": {"_id_": {"valid": True}}, "errors": [], "ok": 1.0}
    assert flaws_of("a", whole) == []
    index = whole | {"valid": False, "indexDetails": {"n_1": {"valid": False, "errors": ["key 3 is missing"]}}}
    assert flaws_of("a", index) == [("index n_1 of a", "it is damaged: key 3 is missing")]
    corrupt = whole | {"valid": False, "corruptRecords": [7, 9], "errors": ["detected 2 corrupt records"]}
    assert flaws_of("a", corrupt) == [("collection a", "2 documents cannot be read: detected 2 corrupt records")]
    assert flaws_of("a", whole | {"valid": False}) == [("collection a", "it is damaged: the server says no more")]
    assert flaws_of("a", {"valid": False, "raw": {"one": whole, "two": index}, "ok": 1.0}) == flaws_of("a", index)


@pytest.fixture(scope="module")
def guarded() -> Iterator[Mongo]:
    """A server that asks for passwords."""
    with own_server(auth=True) as server:
        yield server


def test_who_may_not_look_is_told_so_and_nothing_passes(guarded: Mongo) -> None:
    database = make_mongo_database(guarded)
    with database.asked() as db:
        db.create_collection("a", validator=NUMBERS)
        db.command({"createUser": "anna", "pwd": "w0rd", "roles": []})
    at = urlsplit(database.url)
    url = at._replace(netloc=f"anna:w0rd@{at.hostname}:{at.port}", query=f"authSource={database.name}").geturl()
    engine = opened(url)
    verifier = require(engine.verifier, "verify", "shop/app")
    told = [verifier.inspect(one, emit=ignore) for one in verifier.inspections(deep=True)]
    engine.close()
    with client_of(database.url) as client:
        client[database.name].command("dropUser", "anna")
    drop_mongo_database(database)
    assert len(told) == 6
    assert all(one.not_run and not one.examined and not one.flaws for one in told)
    assert all("Give this user the right" in one.not_run and "w0rd" not in one.not_run for one in told)
