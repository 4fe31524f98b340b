"""Dangers of MongoDB's own schema changes while they run: what is kept, what is told, what goes on after a crash."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bson import json_util

from schemactl.contract.finding import Finding
from schemactl.contract.opening import Opening, Stop
from schemactl.engines.mongodb import observe
from schemactl.engines.mongodb.connection import Session
from schemactl.errors import ConnectError, StatementError
from schemactl.events import StatementProbed
from tests.contract.on_mongodb import MongoTarget
from tests.contract.work import Heard, run_on
from tests.engines.mongodb.scene import Command, applied, opened, up
from tests.engines.mongodb.shop import Shop, succeeded
from tests.fixtures.mongodb import MongoDatabase
from tests.tools.turnproxy import Halt

N_IS_A_NUMBER = {"n": {"$type": "int"}}
NO_CASE = {"collation": {"locale": "en", "strength": 2}}
UNIQUE = {"name": "n", "unique": True}
INVALID: Command = {"insert": "a", "documents": [{"_id": 1, "n": 1}, {"_id": 2, "n": "x"}]}


@pytest.fixture
def database(fresh_mongo_database: MongoDatabase) -> MongoDatabase:
    return fresh_mongo_database


def options(database: MongoDatabase, collection: str = "a") -> Any:
    with database.asked() as db:
        return next(iter(db.list_collections(filter={"name": collection})))["options"]


def answer(database: MongoDatabase, query: str) -> list[Any]:
    """What a query that the tool printed finds, run as a person would."""
    document = json_util.loads(query.removeprefix("db.runCommand(").removesuffix(")"))
    with database.asked() as db:
        return list(db.command(document)["cursor"]["firstBatch"])


@pytest.mark.parametrize(
    ("index", "command"),
    [
        (None, {"createIndexes": "a", "indexes": [{"key": {"n": 1, "m": 1}, "name": "n", "unique": True}]}),
        (None, {"createIndexes": "a", "indexes": [{"key": {"n": 1, "m": 1}, "name": "n", "unique": True, **NO_CASE}]}),
        ({"prepareUnique": True}, {"collMod": "a", "index": {"name": "n", "unique": True}}),
        ({"prepareUnique": True}, {"collMod": "a", "index": {"keyPattern": {"n": 1, "m": 1}, "unique": True}}),
    ],
    ids=["createIndexes", "with a collation", "collMod", "collMod by key"],
)
def test_a_unique_index_on_duplicates_leaves_nothing_half_and_says_how_to_find_them(
    database: MongoDatabase, index: Command | None, command: Command
) -> None:
    engine = opened(database.url)
    applied(engine, {"insert": "a", "documents": [{"_id": 1, "n": 1}, {"_id": 2, "n": 1, "m": None}, {"_id": 3}]})
    if index is not None:
        applied(engine, {"createIndexes": "a", "indexes": [{"key": {"n": 1, "m": 1}, "name": "n"}]}, version="2")
        applied(engine, {"collMod": "a", "index": {"name": "n", **index}}, version="3")
    before = engine.catalog.read()
    with pytest.raises(StatementError) as stopped:
        applied(engine, command, version="4")
    assert (stopped.value.kind, stopped.value.now) == ("unique_violation", "nothing of 4_step was kept")
    assert engine.catalog.read() == before
    query = (stopped.value.do or "").partition("`")[2].partition("`")[0]
    assert [sorted(one["ids"]) for one in answer(database, query)] == [[1, 2]]


@pytest.mark.parametrize(
    ("index", "rows", "found"),
    [
        (
            {"key": {"a": 1}},
            [{"a": ["x", "y"]}, {"a": ["y", "z"]}, {"a": ["q", "q"]}, {"a": []}, {}, {"a": "w"}, {"a": "z"}],
            [[1, 2], [2, 7]],
        ),
        (
            {"key": {"a.b": 1}},
            [{"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 2}]}, {"a": {"b": 7}}, {"a": [{"b": [7, 9]}, {"b": 8}]}],
            [[1, 2], [3, 4]],
        ),
        (
            {"key": {"a.b": 1, "a.c": -1}},
            [{"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 4, "c": 3}, {"b": 9, "c": 5}]}, {"a": {"b": 9, "c": 5}}],
            [[2, 3]],
        ),
        (
            {"key": {"a": 1}, "collation": {"locale": "en", "strength": 2}},
            [{"_id": "A", "a": ["x"]}, {"_id": "a", "a": ["X"]}],
            [["A", "a"]],
        ),
        ({"key": {"a": 1}, "sparse": True}, [{"a": [1, 2]}, {}, {}, {"a": [2]}], [[1, 4]]),
    ],
    ids=["an array", "arrays on the way", "two fields of one array", "a collation", "sparse"],
)
def test_the_query_for_duplicates_finds_those_among_the_elements_of_arrays_and_no_others(
    database: MongoDatabase, index: Command, rows: list[Command], found: list[list[Any]]
) -> None:
    engine = opened(database.url)
    applied(engine, {"insert": "c", "documents": [{"_id": number, **one} for number, one in enumerate(rows, start=1)]})
    command: Command = {"createIndexes": "c", "indexes": [{"name": "u", "unique": True, **index}]}
    with pytest.raises(StatementError) as stopped:
        applied(engine, command, version="2")
    query = (stopped.value.do or "").partition("`")[2].partition("`")[0]
    assert sorted(sorted(one["ids"]) for one in answer(database, query)) == found
    with database.asked() as db:
        # Those are all that was in its way.
        db["c"].delete_many({"_id": {"$in": [one[-1] for one in found]}})
    applied(engine, command, version="3")


def counted(database: MongoDatabase, query: str) -> Any:
    with database.asked() as db:
        return db.command(json_util.loads(query.removeprefix("db.runCommand(").removesuffix(")")))["n"]


def sequence(*commands: Command) -> dict[str, str]:
    return {"0002_steps.json": json.dumps({"up": list(commands)}, indent=1)}


SEQUENCES: dict[str, tuple[tuple[Command, ...], tuple[Command, ...]]] = {
    "unique in three steps": (
        (
            {"insert": "a", "documents": [{"_id": 1, "n": 1}]},
            {"createIndexes": "a", "indexes": [{"key": {"n": 1}, "name": "n"}]},
        ),
        (
            {"collMod": "a", "index": {"name": "n", "prepareUnique": True}},
            {"collMod": "a", "index": UNIQUE, "dryRun": True},
            {"collMod": "a", "index": UNIQUE},
        ),
    ),
    "validator by way of moderate": (
        (INVALID,),
        (
            {"collMod": "a", "validator": N_IS_A_NUMBER, "validationLevel": "moderate"},
            {"delete": "a", "deletes": [{"q": {"n": {"$not": {"$type": "int"}}}, "limit": 0}]},
            {"collMod": "a", "validationLevel": "strict"},
        ),
    ),
    "two changes of options": (
        (INVALID, {"create": "b"}),
        (
            {"collMod": "a", "validator": {"n": 1}, "validationAction": "warn"},
            {"collMod": "b", "validator": {"m": 1}},
        ),
    ),
}


@pytest.mark.parametrize("way", ["done", "not sent"])
@pytest.mark.parametrize("name", SEQUENCES)
def test_a_sequence_of_changes_killed_between_any_two_is_told_one_by_one_and_goes_on(
    tmp_path: Path, new_mongo_database: Callable[[], MongoDatabase], name: str, way: str
) -> None:
    scene, commands = SEQUENCES[name]
    base = {"0001_base.json": json.dumps({"up": list(scene)})}
    undisturbed = Shop(tmp_path / "whole", new_mongo_database(), base | sequence(*commands))
    undisturbed.migrate()
    whole = undisturbed.end()
    lone = [number for number, command in enumerate(commands) if "collMod" in command]
    for nth, ordinal in enumerate(lone, start=1):
        shop = Shop(tmp_path / str(nth), new_mongo_database(), base | sequence(*commands))
        if way == "done":
            cut = Halt(match='"collMod"', nth=nth, point="executed", action="drop")
        else:
            cut = Halt(match='"collMod"', nth=nth, point="sent", action="drop", answer=lambda _: b"")
        cut_off(shop, cut)
        # The server here converts the index in the dry run already: what is there counts, not what was sent.
        is_there = way == "done" or (commands[ordinal].get("index") == UNIQUE and is_unique(shop.database))
        said = "done" if is_there and not commands[ordinal].get("dryRun") else "not done"
        found = [(one.ordinal, one.verdict) for one in recovered(shop)]
        assert found[: ordinal + 1] == [*((number, "done") for number in range(ordinal)), (ordinal, said)]
        shop.migrate()
        end = shop.end()
        assert (end.catalog, end.dump, end.rows) == (whole.catalog, whole.dump, whole.rows)


def is_unique(database: MongoDatabase) -> bool:
    with database.asked() as db:
        return bool(db["a"].index_information()["n"].get("unique"))


def cut_off(shop: Shop, cut: Halt) -> None:
    """A run whose network is lost there."""
    with shop.proxy() as proxy:
        proxy.arm(cut)
        through = shop.workspace(shop.through(proxy))
        assert through.migrate(through.plan()).exit_code == 11
        assert cut.reached.is_set()
    shop.run_out()


def recovered(shop: Shop) -> list[StatementProbed]:
    """What recover found of each statement."""
    heard = Heard()
    succeeded(shop.workspace().recover(wait_s=20, emit=heard))
    return heard.of(StatementProbed)


def test_with_moderate_what_was_invalid_can_still_be_changed_and_with_strict_no_more(database: MongoDatabase) -> None:
    engine = opened(database.url)
    change: Command = {"update": "a", "updates": [{"q": {"_id": 2}, "u": {"$inc": {"m": 1}}}]}
    applied(engine, INVALID)
    applied(engine, {"collMod": "a", "validator": N_IS_A_NUMBER, "validationLevel": "moderate"}, change, version="2")
    applied(engine, {"collMod": "a", "validationLevel": "strict"}, version="3")
    with pytest.raises(StatementError) as stopped:
        applied(engine, change, version="4")
    assert (stopped.value.kind, stopped.value.now) == ("invalid_document", "nothing of 4_step was kept")
    with database.asked() as db:
        assert db["a"].find_one({"_id": 2}) == {"_id": 2, "n": "x", "m": 1}
    assert options(database)["validator"] == N_IS_A_NUMBER


def test_an_update_of_many_that_is_cut_off_changes_all_or_none_and_counts_once(target: MongoTarget) -> None:
    engine = target.open()
    applied(engine, {"insert": "a", "documents": [{"_id": number, "n": 0} for number in range(50)]})
    many: Command = {"update": "a", "updates": [{"q": {}, "u": {"$inc": {"n": 1}}, "multi": True}]}
    cut = target.cut(Halt(match='"update": "a"', point="executed", action="drop"))
    with pytest.raises(ConnectError) as stopped:
        run_on(engine, up(engine, "2", many))
    assert cut.reached.is_set() and "in full or not at all" in (stopped.value.now or "")
    target.run_out()
    engine = target.open()
    assert [entry.version.text for entry in engine.ledger.read().entries] == ["1"]
    applied(engine, many, version="2")
    with target.asked() as db:
        assert db["a"].distinct("n") == [1]


class Noted:
    """A lone command whose intent was noted, and which nobody sent."""

    def __init__(self, database: MongoDatabase, *scene: Command, command: Command) -> None:
        engine = opened(database.url)
        applied(engine, *scene)
        self._url = database.url
        self._planned = up(engine, "2", command).segments[0].steps[0]
        with self._session(database.url) as session:
            self._before = observe.before(session, self._planned)

    def probe(self, database: MongoDatabase | None = None) -> Finding:
        """What is found of it there, or in another database."""
        with self._session(database.url if database is not None else self._url) as session:
            return observe.probe(session, self._planned, self._before, idempotent=False)

    @contextmanager
    def _session(self, url: str) -> Iterator[Session]:
        session = Session(Opening(url, "a test's database", "contract/town", Stop()))
        try:
            yield session
        finally:
            session.close()


@pytest.mark.parametrize(
    ("asked", "there", "verdict"),
    [(5000, 5000, "done"), (5000, 5120, "done"), (5000, 5376, "unknown"), (5000, 4864, "unknown"), (9, 4096, "done")],
)
def test_a_capped_collection_whose_size_the_server_rounded_up_is_the_one_asked_for(
    database: MongoDatabase, asked: int, there: int, verdict: str
) -> None:
    # What servers up to 6.1 make of the size; the one here keeps it as it is.
    found = Noted(database, command={"create": "b", "capped": True, "size": asked})
    with database.asked() as db:
        db.create_collection("b", capped=True, size=there)
    assert found.probe().verdict == verdict


@pytest.mark.parametrize(
    ("was", "asked", "there", "verdict"),
    [
        (4096, 512, 4096, "not done"),
        (8192, 512, 4096, "done"),
        (5120, 5000, 5120, "not done"),
        (8192, 5000, 8192, "not done"),
        (8192, 5000, 5120, "done"),
        (5000, 5000, 5000, "done"),
    ],
)
def test_a_capped_collection_that_kept_its_size_was_not_given_another(
    database: MongoDatabase, was: int, asked: int, there: int, verdict: str
) -> None:
    # The server here keeps a size as it is said: what another makes of it is made by hand.
    scene: Command = {"create": "c", "capped": True, "size": was}
    found = Noted(database, scene, command={"collMod": "c", "cappedSize": asked})
    with database.asked() as db:
        if there != was:
            db.drop_collection("c")
            db.create_collection("c", capped=True, size=there)
    assert found.probe().verdict == verdict


def test_a_collection_that_was_made_capped_is_not_made_so_twice(database: MongoDatabase) -> None:
    convert: Command = {"convertToCapped": "a", "size": 5000}
    found = Noted(database, INVALID, command=convert)
    assert found.probe().verdict == "not done"
    with database.asked() as db:
        # As the command does it: a new collection under the old name.
        rows = list(db["a"].find())
        db.drop_collection("a")
        db.create_collection("a", capped=True, size=5120).insert_many(rows)
        assert found.probe().verdict == "done"
        db.drop_collection("a")
        db.create_collection("a")
    assert found.probe().verdict == "unknown"


def test_a_copy_into_a_capped_collection_is_not_told_as_done_where_half_of_it_may_be_there(
    new_mongo_database: Callable[[], MongoDatabase],
) -> None:
    database = new_mongo_database()
    # The server here has no such command: what it leaves when it is killed is made by hand.
    clone: Command = {"cloneCollectionAsCapped": "a", "toCollection": "b", "size": 5000}
    found = Noted(database, INVALID, command=clone)
    assert found.probe().verdict == "not done"
    with database.asked() as db:
        db.create_collection("b", capped=True, size=5000).insert_one({"_id": 1, "n": 1})
    finding = found.probe()
    assert finding.verdict == "unknown"
    assert [counted(database, query) for query in finding.query.split("; ")] == [2, 1]
    stood = Noted(new_mongo_database(), INVALID, {"create": "b", "capped": True, "size": 5000}, command=clone)
    assert stood.probe().verdict == "not done"


@pytest.mark.parametrize(
    ("scene", "command", "then"),
    [
        (
            {"create": "a", "timeseries": {"timeField": "t", "granularity": "seconds"}},
            {"collMod": "a", "timeseries": {"granularity": "minutes"}},
            {"timeseries": {"timeField": "t", "granularity": "minutes", "bucketMaxSpanSeconds": 86400}},
        ),
        (
            {"create": "a", "timeseries": {"timeField": "t"}, "expireAfterSeconds": 100},
            {"collMod": "a", "expireAfterSeconds": "off"},
            {"timeseries": {"timeField": "t"}},
        ),
        (
            {"create": "a", "timeseries": {"timeField": "t"}},
            {"collMod": "a", "expireAfterSeconds": 200},
            {"timeseries": {"timeField": "t"}, "expireAfterSeconds": 200},
        ),
        (
            {"create": "a", "viewOn": "b", "pipeline": []},
            {"collMod": "a", "viewOn": "v", "pipeline": [{"$match": {"n": 1}}]},
            {"viewOn": "v", "pipeline": [{"$match": {"n": 1}}]},
        ),
    ],
    ids=["granularity", "expiry off", "expiry", "a view on a view"],
)
def test_a_change_of_a_time_series_or_a_view_is_known_by_its_options(
    database: MongoDatabase, scene: Command, command: Command, then: Command
) -> None:
    # The server here takes such a collMod and does nothing: its effect is made by hand.
    found = Noted(database, scene, command=command)
    assert found.probe().verdict == "not done"
    with database.asked() as db:
        db.drop_collection("a")
        db.command({"create": "a", **then})
    assert found.probe().verdict == "done"


def test_an_expiry_on_old_documents_is_known_as_done_though_they_are_gone(database: MongoDatabase) -> None:
    old = {"$date": "2001-01-01T00:00:00Z"}
    scene: Command = {"insert": "a", "documents": [{"_id": 1, "t": old}, {"_id": 2, "t": old}]}
    expiry: Command = {"key": {"t": 1}, "name": "t", "expireAfterSeconds": 1}
    command: Command = {"createIndexes": "a", "indexes": [expiry]}
    found = Noted(database, scene, command=command)
    assert found.probe().verdict == "not done"
    applied(opened(database.url), command, version="2")
    with database.asked() as db:
        db["a"].delete_many({})  # what the index does within a minute
    assert found.probe().verdict == "done"
