"""The catalogue: whatever the server's own lists tell apart it tells apart, and what means the same is the same."""

from __future__ import annotations

from typing import Any

import pytest
from bson import Decimal128, ObjectId, Regex

from schemactl.contract.engine import Engine
from schemactl.engines.mongodb import canonical
from schemactl.model.catalog import Catalog
from tests.contract.work import run_on
from tests.engines.mongodb.scene import Command, applied, down, opened
from tests.fixtures.mongodb import MongoDatabase
from tests.tools.mongo_oracle import dump_of

INDEX: Command = {"createIndexes": "a", "indexes": [{"key": {"x": 1, "y": 1}, "name": "i"}]}


@pytest.fixture
def database(fresh_mongo_database: MongoDatabase) -> MongoDatabase:
    return fresh_mongo_database


@pytest.fixture
def engine(database: MongoDatabase) -> Engine:
    return opened(database.url)


def seen(database: MongoDatabase, engine: Engine) -> tuple[Catalog, list[str]]:
    with database.asked() as db:
        return engine.catalog.read(), dump_of(db)


def index(key: Command, **options: Any) -> Command:
    return {"createIndexes": "a", "indexes": [{"key": key, "name": "i", **options}]}


DIFFERENT: tuple[tuple[str, Command, Command], ...] = (
    ("order of a compound key", index({"x": 1, "y": 1}), index({"y": 1, "x": 1})),
    ("direction of a key", index({"x": 1}), index({"x": -1})),
    ("unique", index({"x": 1}), index({"x": 1}, unique=True)),
    ("sparse", index({"x": 1}), index({"x": 1}, sparse=True)),
    ("expiry", index({"x": 1}, expireAfterSeconds=60), index({"x": 1}, expireAfterSeconds=61)),
    (
        "partial filter",
        index({"x": 1}, partialFilterExpression={"x": {"$gt": 1}}),
        index({"x": 1}, partialFilterExpression={"x": {"$gt": 2}}),
    ),
    ("collation of an index", index({"x": 1}), index({"x": 1}, collation={"locale": "de"})),
    ("validator", {"create": "a", "validator": {"x": 1}}, {"create": "a", "validator": {"x": "1"}}),
    (
        "order in a validator",
        {"create": "a", "validator": {"x": {"$eq": {"p": 1, "q": 2}}}},
        {"create": "a", "validator": {"x": {"$eq": {"q": 2, "p": 1}}}},
    ),
    ("level", {"create": "a", "validator": {"x": 1}}, {"create": "a", "validator": {"x": 1}, "validationLevel": "off"}),
    ("capped", {"create": "a", "capped": True, "size": 4096}, {"create": "a", "capped": True, "size": 8192}),
    ("collation", {"create": "a", "collation": {"locale": "de"}}, {"create": "a", "collation": {"locale": "fr"}}),
    (
        "pipeline of a view",
        {"create": "a", "viewOn": "b", "pipeline": [{"$match": {"x": 1}}]},
        {"create": "a", "viewOn": "b", "pipeline": [{"$match": {"x": 2}}]},
    ),
    (
        "time series",
        {"create": "a", "timeseries": {"timeField": "t"}},
        {"create": "a", "timeseries": {"timeField": "t", "metaField": "m"}},
    ),
    ("kind", {"create": "a"}, {"create": "a", "viewOn": "b", "pipeline": []}),
)


@pytest.mark.parametrize(("first", "second"), [case[1:] for case in DIFFERENT], ids=[case[0] for case in DIFFERENT])
def test_what_the_server_tells_apart_is_told_apart(
    database: MongoDatabase, engine: Engine, first: Command, second: Command
) -> None:
    applied(engine, first)
    one = seen(database, engine)
    run_on(engine, down(engine, "1", {"drop": "a"}))
    applied(engine, second)
    other = seen(database, engine)
    assert (one[0] != other[0], one[1] != other[1]) == (True, True)


def test_there_and_back_is_the_same_for_the_tool_and_for_the_server(database: MongoDatabase, engine: Engine) -> None:
    applied(engine, {"create": "kept", "validator": {"x": 1}})
    before = seen(database, engine)
    applied(engine, INDEX, {"create": "v", "viewOn": "a", "pipeline": []}, {"create": "c"}, version="2")
    assert seen(database, engine) != before
    run_on(engine, down(engine, "2", {"drop": "v"}, {"drop": "a"}, {"drop": "c"}))
    assert seen(database, engine) == before


def test_what_means_the_same_is_the_same(database: MongoDatabase, engine: Engine) -> None:
    applied(engine, {"create": "a", "validator": {}, "validationLevel": "strict", "validationAction": "error"})
    one = engine.catalog.read()
    run_on(engine, down(engine, "1", {"drop": "a"}))
    applied(engine, {"create": "a"})
    assert engine.catalog.read() == one


@pytest.mark.parametrize("number", [5, 5.0, {"$numberLong": "5"}])
def test_a_whole_number_is_the_same_whatever_its_type(engine: Engine, number: Any) -> None:
    applied(engine, {"create": "a", "validator": {"x": {"$gt": number}}})
    (found,) = engine.catalog.read().objects
    assert found.facts == {"validator": '{"x":{"$gt":5}}'}


def test_values_that_json_has_no_type_for_are_told_by_their_own() -> None:
    value = {"id": ObjectId("65f000000000000000000001"), "price": Decimal128("1.10"), "name": Regex("^a", "i")}
    assert canonical.plain(value) == {
        "id": {"$oid": "65f000000000000000000001"},
        "price": {"$numberDecimal": "1.10"},
        "name": {"$regularExpression": {"pattern": "^a", "options": "i"}},
    }


def test_no_password_is_in_it(engine: Engine) -> None:
    applied(engine, {"createUser": "anna", "pwd": "s3cret-word", "roles": ["read"]})
    catalog = engine.catalog.read()
    assert catalog.count("user") == 1
    assert "s3cret-word" not in catalog.canonical() and "SCRAM" not in catalog.canonical()


def test_a_view_on_nothing_and_an_index_half_way_to_unique_are_broken(database: MongoDatabase, engine: Engine) -> None:
    applied(engine, {"create": "a"}, {"create": "v", "viewOn": "gone", "pipeline": []}, INDEX)
    with database.asked() as db:
        db.command({"collMod": "a", "index": {"name": "i", "prepareUnique": True}})
    broken = engine.catalog.broken()
    assert [("v" in one or "index i" in one) for one in broken] == [True, True]
