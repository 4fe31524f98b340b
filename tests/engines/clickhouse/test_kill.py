"""A runner killed at any moment leaves what `recover` and another run bring to where an undisturbed run ends."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from schemactl.model.catalog import Catalog
from schemactl.script import sections, syntax
from tests.engines.clickhouse.scene import Shop, succeeded
from tests.fixtures.clickhouse import ClickHouseDatabase
from tests.tools.kills import unlike
from tests.tools.turnproxy import POINTS, Halt, Point

Databases = Callable[[], ClickHouseDatabase]
ROLL_BACK = ("rollback", "app", "--to", "0", "--yes")
MIGRATE = ("migrate",)
LEDGER = r"INSERT INTO schema_events"

# Every kind of statement that can be probed; what cannot be says that it is idempotent, and is.
FILES = {
    "0001_base.sql": """-- migrate:up
CREATE TABLE person (id UInt64, name String, seen UInt8) ENGINE = MergeTree ORDER BY id;
-- schemactl: idempotent
INSERT INTO person SELECT number, toString(number), 0 FROM numbers(50) WHERE (SELECT count() FROM person) = 0;
CREATE MATERIALIZED VIEW names ENGINE = MergeTree ORDER BY name AS SELECT name FROM person;
CREATE TABLE pet (id UInt64) ENGINE = Log;
CREATE VIEW one AS SELECT 1 AS id;
-- migrate:down
DROP TABLE one;
DROP TABLE pet;
DROP TABLE names;
DROP TABLE person;
""",
    "0002_change.sql": """-- migrate:up
ALTER TABLE person ADD COLUMN age UInt8, MODIFY COLUMN seen UInt16;
ALTER TABLE person UPDATE seen = seen + 1 WHERE id < 25;
ALTER TABLE person DELETE WHERE id >= 40;
RENAME TABLE person TO people, pet TO pets;
CREATE TABLE place (id UInt64) ENGINE = MergeTree ORDER BY id;
DROP TABLE place;
-- migrate:down
RENAME TABLE pets TO pet, people TO person;
ALTER TABLE person UPDATE seen = seen - 1 WHERE id < 25;
ALTER TABLE person DROP COLUMN age;
""",
}


@dataclass(frozen=True)
class End:
    """Where a run ended: by the tool, by SHOW CREATE, by the rows, by the ledger."""

    catalog: Catalog
    shown: dict[str, str]
    rows: dict[str, list[Any]]
    ledger: list[Any]


def end_of(shop: Shop) -> End:
    names = [name for (name,) in shop.ask("SHOW TABLES") if not name.startswith("schema_")]
    rows = {name: sorted(shop.ask(f"SELECT * FROM `{name}`")) for name in names}
    plain = [name for name in names if not name.startswith(".inner")]
    shown = {name: shop.ask(f"SHOW CREATE TABLE `{name}`")[0][0].replace(shop.database.name, "") for name in plain}
    engine = shop.engine()
    ledger = engine.ledger.read()
    engine.close()
    assert ledger.steps == () and shop.ask(UNFINISHED) == []
    entries = [(entry.version.text, entry.state, entry.up_hash) for entry in ledger.entries]
    return End(shop.workspace().catalog("app"), shown, rows, entries)


UNFINISHED = "SELECT table FROM system.mutations WHERE database = currentDatabase() AND is_done = 0"


class Runs:
    """Runs the tool on new databases, undisturbed or killed."""

    def __init__(self, root: Path, databases: Databases) -> None:
        self._root = root
        self._databases = databases
        self._count = 0

    def prepared(self, command: tuple[str, ...]) -> Shop:
        """A new database from which `command` has something to do."""
        self._count += 1
        shop = Shop(self._root / str(self._count), self._databases(), FILES)
        if command == ROLL_BACK:
            succeeded(shop.migrate())
        return shop

    def undisturbed(self, command: tuple[str, ...]) -> tuple[int, End]:
        """How often the ledger was written, and where a run ends that nothing disturbs."""
        shop = self.prepared(command)
        with shop.proxy() as proxy:
            child = shop.program(*command, url=shop.through(proxy))
            said, _ = child.communicate(timeout=60)
            assert child.returncode == 0, said
            return sum(LEDGER in turn.text for turn in proxy.seen), end_of(shop)

    def killed(self, command: tuple[str, ...], match: str, nth: int, point: Point) -> End:
        """Kill the run at that request, recover, run again: where that ends."""
        shop = self.prepared(command)
        with shop.proxy() as proxy:
            halt = proxy.arm(Halt(match=match, nth=nth, point=point))
            child = shop.program(*command, url=shop.through(proxy))
            try:
                halt.wait(120)
            finally:
                child.send_signal(signal.SIGKILL)
                print(child.communicate()[0])
            proxy.release()
        succeeded(shop.recover(wait_s=30))
        succeeded(shop.migrate() if command == MIGRATE else shop.rollback())
        return end_of(shop)


def statements(command: tuple[str, ...]) -> list[str]:
    scripts = [sections.parse(text, syntax.CLICKHOUSE, shown=name) for name, text in FILES.items()]
    parts = [script.up if command == MIGRATE else script.down for script in scripts]
    return [statement.text for part in parts if part is not None for statement in part.statements]


def check(runs: Runs, command: tuple[str, ...], points: Sequence[Point], *, sample: int | None) -> None:
    writes, expected = runs.undisturbed(command)
    places = [(re.escape(text), 1) for text in statements(command)]
    places += [(LEDGER, nth) for nth in range(1, writes + 1)]

    def killed(place: tuple[str, int], point: Point) -> End:
        return runs.killed(command, *place, point)

    found = unlike(places, points, killed, expected, seed=str(command), sample=sample)
    assert [
        (point, place, [str(d) for d in expected.catalog.difference(end.catalog)], end.rows)
        for point, place, end in found
    ] == []


@pytest.mark.parametrize(
    "command", [MIGRATE, pytest.param(ROLL_BACK, marks=pytest.mark.soak)], ids=["migrate", "rollback"]
)
def test_a_killed_run_is_recovered(
    tmp_path: Path, new_clickhouse_database: Databases, command: tuple[str, ...]
) -> None:
    check(Runs(tmp_path, new_clickhouse_database), command, POINTS, sample=1)


@pytest.mark.soak
@pytest.mark.parametrize("command", [MIGRATE, ROLL_BACK], ids=["migrate", "rollback"])
@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_at_any_of_its_statements_is_recovered(
    tmp_path: Path, new_clickhouse_database: Databases, command: tuple[str, ...], point: Point
) -> None:
    check(Runs(tmp_path, new_clickhouse_database), command, [point], sample=None)
