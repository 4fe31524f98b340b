"""What verify finds in a Neo4j target: each fault is planted for real, and named; a sound target shows nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemactl.contract.engine import Engine, require
from schemactl.contract.verifying import Inspected
from schemactl.engines import open_engine
from schemactl.engines.neo4j import verifying_data
from schemactl.engines.neo4j.verifying_data import outside
from schemactl.engines.neo4j.verifying_state import rows
from schemactl.errors import ConfigError, RunInterruptedError
from schemactl.events import StepProgress, ignore
from schemactl.sandbox import neo4j as sandbox
from tests.engines.neo4j.conftest import Open, opening_on
from tests.fixtures.absence import not_run
from tests.fixtures.neo4j import Database, driver_of

LONG = "x" * 40_000  # an index takes 8,167 bytes


def looked(engine: Engine, name: str, emit: Any = ignore) -> Inspected:
    verifier = require(engine.verifier, "verify", "shop/app")
    (inspection,) = (one for one in verifier.inspections(deep=True) if one.name == name)
    return verifier.inspect(inspection, emit=emit)


def only(inspected: Inspected) -> tuple[str, str, str]:
    """The one flaw that there is to be."""
    assert inspected.not_run == ""
    (flaw,) = inspected.flaws
    return flaw


def test_a_sound_target_shows_nothing(neo4j_database: Database, opened: Open) -> None:
    for statement in (
        "UNWIND range(1, 50) AS i CREATE (a:A {k: i, x: 'x' + i, `y z`: [i]})-[:R {at: i, s: 'a'}]->(:B {t: 'text'})",
        "CREATE CONSTRAINT one FOR (a:A) REQUIRE a.k IS UNIQUE",
        "CREATE CONSTRAINT two FOR (a:A) REQUIRE (a.k, a.`y z`) IS UNIQUE",
        "CREATE CONSTRAINT three FOR ()-[r:R]-() REQUIRE r.at IS UNIQUE",
        "CREATE INDEX four FOR (a:A) ON (a.`y z`)",
        "CREATE INDEX five FOR ()-[r:R]-() ON (r.s)",
        "CREATE INDEX six FOR (a:A) ON (a.x, a.k)",
        "CREATE TEXT INDEX seven FOR (b:B) ON (b.t)",
        "CREATE FULLTEXT INDEX eight FOR (n:B|A) ON EACH [n.t, n.x]",
        "CALL db.awaitIndexes()",
    ):
        neo4j_database.ask(statement)
    engine = opened()
    verifier = require(engine.verifier, "verify", "shop/app")
    told = {one.name: verifier.inspect(one, emit=ignore) for one in verifier.inspections(deep=True)}
    assert {name: (one.flaws, one.not_run) for name, one in told.items() if one.flaws or one.not_run} == {}
    ours = len(neo4j_database.ask("SHOW CONSTRAINTS YIELD name WHERE name STARTS WITH 'schema_'"))
    of_one = len(
        neo4j_database.ask("SHOW INDEXES YIELD name, type, properties WHERE type = 'RANGE' AND size(properties) = 1")
    )
    assert told["constraints"].examined == told["violations"].examined == 3 + ours
    assert told["index-entries"].examined == of_one >= 4
    assert (told["store"].examined, told["store"].unit) == (150 + nodes_of_ours(neo4j_database), "rows")
    assert told["indexes"].examined == len(neo4j_database.ask("SHOW INDEXES"))


def nodes_of_ours(database: Database) -> int:
    return int(database.one("MATCH (n) WHERE any(l IN labels(n) WHERE l STARTS WITH 'Schema') RETURN count(n)"))


@pytest.mark.parametrize(
    ("counted", "apart"),
    [
        ((100, 100, 100), 0),
        ((100, 98, 100), -2),
        ((100, 103, 100), 3),
        ((100, 105, 110), 0),
        ((110, 105, 100), 0),
        ((100, 120, 110), 0),
        ((100, 121, 110), 11),
        ((110, 89, 100), -11),
    ],
)
def test_an_index_lies_apart_where_writing_does_not_explain_it(counted: tuple[int, int, int], apart: int) -> None:
    assert outside(*counted) == apart


def test_what_is_written_while_it_is_counted_is_no_finding(
    neo4j_database: Database, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    neo4j_database.ask("CREATE INDEX ranged FOR (n:W) ON (n.k)")
    neo4j_database.ask("CREATE TEXT INDEX texts FOR (n:W) ON (n.k)")
    neo4j_database.ask("CALL db.awaitIndexes()")
    engine, asked = opened(), []

    def written_before(session: Any, text: str, **values: Any) -> list[dict[str, Any]]:
        """Somebody writes between any two questions."""
        neo4j_database.ask("CREATE (:W {k: 'one more'})")
        asked.append(text)
        return rows(session, text, **values)

    monkeypatch.setattr(verifying_data, "rows", written_before)
    told = looked(engine, "index-entries")
    assert (told.flaws, told.not_run) == ((), "")
    assert len([text for text in asked if "(`k`)" in text]) == 1


def test_an_index_that_could_not_be_built_is_named_with_its_reason(neo4j_database: Database, opened: Open) -> None:
    neo4j_database.ask("CREATE (:Big {v: $long})", long=LONG)
    neo4j_database.ask("CREATE INDEX `big one` FOR (n:Big) ON (n.v)")
    while neo4j_database.one("SHOW INDEXES YIELD name, state WHERE name = 'big one' RETURN state") == "POPULATING":
        pass
    about, what, do = only(looked(opened(), "indexes"))
    assert about == "index big one"
    assert what.startswith("it is FAILED, and no query uses it: Property value is too large to index")
    assert "DROP INDEX `big one`" in do


def test_an_index_that_is_being_built_is_named(neo4j_database: Database, opened: Open) -> None:
    neo4j_database.ask("UNWIND range(1, 1500) AS i CREATE (:V {v: [x IN range(1, 256) | rand()]})")
    engine = opened()
    while True:
        neo4j_database.ask(
            "CREATE VECTOR INDEX near FOR (n:V) ON (n.v)"
            " OPTIONS {indexConfig: {`vector.dimensions`: 256, `vector.similarity_function`: 'cosine'}}"
        )
        if (told := looked(engine, "indexes")).flaws:
            break
        neo4j_database.ask("DROP INDEX near")
    about, what, do = only(told)
    assert (about, what.startswith("it is still being built: ")) == ("index near", True)
    assert "db.awaitIndex('near')" in do


def test_how_far_it_is_is_told_and_a_stop_ends_it(neo4j_database: Database, opened: Open) -> None:
    heard: list[Any] = []
    opening = opening_on(neo4j_database)
    engine = open_engine("neo4j", opening)

    def hear(event: Any) -> None:
        heard.append(event)
        opening.stop.ask()

    assert looked(engine, "store").not_run == ""
    looked(engine, "store", hear)
    with pytest.raises(RunInterruptedError):
        looked(engine, "store")
    engine.close()
    assert heard == [StepProgress(opening.target, "store", 1, 2, "kinds")]


@pytest.fixture
def own() -> Iterator[Database]:
    """A server whose files a test may change; it looks for overdue transactions all the time, not every two seconds."""
    try:
        server = sandbox.start(settings={"db.transaction.monitor.check.interval": "10ms"})
    except ConfigError as error:
        not_run("neo4j", "Neo4j 5.26", error.what, error.do or "no way is known")
    with server, driver_of(server.url) as driver:
        yield Database(server.url, server, driver)


def index_folder(database: Database, name: str) -> Path:
    assert isinstance(database.server, sandbox.Server)
    number = database.one("SHOW INDEXES YIELD id, name WHERE name = $name RETURN id", name=name)
    return database.server.home / f"data/databases/neo4j/schema/index/range-1.0/{number}"


@pytest.mark.soak  # a server of its own, started four times
def test_an_index_that_lost_entries_and_what_came_in_past_it_are_named(own: Database) -> None:
    assert isinstance(own.server, sandbox.Server)
    own.ask("CREATE CONSTRAINT one FOR (u:U) REQUIRE u.k IS UNIQUE")
    own.ask("CREATE (:U {k: 1}), (:U {k: 2})")
    folder = index_folder(own, "one")
    # A server that recovered has everything on disk, and nothing to recover any more.
    own.server.restart()
    (file,) = (one for one in folder.rglob("*") if one.is_file())
    older = file.read_bytes()
    own.ask("CREATE (:U {k: 3})")
    own.server.restart()
    own.server.kill()
    file.write_bytes(older)
    own.server.restart()
    engine = open_engine("neo4j", opening_on(own))
    about, what, _ = only(looked(engine, "index-entries"))
    assert (about, what) == ("index one", "it finds 2 of what it is on, and there are 3")
    assert looked(engine, "violations").flaws == ()
    own.ask("CREATE (:U {k: 3})")
    about, what, do = only(looked(engine, "violations"))
    assert about == "constraint one"
    assert what.startswith("1 values are there more than once, at nodes: [") and what.count("'4:") == 2
    assert "DROP CONSTRAINT `one`" in do
    assert looked(engine, "constraints").flaws == ()
    engine.close()
    # An index whose files are gone is built anew, which fails on what is there twice.
    own.server.kill()
    shutil.rmtree(folder)
    own.server.restart()
    while own.one("SHOW INDEXES YIELD name, state WHERE name = 'one' RETURN state") == "POPULATING":
        pass
    engine = open_engine("neo4j", opening_on(own))
    about, what, _ = only(looked(engine, "constraints"))
    assert (about, what.startswith("nothing holds it: its index one is FAILED: ")) == ("constraint one", True)
    engine.close()


@pytest.mark.soak  # the same server, and many nodes
def test_a_look_that_takes_longer_than_the_time_limit_did_not_pass(own: Database) -> None:
    own.ask("UNWIND range(1, 200000) AS i CREATE (:Many {a: i})")
    engine = open_engine("neo4j", opening_on(own, statement_timeout_ms=1))
    told = looked(engine, "store")
    engine.close()
    assert (told.examined, told.flaws) == (0, ())
    assert told.not_run.startswith("nodes: it was not done within 0.001 s")
    assert told.not_run.endswith("Raise `statement_timeout`")
