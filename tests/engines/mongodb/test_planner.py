"""What the manual of MongoDB allows where, whatever the server at hand lets pass."""

from __future__ import annotations

import json
import re
import uuid

import pytest

from schemactl.engines.mongodb import commands, queries
from schemactl.engines.mongodb.planner import MongoPlanner
from schemactl.errors import ConfigError, UnsupportedError
from schemactl.script.section import Section
from tests.contract.mongodb_dialect import parse, text
from tests.engines.mongodb.scene import Command, opened, up
from tests.fixtures.mongodb import MongoDatabase

SHARDING: tuple[Command, ...] = (
    {"enableSharding": "town"},
    {"movePrimary": "town", "to": "s1"},
    {"shardCollection": "town.a", "key": {"n": 1}},
    {"reshardCollection": "town.a", "key": {"m": 1}},
    {"refineCollectionShardKey": "town.a", "key": {"n": 1, "m": 1}},
    {"unshardCollection": "town.a"},
    {"moveCollection": "town.a", "toShard": "s1"},
    {"updateZoneKeyRange": "town.a", "min": {"n": 0}, "max": {"n": 9}, "zone": "z"},
    {"split": "town.a", "middle": {"n": 5}},
)
WRITE: Command = {"insert": "a", "documents": [{"_id": 1}]}


def section(*written: Command) -> Section:
    return parse(text(list(map(json.dumps, written)), None, ())).up


@pytest.mark.parametrize("command", SHARDING, ids=lambda command: next(iter(command)))
def test_on_a_sharded_cluster_a_command_of_its_own_is_never_in_a_transaction(command: Command) -> None:
    planner = MongoPlanner(database="town", sharded=True)
    segments = planner.segments(section(WRITE, command, WRITE), shown="0001_a.json")
    assert [one.mode for one in segments] == ["transaction", "alone", "transaction"]
    assert next(iter(command)) in commands.ON_ADMIN


@pytest.mark.parametrize("command", SHARDING, ids=lambda command: next(iter(command)))
def test_where_the_server_is_no_mongos_it_is_refused_before_anything_is_sent(
    fresh_mongo_database: MongoDatabase, command: Command
) -> None:
    engine = opened(fresh_mongo_database.url)
    with pytest.raises(UnsupportedError) as refused:
        up(engine, "1", WRITE, json.loads(json.dumps(command).replace("town", fresh_mongo_database.name)))
    assert (refused.value.code, refused.value.kind, refused.value.at) == (15, "not_sharded", "1_step.sql:3")
    assert "mongos" in (refused.value.do or "")
    with fresh_mongo_database.asked() as db:
        assert db.list_collection_names() == []


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ({"shardCollection": "town.schema_versions", "key": {"_id": 1}}, "drops_ledger"),
        ({"reshardCollection": "village.a", "key": {"_id": 1}}, "server_control"),
        ({"enableSharding": "village"}, "server_control"),
        ({"addShard": "rs/host"}, "server_control"),
        ({"balancerStop": 1}, "server_control"),
        ({"insert": "a", "documents": [{"x": "y" * (commands.LARGEST // 2)} for _ in range(2)]}, "too_large"),
    ],
    ids=["ledger", "collection elsewhere", "database elsewhere", "shards", "balancer", "16 MB"],
)
def test_what_no_migration_may_hold_is_refused_whatever_the_server(command: Command, kind: str) -> None:
    planner = MongoPlanner(database="town", sharded=True)
    with pytest.raises(ConfigError) as refused:
        planner.segments(section(command), shown="0001_a.json")
    assert (refused.value.kind, refused.value.at) == (kind, "0001_a.json:2")


@pytest.mark.parametrize(
    ("command", "query"),
    [
        (
            {"shardCollection": "town.a", "key": {"n": 1}},
            'db.getSiblingDB("config").runCommand({"find":"collections","filter":{"_id":"town.a"}})',
        ),
        (
            {"enableSharding": "town"},
            'db.getSiblingDB("config").runCommand({"find":"databases","filter":{"_id":"town"}})',
        ),
        (
            {"updateZoneKeyRange": "town.a", "min": {"n": 0}, "max": {"n": 9}, "zone": "z"},
            'db.getSiblingDB("config").runCommand({"find":"tags","filter":{"ns":"town.a"}})',
        ),
    ],
    ids=["collection", "database", "zone"],
)
def test_what_decides_about_it_is_asked_of_the_cluster_s_own_catalogue(command: Command, query: str) -> None:
    (statement,) = section(command).statements
    assert queries.of_data(commands.of(statement)) == query


CLUSTER = re.compile(r'db\.getSiblingDB\("(\w+)"\)\.runCommand\((.*)\)')


def parts(command: Command) -> list[tuple[str, Command]]:
    """The query that decides about it: in which database, and which command, of each."""
    (statement,) = section(command).statements
    found = [CLUSTER.fullmatch(one) for one in queries.of_data(commands.of(statement)).split("; ")]
    return [(one[1], json.loads(one[2])) for one in found if one]


@pytest.mark.parametrize(
    "command",
    [
        {"split": "town.a", "middle": {"n": 5}},
        {"moveChunk": "town.a", "find": {"n": 5}, "to": "s1"},
        {"moveRange": "town.a", "min": {"n": 5}, "toShard": "s1"},
        {"mergeChunks": "town.a", "bounds": [{"n": 0}, {"n": 5}]},
        {"clearJumboFlag": "town.a", "find": {"n": 5}},
    ],
    ids=lambda command: next(iter(command)),
)
def test_what_became_of_a_chunk_is_asked_of_the_chunks_of_its_own_collection(
    fresh_mongo_database: MongoDatabase, command: Command
) -> None:
    ((database, query),) = parts(command)
    assert database == "config"
    one, another = uuid.uuid4(), uuid.uuid4()
    # No cluster is here: its catalogue as the manual describes it, in a database of the test's own.
    with fresh_mongo_database.asked() as db:
        db["collections"].insert_many([{"_id": "town.a", "uuid": one}, {"_id": "town.b", "uuid": another}])
        shards = [(one, 5, "s1"), (another, 0, "s0"), (one, 0, "s0")]
        db["chunks"].insert_many([{"uuid": of, "min": {"n": at}, "shard": shard} for of, at, shard in shards])
        found = db.command(query)["cursor"]["firstBatch"]
    assert [(chunk["min"], chunk["shard"]) for chunk in found] == [({"n": 0}, "s0"), ({"n": 5}, "s1")]


@pytest.mark.parametrize(
    "command",
    [
        {"reshardCollection": "town.a", "key": {"m": 1}},
        {"unshardCollection": "town.a"},
        {"moveCollection": "town.a", "toShard": "s1"},
    ],
    ids=lambda command: next(iter(command)),
)
def test_of_what_takes_hours_in_a_cluster_it_is_asked_whether_it_goes_on(command: Command) -> None:
    (catalogue, _), (database, under_way) = parts(command)
    operations, mine = under_way["pipeline"]
    assert (catalogue, database, under_way["aggregate"]) == ("config", "admin", 1)
    assert operations == {"$currentOp": {"allUsers": True, "localOps": False}}
    assert mine["$match"]["type"] == "op"
    names = {"originatingCommand.reshardCollection", f"originatingCommand.{next(iter(command))}"}
    assert {name for one in mine["$match"]["$or"] for name in one} == names


@pytest.mark.parametrize(
    "command",
    [
        {"create": "b"},
        {"createIndexes": "b", "indexes": [{"key": {"n": 1}, "name": "n"}]},
        {"drop": "a"},
        {"collMod": "a", "validator": {}},
        {"dropIndexes": "a", "index": "n"},
        {"renameCollection": "a", "to": "z"},
        {"convertToCapped": "a", "size": 4096},
        {"cloneCollectionAsCapped": "a", "toCollection": "c", "size": 4096},
        {"createUser": "u", "pwd": "p", "roles": []},
        {"compact": "a"},
    ],
    ids=lambda command: next(iter(command)),
)
def test_no_change_of_the_schema_is_ever_in_a_transaction_though_a_lenient_server_takes_it(
    fresh_mongo_database: MongoDatabase, command: Command
) -> None:
    write: Command = {"insert": "pet", "documents": [{"_id": 1}]}
    job = up(opened(fresh_mongo_database.url), "1", write, command, write)
    assert [one.mode for one in job.segments] == ["transaction", "alone", "transaction"]


@pytest.mark.parametrize(
    "first",
    [
        {"convertToCapped": "a", "size": 4096},
        {"cloneCollectionAsCapped": "b", "toCollection": "a", "size": 4096},
        {"create": "a", "capped": True, "size": 4096},
        {"create": "a", "timeseries": {"timeField": "t"}},
        {"create": "a", "viewOn": "b", "pipeline": []},
    ],
    ids=["convert", "clone", "capped", "time series", "view"],
)
def test_no_write_to_what_a_migration_made_special_is_in_a_transaction(
    fresh_mongo_database: MongoDatabase, first: Command
) -> None:
    job = up(opened(fresh_mongo_database.url), "1", first, WRITE)
    assert [one.mode for one in job.segments] == ["alone", "alone"]
