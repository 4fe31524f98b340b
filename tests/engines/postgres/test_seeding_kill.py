"""A run of seeds killed at any moment leaves each seed in full with its record, or neither; another run goes on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engines.postgres.seeds import Seeds
from tests.engines.postgres.test_kill import proxy_to, through, wait_until_alone
from tests.fixtures.postgres import Database
from tests.tools import seed_kills
from tests.tools.pgproxy import POINTS, Fault, PgProxy, Point
from tests.tools.seed_kills import State

Databases = Callable[[], Database]
TABLES = """
CREATE TABLE place (name text PRIMARY KEY, size int, region text);
CREATE TABLE note (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text);
CREATE TABLE city (name text PRIMARY KEY, country text)
"""
# Run twice, they would say so.
SCRIPTS = {
    "02_script.sql": "INSERT INTO note (text) VALUES ('sql');\nUPDATE note SET text = text || ' done';\n",
    "03_python.py": "def seed(ctx):\n    ctx.connection.execute(\"INSERT INTO note (text) VALUES ('python')\")\n",
}
ANY = re.compile("")


class Ground:
    """Target `shop/app` on a new database."""

    def __init__(self, root: Path, database: Database) -> None:
        self._seeds = Seeds(root, database.url)
        self._database = database
        for name, text in seed_kills.files("{}", SCRIPTS).items():
            self._seeds.write(text, name)
        for statement in TABLES.split(";"):
            self._seeds.sql(statement)
        for place in seed_kills.THERE:
            self._seeds.sql(f"INSERT INTO place VALUES {place}")

    @contextmanager
    def proxied(self) -> Iterator[tuple[PgProxy, str]]:
        with proxy_to(self._database) as proxy:
            yield proxy, through(self._database, proxy)

    def start(self, url: str | None = None) -> subprocess.Popen[str]:
        arguments = [sys.executable, "-m", "schemactl", "-C", str(self._seeds.root), "--json", "seed", "--wait", "60s"]
        environ = os.environ | {"SCHEMACTL_URL__SHOP__APP": url or self._database.url}
        return subprocess.Popen(arguments, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def passed(self, proxy: PgProxy) -> int:
        return len(proxy.seen)

    def halt(self, nth: int, point: Point) -> Fault:
        return Fault(match=ANY, nth=nth, point=point)

    def settle(self) -> None:
        wait_until_alone(self._database)

    def state(self) -> State:
        ask, records = self._seeds.sql, []
        if ask("SELECT to_regclass('schemactl.schema_seeds')") != [(None,)]:
            told = "version, name, kind, checksum, added, changed, same"
            records = ask(f"SELECT {told} FROM schemactl.schema_seeds")
        marks: dict[str, Any] = {
            "01": ask("SELECT * FROM place ORDER BY name"),
            "02": ask("SELECT count(*) FROM note WHERE text = 'sql done'"),
            "03": ask("SELECT count(*) FROM note WHERE text = 'python'"),
            "09": ask("SELECT * FROM city ORDER BY name"),
        }
        return State(marks, {version: rest for version, *rest in records})


def grounds(root: Path, databases: Databases) -> Callable[[], seed_kills.Ground]:
    return seed_kills.each_in(root, lambda folder: Ground(folder, databases()))


def test_a_killed_run_leaves_whole_seeds_and_another_goes_on(tmp_path: Path, new_database: Databases) -> None:
    seed_kills.check(grounds(tmp_path, new_database), POINTS, seed="seeds", sample=1)


@pytest.mark.soak
@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_at_any_of_its_statements_leaves_whole_seeds(
    tmp_path: Path, new_database: Databases, point: Point
) -> None:
    seed_kills.check(grounds(tmp_path, new_database), [point], seed="seeds", sample=None)
