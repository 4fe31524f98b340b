"""What recovery finds of a statement, kind by kind: the catalogue is brought to where a crash could leave it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from schemactl.contract.engine import Engine
from schemactl.contract.finding import Finding
from schemactl.contract.job import Job, PlannedStatement
from schemactl.model.step import Step
from schemactl.running.hands import Before
from tests.contract.clickhouse_dialect import NATIVE
from tests.contract.work import job_up
from tests.engines.clickhouse.scene import Shop

GROUND = "CREATE TABLE {} (id UInt64, word String) ENGINE = MergeTree ORDER BY id"
COPY = "CREATE TABLE c ENGINE = Log AS SELECT id FROM t"
FILL = "INSERT INTO t SELECT number, 'a' FROM numbers(3)"
ADD = "ALTER TABLE t ADD COLUMN n UInt8"
MODIFY = "ALTER TABLE t MODIFY COLUMN word Nullable(String)"
COMMENT = "ALTER TABLE t COMMENT COLUMN word 'w'"
MV = "CREATE MATERIALIZED VIEW v ENGINE = MergeTree ORDER BY id AS SELECT id FROM t"


@dataclass(frozen=True)
class Scene:
    """A database, and the engine's eyes on it."""

    shop: Shop
    engine: Engine

    def lone(self, statement: str, *said: str) -> tuple[Job, PlannedStatement]:
        job = job_up(self.engine, NATIVE, "1", statement, said=said)
        return job, job.segments[0].steps[0]

    def before(self, statement: str) -> Before:
        """What would be noted of the statement now."""
        from schemactl.contract.opening import Opening, Stop
        from schemactl.engines.clickhouse import observe
        from schemactl.engines.clickhouse.connection import Session

        session = Session(Opening(self.shop.url, "a test's database", "shop/app", Stop()))
        try:
            return observe.before(session, self.lone(statement)[1])
        finally:
            session.close()

    def probe(self, statement: str, noted: Before, *said: str) -> Finding:
        job, planned = self.lone(statement, *said)
        return self.engine.recovery.probe(job, planned, step(noted))

    def tidy(self, statement: str, noted: Before) -> str:
        return self.engine.recovery.tidy(self.lone(statement)[1], step(noted))

    def do(self, *statements: str) -> None:
        for statement in statements:
            self.shop.ask(statement)


def step(noted: Before) -> Step:
    return Step(
        version_id=1, direction="up", ordinal=0, segment=0, statement_hash="", line=2, state="intent", before=noted
    )


@pytest.fixture
def scene(shop: Shop) -> Iterator[Scene]:
    engine = shop.engine()
    yield Scene(shop, engine)
    engine.close()


# (statements before, the statement, what was done of it, verdict)
CASES = [
    ([], GROUND.format("t"), [], "not done"),
    ([], GROUND.format("t"), [GROUND.format("t")], "done"),
    ([GROUND.format("t")], GROUND.format("IF NOT EXISTS t"), [], "not done"),
    ([GROUND.format("t")], "CREATE VIEW v AS SELECT id FROM t", ["CREATE VIEW v AS SELECT id FROM t"], "done"),
    ([GROUND.format("t")], COPY, ["CREATE TABLE c (id UInt64) ENGINE = Log"], "unknown"),
    ([GROUND.format("t")], MV, [MV], "done"),
    ([GROUND.format("t")], MV, [GROUND.format("`.inner.v`")], "half"),
    ([GROUND.format("t"), MV], "DROP TABLE v", ["DROP TABLE v"], "done"),
    ([GROUND.format("t"), MV], "DROP TABLE v", ["DROP TABLE `.inner.v`"], "half"),
    ([GROUND.format("t"), MV], "DROP TABLE v", [], "not done"),
    ([GROUND.format("t")], "DROP TABLE t", ["DROP TABLE t"], "done"),
    ([GROUND.format("t")], "DROP TABLE IF EXISTS t", [], "not done"),
    ([], "DROP TABLE IF EXISTS t", [], "not done"),
    ([GROUND.format("a"), GROUND.format("b")], "RENAME TABLE a TO c, b TO d", [], "not done"),
    ([GROUND.format("a"), GROUND.format("b")], "RENAME TABLE a TO c, b TO d", ["RENAME TABLE a TO c"], "half"),
    ([GROUND.format("a"), GROUND.format("b")], "RENAME TABLE a TO c, b TO d", ["RENAME TABLE a TO c, b TO d"], "done"),
    ([GROUND.format("a")], "RENAME TABLE a TO b", ["DROP TABLE a"], "unknown"),
    ([GROUND.format("t")], ADD, [], "not done"),
    ([GROUND.format("t")], ADD, [ADD], "done"),
    ([GROUND.format("t")], MODIFY, [MODIFY], "done"),
    ([GROUND.format("t")], COMMENT, [COMMENT], "done"),
    ([GROUND.format("t")], "ALTER TABLE t MODIFY COLUMN word String", [], "not done"),
    ([GROUND.format("t")], "ALTER TABLE t DELETE WHERE id = 1", [], "not done"),
    ([GROUND.format("t"), FILL], "TRUNCATE TABLE t", [], "not done"),
    ([GROUND.format("t"), FILL], "TRUNCATE TABLE t", [FILL], "not done"),
    ([GROUND.format("t"), FILL], "TRUNCATE TABLE t", ["TRUNCATE TABLE t"], "done"),
    ([GROUND.format("t"), FILL], "TRUNCATE TABLE t", ["TRUNCATE TABLE t", FILL], "done"),
    (["CREATE TABLE t (id UInt8) ENGINE = Log"], "TRUNCATE TABLE t", [], "unknown"),
    ([GROUND.format("t")], "OPTIMIZE TABLE t", [], "not done"),
    ([GROUND.format("t")], "ALTER TABLE t DROP PARTITION tuple()", [], "unknown"),
    ([GROUND.format("t")], "INSERT INTO t SELECT 1, 'a'", ["INSERT INTO t SELECT 1, 'a'"], "unknown"),
    ([GROUND.format("t")], "INSERT INTO t SELECT 1, 'a'", [], "unknown"),
    ([], "SYSTEM DROP DNS CACHE", [], "not done"),
    ([], "SELECT 1", [], "not done"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("scenery", "statement", "done", "verdict"), CASES, ids=[f"{n}-{c[3]}" for n, c in enumerate(CASES)]
)
def test_what_is_found_is_what_was_left(
    scene: Scene, scenery: list[str], statement: str, done: list[str], verdict: str
) -> None:
    scene.do(*scenery)
    noted = scene.before(statement)
    scene.do(*done)
    found = scene.probe(statement, noted)
    assert (found.verdict, bool(found.evidence)) == (verdict, True)
    assert found.query or verdict != "unknown"


def test_half_a_view_is_taken_away_and_can_be_made_again(scene: Scene) -> None:
    scene.do(GROUND.format("t"))
    noted = scene.before(MV)
    scene.do(GROUND.format("`.inner.v`"))
    assert ".inner.v" in scene.tidy(MV, noted)
    assert scene.probe(MV, noted).verdict == "not done"
    scene.do(MV)
    assert scene.probe(MV, noted).verdict == "done"


def test_half_a_rename_is_renamed_back_and_can_be_sent_again(scene: Scene) -> None:
    statement = "RENAME TABLE a TO x, b TO a, x TO b"
    scene.do(GROUND.format("a"), GROUND.format("b"), "ALTER TABLE b ADD COLUMN mark UInt8")
    noted = scene.before(statement)
    scene.do("RENAME TABLE a TO x", "RENAME TABLE b TO a")
    assert scene.probe(statement, noted).verdict == "half"
    assert scene.tidy(statement, noted)
    assert scene.probe(statement, noted).verdict == "not done"
    assert "mark" in scene.shop.ask("SHOW CREATE TABLE b")[0][0]
    scene.do(statement)
    assert scene.probe(statement, noted).verdict == "done"


def test_a_swap_of_two_equal_tables_cannot_be_told_and_is_not_guessed(scene: Scene) -> None:
    statement = "RENAME TABLE a TO x, b TO a, x TO b"
    scene.do(GROUND.format("a"), GROUND.format("b"))
    noted = scene.before(statement)
    found = scene.probe(statement, noted)
    assert (found.verdict, bool(found.query)) == ("unknown", True)


def test_a_mutation_is_known_by_its_command_among_others(scene: Scene) -> None:
    statement = "ALTER TABLE t UPDATE word = 'z' WHERE id = (1 + 1)"
    scene.do(GROUND.format("t"), "INSERT INTO t SELECT number, 'a' FROM numbers(5)")
    noted = scene.before(statement)
    scene.do("ALTER TABLE t DELETE WHERE id = 4", statement)
    found = scene.probe(statement, noted)
    if found.verdict == "half":
        assert scene.tidy(statement, noted)
        found = scene.probe(statement, noted)
    assert found.verdict == "done"
    assert scene.shop.ask("SELECT id FROM t WHERE word = 'z'") == [(2,)]


def test_a_mutation_that_was_there_before_is_not_taken_for_ours(scene: Scene) -> None:
    statement = "ALTER TABLE t UPDATE word = 'z' WHERE 1"
    scene.do(GROUND.format("t"), "INSERT INTO t SELECT 1, 'a'", statement)
    noted = scene.before(statement)
    assert scene.probe(statement, noted).verdict == "not done"


def test_an_insert_tells_how_many_rows_there_were(scene: Scene) -> None:
    scene.do(GROUND.format("t"), "INSERT INTO t SELECT number, 'a' FROM numbers(7)")
    found = scene.probe("INSERT INTO t SELECT 1, 'b'", scene.before("INSERT INTO t SELECT 1, 'b'"))
    assert "7 rows before" in found.evidence and "no part was added" in found.evidence
    assert scene.shop.ask(found.query) == [(7,)]


def test_what_is_idempotent_may_run_again_where_nothing_tells(scene: Scene) -> None:
    scene.do(GROUND.format("t"))
    statement = "INSERT INTO t SELECT 1, 'a'"
    assert scene.probe(statement, scene.before(statement), "idempotent").verdict == "not done"


def test_a_statement_that_nothing_shows_is_not_in_its_query_but_as_a_comment(scene: Scene) -> None:
    scene.do(GROUND.format("t"))
    statement = "ALTER TABLE t ATTACH PARTITION tuple()"
    found = scene.probe(statement, scene.before(statement))
    assert found.verdict == "unknown"
    assert all(line.startswith("--") for line in found.query.splitlines())


@pytest.mark.parametrize(
    "statement", ["DROP TABLE ext", "RENAME TABLE ext TO other", "ALTER TABLE ext ADD COLUMN n UInt8"]
)
def test_a_table_s_password_does_not_reach_the_ledger(scene: Scene, statement: str) -> None:
    """This server shows it in each CREATE statement that it is asked for."""
    scene.do("CREATE TABLE ext (id UInt64) ENGINE = MySQL('127.0.0.1:1', 'd', 't', 'me', 's3cret')")
    assert "s3cret" in scene.shop.ask("SELECT create_table_query FROM system.tables WHERE name = 'ext'")[0][0]
    scene.shop.write("1_ext.sql", f"{statement};")
    scene.shop.migrate()
    payloads = [str(one) for one in scene.shop.ask("SELECT payload FROM schema_events")]
    assert any("before" in one for one in payloads)
    assert not any("s3cret" in one for one in payloads)
