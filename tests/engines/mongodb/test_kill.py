"""A runner killed at any moment leaves what `recover` and another run bring to where an undisturbed run ends."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.engines.mongodb.shop import End, Shop, succeeded
from tests.fixtures.mongodb import MongoDatabase
from tests.projects.make import Files
from tests.tools.kills import unlike
from tests.tools.turnproxy import POINTS, Halt, Point, Turn

Databases = Callable[[], MongoDatabase]
ROLL_BACK = ("rollback", "app", "--to", "0", "--yes")
MIGRATE = ("migrate",)

FILES = {
    "0001_base.json": json.dumps(
        {
            "up": [
                {"create": "person", "validator": {"n": {"$type": "int"}}},
                {"insert": "person", "documents": [{"_id": n, "n": n} for n in range(20)]},
                {"insert": "pet", "documents": [{"_id": 1}]},
                {
                    "createIndexes": "person",
                    "indexes": [
                        {"key": {"n": 1}, "name": "n", "unique": True},
                        {"key": {"m": 1, "n": -1}, "name": "m"},
                    ],
                },
                {"create": "odd", "viewOn": "person", "pipeline": [{"$match": {"n": {"$mod": [2, 1]}}}]},
            ],
            "down": [
                {"drop": "odd"},
                {"dropIndexes": "person", "index": "*"},
                {"drop": "pet"},
                {"drop": "person"},
            ],
        },
        indent=1,
    ),
    "0002_change.json": json.dumps(
        {
            "up": [
                {"update": "person", "updates": [{"q": {"n": {"$lt": 10}}, "u": {"$inc": {"n": 100}}, "multi": True}]},
                {"collMod": "person", "validator": {"n": {"$type": "number"}}, "validationLevel": "moderate"},
                {"renameCollection": "pet", "to": "pets"},
                {"dropIndexes": "person", "index": "m"},
                {"delete": "person", "deletes": [{"q": {"_id": 19}, "limit": 1}]},
            ],
            "down": [
                {"insert": "person", "documents": [{"_id": 19, "n": 19}]},
                {"createIndexes": "person", "indexes": [{"key": {"m": 1, "n": -1}, "name": "m"}]},
                {"renameCollection": "pets", "to": "pet"},
                {"collMod": "person", "validator": {"n": {"$type": "int"}}, "validationLevel": "strict"},
                {
                    "update": "person",
                    "updates": [{"q": {"n": {"$gte": 100}}, "u": {"$inc": {"n": -100}}, "multi": True}],
                },
            ],
        },
        indent=1,
    ),
    "0003_fill.py": """def up(ctx):
    ctx.connection.person.update_many({}, {"$set": {"seen": True}})
    ctx.connection.pets.insert_one({"_id": 2})


def down(ctx):
    ctx.connection.pets.delete_one({"_id": 2})
    ctx.connection.person.update_many({}, {"$unset": {"seen": ""}})
""",
    "0004_batches.py": """# schemactl: transaction=none
def up(ctx):
    for one in ctx.connection.person.find({"done": {"$exists": False}}):
        ctx.connection.person.update_one({"_id": one["_id"]}, {"$set": {"done": 1}})


def down(ctx):
    ctx.connection.person.update_many({}, {"$unset": {"done": ""}})


def probe(ctx):
    # Half of either way is "not applied" for up and "applied" for down: both can be run again.
    left = ctx.connection.person.count_documents({"done": {"$exists": False}})
    done = ctx.connection.person.count_documents({"done": {"$exists": True}})
    return left == 0 if ctx.connection.schema_versions.find_one({"state": "applying"}) else done > 0
""",
}


class Runs:
    """Runs the tool on new databases, undisturbed or killed."""

    def __init__(
        self, root: Path, databases: Databases, files: Files = FILES, then: Callable[[Shop], object] | None = None
    ) -> None:
        """`then`: what follows each run, before it is seen where that ended."""
        self._root = root
        self._databases = databases
        self._files = files
        self._then = then
        self._count = 0

    def prepared(self, command: tuple[str, ...]) -> Shop:
        """A new database from which `command` has something to do."""
        self._count += 1
        shop = Shop(self._root / str(self._count), self._databases(), self._files)
        if command == ROLL_BACK:
            shop.migrate()
        return shop

    def undisturbed(self, command: tuple[str, ...]) -> tuple[list[Turn], End]:
        """What passes the wire in a run that nothing disturbs, and where it ends."""
        shop = self.prepared(command)
        with shop.proxy() as proxy:
            child = shop.program(*command, url=shop.through(proxy))
            said, _ = child.communicate(timeout=60)
            assert child.returncode == 0, said
            return proxy.seen, self._end(shop)

    def killed(self, command: tuple[str, ...], turn: Turn, point: Point) -> End:
        """Kill the run at that request, recover, run again: where that ends."""
        shop = self.prepared(command)
        with shop.proxy() as proxy:
            halt = proxy.arm(Halt.at(turn, point=point))
            child = shop.program(*command, url=shop.through(proxy))
            reached = halt.reached.wait(60)
            child.send_signal(signal.SIGKILL)
            said, _ = child.communicate()
            assert reached, f"the run did not come to {point} of {turn}:\n{said}"
            proxy.release()
        shop.run_out()
        # A heartbeat that was on its way when the run was killed may come in after that: then its lease is waited for.
        succeeded(shop.workspace().recover(wait_s=60))
        if command == MIGRATE:
            shop.migrate()
        else:
            shop.rollback()
        return self._end(shop)

    def _end(self, shop: Shop) -> End:
        if self._then is not None:
            self._then(shop)
        return shop.end()


def check(runs: Runs, command: tuple[str, ...], points: Sequence[Point], *, sample: int | None) -> None:
    passed, expected = runs.undisturbed(command)

    def killed(turn: Turn, point: Point) -> End:
        return runs.killed(command, turn, point)

    found = unlike(passed, points, killed, expected, seed=str(command), sample=sample)
    assert [
        (point, turn.text[:80], turn.nth, [str(one) for one in expected.catalog.difference(end.catalog)])
        for point, turn, end in found
    ] == []


@pytest.mark.parametrize("command", [MIGRATE, ROLL_BACK], ids=["migrate", "rollback"])
def test_a_killed_run_is_recovered(tmp_path: Path, new_mongo_database: Databases, command: tuple[str, ...]) -> None:
    check(Runs(tmp_path, new_mongo_database), command, POINTS, sample=1)


@pytest.mark.soak
@pytest.mark.parametrize("command", [MIGRATE, ROLL_BACK], ids=["migrate", "rollback"])
@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_at_any_of_its_requests_is_recovered(
    tmp_path: Path, new_mongo_database: Databases, command: tuple[str, ...], point: Point
) -> None:
    check(Runs(tmp_path, new_mongo_database), command, [point], sample=None)
