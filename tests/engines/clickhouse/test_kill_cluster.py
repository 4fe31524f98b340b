"""A runner killed while a cluster is at work: `recover` and another run bring both servers to where they belong."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemactl.sandbox.clickhouse_pair import Pair
from tests.engines.clickhouse.scene import Shop, succeeded
from tests.fixtures.clickhouse import ClickHouseDatabase
from tests.fixtures.clickhouse_pair import PairDatabase, drop_pair_database, make_pair_database
from tests.tools.kills import unlike
from tests.tools.turnproxy import POINTS, Halt, Point

FILES = {
    "0001_base.sql": """-- migrate:up
CREATE TABLE person (id UInt64, seen UInt8)
  ENGINE = ReplicatedMergeTree('/kill/{shard}/PLACE/person', '{replica}') ORDER BY id;
-- schemactl: idempotent
INSERT INTO person SELECT number, 0 FROM numbers(50) WHERE (SELECT count() FROM person) = 0;
CREATE MATERIALIZED VIEW names ENGINE = MergeTree ORDER BY id AS SELECT id FROM person;
CREATE TABLE pet (id UInt64) ENGINE = Log;
""",
    "0002_change.sql": """-- migrate:up
ALTER TABLE person ADD COLUMN age UInt8;
ALTER TABLE person UPDATE seen = seen + 1 WHERE id < 25;
RENAME TABLE pet TO pets;
DROP TABLE names;
CREATE VIEW adults AS SELECT id FROM person WHERE age > 17;
""",
}
# What each statement is on the wire: its first words, whatever stands between them and ON CLUSTER.
SENT = (
    r"CREATE TABLE person ON CLUSTER",
    r"INSERT INTO person SELECT",
    r"CREATE MATERIALIZED VIEW names ON CLUSTER",
    r"CREATE TABLE pet ON CLUSTER",
    r"ALTER TABLE person ADD",
    r"ALTER TABLE person UPDATE",
    r"RENAME TABLE pet TO pets ON CLUSTER",
    r"DROP TABLE names ON CLUSTER",
    r"CREATE VIEW adults ON CLUSTER",
)
LEDGER = r"INSERT INTO schema_events"


class Runs:
    """Runs the tool on new databases of the cluster, undisturbed or killed."""

    def __init__(self, root: Path, pair: Pair) -> None:
        self._root = root
        self._pair = pair
        self.made: list[PairDatabase] = []

    def prepared(self) -> tuple[Shop, PairDatabase]:
        database = make_pair_database(self._pair)
        self.made.append(database)
        files = {name: text.replace("PLACE", database.name) for name, text in FILES.items()}
        first = ClickHouseDatabase(database.url, database.name, self._pair.servers[0])
        return Shop(self._root / str(len(self.made)), first, files), database

    def undisturbed(self) -> tuple[int, Any]:
        shop, database = self.prepared()
        with shop.proxy() as proxy:
            child = shop.program("migrate", url=shop.through(proxy))
            said, _ = child.communicate(timeout=120)
            assert child.returncode == 0, said
            return sum(LEDGER in turn.text for turn in proxy.seen), end_of(shop, database)

    def killed(self, match: str, nth: int, point: Point) -> Any:
        shop, database = self.prepared()
        with shop.proxy() as proxy:
            halt = proxy.arm(Halt(match=match, nth=nth, point=point))
            child = shop.program("migrate", url=shop.through(proxy))
            try:
                # A write of the ledger may have been repeated in the undisturbed run: then there is one less here.
                while not halt.reached.wait(0.1) and child.poll() is None:
                    pass
                assert halt.reached.is_set() or match == LEDGER
            finally:
                child.send_signal(signal.SIGKILL)
                print(child.communicate()[0])
            proxy.release()
        succeeded(shop.recover(wait_s=60))
        succeeded(shop.migrate())
        return end_of(shop, database)


@pytest.fixture
def runs(tmp_path: Path, clickhouse_pair: Pair) -> Iterator[Runs]:
    made = Runs(tmp_path, clickhouse_pair)
    yield made
    for database in made.made:
        drop_pair_database(database)


def end_of(shop: Shop, database: PairDatabase) -> Any:
    """What each server has, by SHOW CREATE and by its rows, and what the ledger says."""
    engine = shop.engine()
    ledger, broken = engine.ledger.read(), engine.catalog.broken()
    engine.close()
    assert (ledger.steps, broken) == ((), ())
    found: list[Any] = [(entry.version.text, entry.state) for entry in ledger.entries]
    for at in (0, 1):
        database.ask("SYSTEM SYNC REPLICA person", at)
        for (name,) in sorted(database.ask("SHOW TABLES", at)):
            if not name.startswith(("schema_", ".inner")):
                shown = database.ask(f"SHOW CREATE TABLE `{name}`", at)[0][0].replace(database.name, "")
                rows = sorted(database.ask(f"SELECT * FROM `{name}`", at)) if name != "names" else []
                found.append((at, name, shown, rows))
    return found


def check(runs: Runs, *points: Point, sample: int | None) -> None:
    writes, expected = runs.undisturbed()
    places = [(text, 1) for text in SENT] + [(LEDGER, nth) for nth in range(1, writes + 1)]

    def killed(place: tuple[str, int], point: Point) -> Any:
        return runs.killed(*place, point)

    found = unlike(places, points, killed, expected, seed="cluster ", sample=sample)
    assert [(point, place, end, expected) for point, place, end in found] == []


@pytest.mark.soak
def test_a_run_on_a_cluster_that_is_killed_is_recovered(runs: Runs) -> None:
    check(runs, *POINTS, sample=1)


@pytest.mark.soak
@pytest.mark.parametrize("point", POINTS)
def test_a_run_on_a_cluster_killed_at_any_of_its_statements_is_recovered(runs: Runs, point: Point) -> None:
    check(runs, point, sample=None)


def test_every_statement_of_the_files_is_looked_for() -> None:
    statements = [line for text in FILES.values() for line in re.findall(r"^[A-Z]+ [A-Z]+ .*$", text, re.MULTILINE)]
    assert len(statements) == len(SENT)
