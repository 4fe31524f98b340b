"""The same where the server has no transactions: what belongs together is written in an order that is always true."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engines.mongodb.shop import Shop
from tests.engines.mongodb.test_kill import MIGRATE, ROLL_BACK, Runs, check
from tests.fixtures.mongodb import MongoDatabase, make_mongo_database, own_server
from tests.tools.turnproxy import POINTS, Point

FILES = {
    "0001_base.json": json.dumps(
        {
            "up": [
                {"create": "person", "validator": {"n": {"$type": "int"}}},
                {"createIndexes": "person", "indexes": [{"key": {"n": 1}, "name": "n"}]},
                {"create": "log", "capped": True, "size": 5000},
            ],
            "down": [{"drop": "log"}, {"dropIndexes": "person", "index": "n"}, {"drop": "person"}],
        },
        indent=1,
    ),
    # No server says of a lone write whether it was done: that twice is the same as once, the file must say.
    "0002_rows.json": json.dumps(
        {
            "schemactl": {"idempotent": True},
            "up": [
                {"update": "person", "updates": [{"q": {"_id": n}, "u": {"$set": {"n": n}}, "upsert": True}]}
                for n in range(3)
            ],
            "down": [{"delete": "person", "deletes": [{"q": {}, "limit": 0}]}],
        },
        indent=1,
    ),
    "0003_copy.json": json.dumps(
        {
            "up": [
                {"aggregate": "person", "pipeline": [{"$out": "copy"}], "cursor": {}},
                {"collMod": "person", "index": {"name": "n", "prepareUnique": True}},
                {"collMod": "person", "index": {"name": "n", "unique": True}},
                {"renameCollection": "copy", "to": "people"},
            ],
            "down": [
                {"drop": "people"},
                {"dropIndexes": "person", "index": "n"},
                {"createIndexes": "person", "indexes": [{"key": {"n": 1}, "name": "n"}]},
            ],
        },
        indent=1,
    ),
    "0004_script.py": """def up(ctx):
    ctx.connection.person.update_many({}, {"$set": {"m": 1}})


def down(ctx):
    ctx.connection.person.update_many({}, {"$unset": {"m": ""}})


def probe(ctx):
    left = ctx.connection.person.count_documents({"m": {"$exists": False}})
    done = ctx.connection.person.count_documents({"m": {"$exists": True}})
    return left == 0 if ctx.connection.schema_versions.find_one({"state": "applying"}) else done > 0
""",
}


def goes_on(shop: Shop) -> None:
    """The next migration, after a way back all of them: it forgets the steps that a kill left behind their entry's end,
    which nobody takes for its own."""
    (shop.root / "migrations/shop/app/0005_next.json").write_text('{"up": [{"create": "next"}]}')
    shop.migrate()


@pytest.fixture(scope="module")
def standalone_databases() -> Iterator[Callable[[], MongoDatabase]]:
    with own_server(options=["--standalone"]) as server:
        yield lambda: make_mongo_database(server)


@pytest.mark.parametrize("command", [MIGRATE, ROLL_BACK], ids=["migrate", "rollback"])
def test_a_killed_run_is_recovered_without_transactions(
    tmp_path: Path, standalone_databases: Callable[[], MongoDatabase], command: tuple[str, ...]
) -> None:
    check(Runs(tmp_path, standalone_databases, FILES, goes_on), command, ["executed"], sample=1)


@pytest.mark.soak
@pytest.mark.parametrize("command", [MIGRATE, ROLL_BACK], ids=["migrate", "rollback"])
@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_at_any_of_its_requests_is_recovered_without_transactions(
    tmp_path: Path, standalone_databases: Callable[[], MongoDatabase], command: tuple[str, ...], point: Point
) -> None:
    check(Runs(tmp_path, standalone_databases, FILES, goes_on), command, [point], sample=None)
