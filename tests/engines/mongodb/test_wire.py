"""What is really sent, read on the wire: concerns, quorums and limits of time are there where they must be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.engines.mongodb.scene import Command, applied, sent, watched
from tests.engines.mongodb.shop import Shop, succeeded
from tests.fixtures.mongodb import MongoDatabase
from tests.tools.mongo_wire import WholeWire, answering
from tests.tools.turnproxy import Halt, TurnProxy

WRITES = {"insert", "update", "delete", "findAndModify"}
CHANGES = {"create", "createIndexes", "drop", "dropIndexes", "collMod", "renameCollection", "createUser", "dropUser"}
READS = {"find", "aggregate"}
MAJORITY = {"w": "majority"}
FILES = {
    "0001_base.json": json.dumps(
        {
            "schemactl": {"statement_timeout": "7s"},
            "up": [
                {"create": "a", "validator": {}},
                {"insert": "a", "documents": [{"_id": 1}]},
                {"findAndModify": "a", "query": {"_id": 1}, "update": {"$set": {"n": 1}}},
                {
                    "createIndexes": "a",
                    "indexes": [{"key": {"n": 1}, "name": "n"}],
                    "commitQuorum": "majority",
                    "comment": "its own",
                },
                {"createIndexes": "a", "indexes": [{"key": {"m": 1}, "name": "m"}]},
                {"dropIndexes": "a", "index": "m", "maxTimeMS": 500},
                {"collMod": "a", "validationLevel": "moderate"},
                {"renameCollection": "a", "to": "b"},
                {"aggregate": "b", "pipeline": [{"$out": "c"}], "cursor": {}},
                {"createUser": "u", "pwd": "w0rd", "roles": []},
                {"dropUser": "u"},
                {"drop": "c"},
            ],
        }
    ),
    "0002_lone.json": json.dumps(
        {
            "schemactl": {"transaction": "none"},
            "up": [{"update": "b", "updates": [{"q": {"_id": 1}, "u": {"$set": {"lone": 1}}}]}],
        }
    ),
    "0003_script.py": "def up(ctx):\n    ctx.connection.b.update_one({}, {'$set': {'script': 1}})\n",
    "0004_lone.py": "# schemactl: transaction=none\ndef up(ctx):\n    ctx.connection.b.insert_one({'_id': 2})\n",
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory, mongodb: Any) -> Iterator[list[Command]]:
    """Every request of a run that does all of this."""
    from tests.fixtures.mongodb import drop_mongo_database, make_mongo_database

    database = make_mongo_database(mongodb)
    shop = Shop(tmp_path_factory.mktemp("project"), database, FILES)
    at = urlsplit(database.url)
    with TurnProxy((at.hostname or "", at.port or 27017), WholeWire) as proxy:
        workspace = shop.workspace(shop.through(proxy))
        succeeded(workspace.migrate(workspace.plan()))
        workspace.status()
        yield [json.loads(turn.text) for turn in proxy.seen if turn.text]
    drop_mongo_database(database)


def name_of(command: Command) -> str:
    return next(iter(command))


def own(said: list[Command], name: str) -> list[Command]:
    """The commands of this name that are not about the ledger."""
    return [one for one in said if name_of(one) == name and not str(one[name]).startswith("schema_")]


def test_whatever_is_written_outside_a_transaction_asks_for_a_majority(said: list[Command]) -> None:
    outside = [one for one in said if "autocommit" not in one and name_of(one) in WRITES | CHANGES]
    outside += [one for one in said if "$out" in json.dumps(one)]
    assert {name_of(one) for one in outside} == (WRITES | CHANGES | {"aggregate"}) - {"delete"}
    assert [one for one in outside if one.get("writeConcern") != MAJORITY] == []


def test_every_transaction_reads_a_snapshot_and_ends_with_a_majority(said: list[Command]) -> None:
    inside = [one for one in said if "autocommit" in one]
    begun = [one for one in inside if one.get("startTransaction")]
    ends = [one for one in inside if name_of(one) in ("commitTransaction", "abortTransaction")]
    assert len(begun) == len(ends) > 0
    assert [one for one in begun if one["readConcern"].get("level") != "snapshot"] == []
    assert [one for one in ends if one.get("writeConcern") != MAJORITY] == []
    # No command within one may say its own.
    assert [one for one in inside if "writeConcern" in one and one not in ends] == []


def test_what_the_ledger_says_is_read_as_a_majority_has_it(said: list[Command]) -> None:
    reads = [one for one in said if name_of(one) in READS and str(one[name_of(one)]).startswith("schema_")]
    assert {one[name_of(one)] for one in reads} >= {"schema_format", "schema_versions"}
    assert [one for one in reads if one.get("readConcern") != {"level": "majority"}] == []


def test_an_index_has_the_quorum_that_its_migration_asks_for_and_else_all_voting_members(said: list[Command]) -> None:
    assert [one["commitQuorum"] for one in own(said, "createIndexes")] == ["majority", "votingMembers"]


def test_statement_timeout_is_the_limit_of_each_command_that_has_none_of_its_own(said: list[Command]) -> None:
    first = list(takewhile(lambda one: "lone" not in json.dumps(one), said))
    limits = {name_of(one): one.get("maxTimeMS") for name in WRITES | CHANGES for one in own(first, name)}
    limits |= {name_of(one): one.get("maxTimeMS") for one in first if "$out" in json.dumps(one)}
    own_limit = limits.pop("dropIndexes")
    assert limits == dict.fromkeys({"insert", "findAndModify", "aggregate"} | CHANGES - {"dropIndexes"}, 7000)
    assert own_limit == 500


def test_an_index_of_a_search_is_asked_for_without_a_write_concern_which_it_does_not_take(
    fresh_mongo_database: MongoDatabase,
) -> None:
    indexes = [{"name": "s", "definition": {"mappings": {"dynamic": True}}}]
    with watched(fresh_mongo_database.url) as (engine, proxy):
        # The server here has no such command: it never sees it, and the proxy answers.
        answer = answering(ok=1.0, indexesCreated=[{"id": "1", "name": "s"}])
        proxy.arm(Halt(match=r'\A{"createSearchIndexes"', point="sent", answer=answer))
        applied(engine, {"createSearchIndexes": "a", "indexes": indexes})
    (command,) = sent(proxy, "createSearchIndexes")
    assert (command["indexes"], "writeConcern" in command) == (indexes, False)


def test_the_password_of_a_user_is_sent_once_and_is_in_no_other_request(said: list[Command]) -> None:
    assert [name_of(one) for one in said if "w0rd" in json.dumps(one)] == ["createUser"]


def test_all_of_it_took_effect(fresh_mongo_database: MongoDatabase, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "project", fresh_mongo_database, FILES)
    shop.migrate()
    assert shop.end().rows["b"] == [{"_id": 1, "n": 1, "lone": 1, "script": 1}, {"_id": 2}]
