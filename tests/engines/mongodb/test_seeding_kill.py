"""A run of seeds killed at any moment leaves each seed in full with its record, or neither; another run goes on.

Without transactions a seed is one document, and may be there before its record.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engines.mongodb.shop import Shop
from tests.fixtures.mongodb import MongoDatabase, make_mongo_database, own_server
from tests.tools import seed_kills
from tests.tools.seed_kills import State
from tests.tools.turnproxy import POINTS, Halt, Point, TurnProxy

Databases = Callable[[], MongoDatabase]
# Run twice, they would say so.
SCRIPTS = {
    "02_script.json": """[{"insert": "note", "documents": [{"text": "json"}]},
 {"update": "note", "updates": [{"q": {}, "u": {"$inc": {"times": 1}}, "multi": true}]}]
""",
    "03_python.py": "def seed(ctx):\n    ctx.connection.note.insert_one({'text': 'python'})\n",
}
# One document each, and scripts that can be run again.
LONE = {
    "01_place.toml": 'table = "place"\nkey = "name"\n[[rows]]\nname = "p04"\nsize = 4\n',
    "02_script.json": """[{"update": "note",
  "updates": [{"q": {"_id": 1}, "u": {"$set": {"text": "json"}}, "upsert": true}]}]
""",
    "03_python.py": """def seed(ctx):
    ctx.connection.note.update_one({"_id": 2}, {"$set": {"text": "python"}}, upsert=True)
""",
    "09_city.toml": 'table = "city"\nkey = "name"\n[[rows]]\nname = "c1"\ncountry = "x1"\n',
}


class Ground:
    """Target `shop/app` on a new database.

    counted  whether the numbers of a record are the same after a death: one that comes behind its rows may find them
             there
    """

    def __init__(self, root: Path, database: MongoDatabase, files: Mapping[str, str], *, counted: bool) -> None:
        self._shop = Shop(root, database, {})
        self._counted = counted
        folder = self._shop.root / "seeds/shop/app"
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text)
        with database.asked() as db:
            db["place"].insert_many(
                [{"name": name, "size": size, "region": region} for name, size, region in seed_kills.THERE]
            )
            for name in ("note", "city"):
                db.create_collection(name)

    @contextmanager
    def proxied(self) -> Iterator[tuple[TurnProxy, str]]:
        with self._shop.proxy() as proxy:
            yield proxy, self._shop.through(proxy)

    def start(self, url: str | None = None) -> subprocess.Popen[str]:
        return self._shop.program("seed", "--wait", "60s", url=url)

    def passed(self, proxy: TurnProxy) -> int:
        return sum(bool(turn.text) for turn in proxy.seen)

    def halt(self, nth: int, point: Point) -> Halt:
        return Halt(match="", nth=nth, point=point)

    def settle(self) -> None:
        self._shop.run_out()

    def state(self) -> State:
        def found(collection: str, **where: Any) -> list[Any]:
            hidden = {"_id": 0}
            return [tuple(one.items()) for one in db[collection].find(where, hidden, sort=[("name", 1)])]

        with self._shop.database.asked() as db:
            told = ("name", "kind", "checksum", *(("added", "changed", "same") if self._counted else ()))
            records = {one["version"]: [one[name] for name in told] for one in db["schema_seeds"].find()}
            marks = {"01": found("place"), "02": found("note", text="json"), "03": found("note", text="python")}
            return State({**marks, "09": found("city")}, records)


def grounds(
    root: Path, databases: Databases, files: Mapping[str, str], *, counted: bool = True
) -> Callable[[], seed_kills.Ground]:
    return seed_kills.each_in(root, lambda folder: Ground(folder, databases(), files, counted=counted))


def test_a_killed_run_leaves_whole_seeds_and_another_goes_on(tmp_path: Path, new_mongo_database: Databases) -> None:
    files = seed_kills.files("{}", SCRIPTS)
    seed_kills.check(grounds(tmp_path, new_mongo_database, files), POINTS, seed="seeds", sample=1)


@pytest.mark.soak
@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_at_any_of_its_requests_leaves_whole_seeds(
    tmp_path: Path, new_mongo_database: Databases, point: Point
) -> None:
    files = seed_kills.files("{}", SCRIPTS)
    seed_kills.check(grounds(tmp_path, new_mongo_database, files), [point], seed="seeds", sample=None)


def before_its_record(left: State, before: State, after: State) -> list[str]:
    """What is recorded is there; what is not is there as it was or as it is to be."""
    return [
        f"{version}: {mark}"
        for version, mark in left.marks.items()
        if mark != after.marks[version] and (version in left.records or mark != before.marks[version])
    ]


@pytest.mark.soak
@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_without_transactions_leaves_a_document_before_its_record_at_most(
    tmp_path: Path, point: Point
) -> None:
    with own_server(options=["--standalone"]) as server:
        made = grounds(tmp_path, lambda: make_mongo_database(server), LONE, counted=False)
        seed_kills.check(made, [point], seed="seeds", sample=None, wrong=before_its_record)
