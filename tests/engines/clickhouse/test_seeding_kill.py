"""A run of seeds killed at any moment loses no row, and another ends where an undisturbed one does (docs/adr/0015)."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engines.clickhouse.scene import Shop
from tests.engines.clickhouse.test_kill import UNFINISHED
from tests.fixtures.clickhouse import ClickHouseDatabase
from tests.tools import seed_kills
from tests.tools.seed_kills import State
from tests.tools.turnproxy import POINTS, Halt, Point, TurnProxy

Databases = Callable[[], ClickHouseDatabase]
# Each can be run again: there is no transaction that its record could be in.
SCRIPTS = {
    "02_script.sql": "INSERT INTO note SELECT 'sql' WHERE (SELECT count() FROM note WHERE text = 'sql') = 0;\n",
    "03_python.py": """def seed(ctx):
    if not ctx.connection.execute("SELECT 1 FROM note WHERE text = 'python'"):
        ctx.connection.execute("INSERT INTO note SELECT 'python'")
""",
}
# What a run sends whatever the time: the lock is renewed when its time has come.
COUNTED = re.compile(r"\A(?!.*schema_lock)", re.DOTALL)


class Ground:
    """Target `shop/app` on a new database of ClickHouse 18.16."""

    def __init__(self, root: Path, database: ClickHouseDatabase) -> None:
        self._shop = Shop(root, database)
        folder = self._shop.root / "seeds/shop/app"
        folder.mkdir(parents=True)
        for name, text in seed_kills.files("{}", SCRIPTS).items():
            (folder / name).write_text(text)
        for name, columns in {
            "place": "name String, size Int32, region String",
            "note": "text String",
            "city": "name String, country String",
        }.items():
            database.ask(f"CREATE TABLE {name} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
        for place in seed_kills.THERE:
            database.ask("INSERT INTO place SELECT {!r}, {}, {!r}".format(*place))

    @contextmanager
    def proxied(self) -> Iterator[tuple[TurnProxy, str]]:
        with self._shop.proxy() as proxy:
            yield proxy, self._shop.through(proxy)

    def start(self, url: str | None = None) -> subprocess.Popen[str]:
        return self._shop.program("seed", "--wait", "60s", url=url)

    def passed(self, proxy: TurnProxy) -> int:
        return sum(bool(turn.text and COUNTED.search(turn.text)) for turn in proxy.seen)

    def halt(self, nth: int, point: Point) -> Halt:
        return Halt(match=COUNTED, nth=nth, point=point)

    def settle(self) -> None:
        """Until the server is done with what the dead run has sent."""
        until = time.monotonic() + 60
        while self._shop.ask(UNFINISHED):
            assert time.monotonic() < until
            time.sleep(0.02)

    def state(self) -> State:
        ask, records = self._shop.ask, []
        if self._shop.has("schema_seeds"):
            records = ask("SELECT version, name, kind, checksum FROM schema_seeds")
        marks: dict[str, Any] = {
            "01": ask("SELECT * FROM place ORDER BY name, size"),
            "02": ask("SELECT count() FROM note WHERE text = 'sql'"),
            "03": ask("SELECT count() FROM note WHERE text = 'python'"),
            "09": ask("SELECT * FROM city ORDER BY name"),
        }
        return State(marks, {version: rest for version, *rest in records})


def nothing_lost(left: State, before: State, after: State) -> list[str]:
    """What is recorded is there. What is not: each row that was there, or that of its key as the seed says, or both."""
    wrong = []
    for version, mark in left.marks.items():
        if mark == after.marks[version] or (mark == before.marks[version] and version not in left.records):
            continue
        old, new = before.marks[version], after.marks[version]
        names = {row[0] for row in mark}
        strange = [row for row in mark if row not in old and row not in new]
        if version in left.records or strange or not {row[0] for row in old} <= names or len(set(mark)) < len(mark):
            wrong.append(f"{version}: {mark}")
    return wrong


def grounds(root: Path, databases: Databases) -> Callable[[], seed_kills.Ground]:
    return seed_kills.each_in(root, lambda folder: Ground(folder, databases()))


def test_a_killed_run_loses_no_row_and_another_goes_on(tmp_path: Path, new_clickhouse_database: Databases) -> None:
    made = grounds(tmp_path, new_clickhouse_database)
    seed_kills.check(made, ["executed"], seed="seeds", sample=2, wrong=nothing_lost)


@pytest.mark.soak
@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_at_any_of_its_requests_loses_no_row(
    tmp_path: Path, new_clickhouse_database: Databases, point: Point
) -> None:
    made = grounds(tmp_path, new_clickhouse_database)
    seed_kills.check(made, [point], seed="seeds", sample=None, wrong=nothing_lost)
