"""Indexes and constraints without a name, by another name, made by two at once: never is the wrong one done."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from schemactl.contract.opening import Patience
from schemactl.errors import ConnectError, StatementError, UnsupportedError
from tests.contract.neo4j_dialect import DIALECT
from tests.contract.work import job_down, job_up, prepare, run_on, standing
from tests.engines.neo4j.conftest import Open
from tests.engines.neo4j.graph import through
from tests.engines.neo4j.test_lease import INTENT
from tests.fixtures.neo4j import Database
from tests.tools.bolt_wire import BoltWire
from tests.tools.turnproxy import Halt, TurnProxy

INDEX = "CREATE INDEX FOR (c:City) ON (c.name)"
UNIQUE = "CREATE CONSTRAINT FOR (c:City) REQUIRE (c.name, c.country) IS UNIQUE"
NAMES = (
    "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' AND NOT name STARTS WITH 'schema_' RETURN name ORDER BY name"
)
NAMED = "CREATE INDEX city IF NOT EXISTS FOR (c:City) ON (c.name)"


def names(database: Database) -> list[str]:
    return [name for (name,) in database.ask(NAMES)]


def proxied(database: Database) -> TurnProxy:
    at = urlsplit(database.url)
    return TurnProxy((at.hostname or "", at.port or 7687), BoltWire)


@pytest.mark.parametrize("text", [INDEX, UNIQUE], ids=["index", "constraint"])
def test_one_without_a_name_is_found_again_by_what_it_is(neo4j_database: Database, opened: Open, text: str) -> None:
    prepare(opened())
    job = job_up(opened(), DIALECT, "1", text)
    with proxied(neo4j_database) as proxy:
        engine = opened(url=through(neo4j_database, proxy))
        proxy.arm(Halt(match=rf"\AEND .*{re.escape(text)}", point="executed", action="drop"))
        with pytest.raises(ConnectError):
            run_on(engine, job)
    again = opened()
    (step,) = again.ledger.read().steps
    planned = job.segments[0].steps[0]
    assert again.recovery.probe(job, planned, step).verdict == "done"
    (name,) = names(neo4j_database)
    neo4j_database.ask(f"DROP {'INDEX' if text is INDEX else 'CONSTRAINT'} {name}")
    neo4j_database.ask("CREATE INDEX another FOR (c:City) ON (c.other)")
    assert again.recovery.probe(job, planned, step).verdict == "not done"


@pytest.mark.parametrize(
    ("text", "what"),
    [(INDEX, "INDEX"), pytest.param(UNIQUE, "CONSTRAINT", marks=pytest.mark.soak)],
    ids=["index", "constraint"],
)
def test_the_name_that_the_server_makes_up_is_always_the_same_and_can_be_dropped(
    neo4j_database: Database, opened: Open, text: str, what: str
) -> None:
    engine = opened()
    neo4j_database.ask(text)
    (name,) = names(neo4j_database)
    neo4j_database.ask(f"DROP {what} {name}")
    run_on(engine, job_up(engine, DIALECT, "1", text))
    assert names(neo4j_database) == [name]
    run_on(engine, job_down(engine, DIALECT, standing(engine, "1"), f"DROP {what} {name}"))
    assert (names(neo4j_database), engine.ledger.read().entries) == ([], ())


def test_an_equal_one_by_another_name_is_told_and_leaves_nothing_under_way(
    neo4j_database: Database, opened: Open
) -> None:
    engine = opened()
    neo4j_database.ask("CREATE INDEX theirs FOR (c:City) ON (c.name)")
    with pytest.raises(StatementError) as refused:
        run_on(engine, job_up(engine, DIALECT, "1", INDEX))
    assert (refused.value.kind, "theirs" in refused.value.what) == ("duplicate_object", True)
    assert (names(neo4j_database), engine.ledger.read().entries) == (["theirs"], ())


@contextmanager
def meanwhile(database: Database, opened: Open, text: str) -> Iterator[Future[None]]:
    """A run that has looked and announced `text`; it is sent when the body is left."""
    prepare(opened())
    with proxied(database) as proxy, ThreadPoolExecutor(1) as pool:
        engine = opened(url=through(database, proxy))
        job = job_up(engine, DIALECT, "1", text)
        halt = proxy.arm(Halt(match=rf"\AEND .*{re.escape(INTENT)}", point="acknowledged"))
        running = pool.submit(run_on, engine, job)
        halt.wait()
        yield running
        proxy.release()
        running.exception(60)


@pytest.mark.parametrize(
    ("theirs", "ours", "kind"),
    [
        ("CREATE INDEX city FOR (c:City) ON (c.other)", NAMED.replace("IF NOT EXISTS ", ""), "duplicate_object"),
        pytest.param("CREATE INDEX city FOR (c:City) ON (c.other)", NAMED, "equivalent_object", marks=pytest.mark.soak),
        ("CREATE INDEX theirs FOR (c:City) ON (c.name)", NAMED, "equivalent_object"),
        pytest.param(
            "CREATE TEXT INDEX city FOR (c:City) ON (c.name)", NAMED, "equivalent_object", marks=pytest.mark.soak
        ),
    ],
    ids=["namesake", "namesake, if not exists", "equal by another name", "another type"],
)
def test_what_another_session_made_in_between_is_never_taken_for_ours(
    neo4j_database: Database, opened: Open, theirs: str, ours: str, kind: str
) -> None:
    with meanwhile(neo4j_database, opened, ours) as running:
        neo4j_database.ask(theirs)
        neo4j_database.ask("CALL db.awaitIndexes()")
        before = neo4j_database.schema()
    with pytest.raises(StatementError) as refused:
        running.result()
    assert (refused.value.kind, bool(refused.value.do)) == (kind, True)
    assert (neo4j_database.schema(), opened().ledger.read().entries) == (before, ())


@pytest.mark.parametrize("ours", [NAMED, NAMED.replace("IF NOT EXISTS ", "")], ids=["if not exists", "plain"])
def test_the_same_index_made_by_two_sessions_at_once_is_there_once_and_recorded(
    neo4j_database: Database, opened: Open, ours: str
) -> None:
    engine = opened()
    prepare(engine)
    with ThreadPoolExecutor(1) as pool, neo4j_database.driver.session() as session:
        with session.begin_transaction() as other:
            other.run(NAMED).consume()
            running = pool.submit(run_on, engine, job_up(engine, DIALECT, "1", ours))
            await_sent(neo4j_database)
            other.commit()
        running.result(60)
    assert (names(neo4j_database), standing(engine, "1").state) == (["city"], "applied")


def await_sent(database: Database) -> None:
    """Until a run's transaction waits for a lock, or for another's change of the schema, which shows less."""
    again, seen = threading.Event(), 0
    mine = "SHOW TRANSACTIONS YIELD metaData AS m, currentQuery AS q, status AS s, elapsedTime AS t"
    while seen < 5:
        waiting = f"{mine} WHERE m.schemactl_work IS NOT NULL AND (q = '' OR s STARTS WITH 'Blocked') RETURN t"
        seen = seen + 1 if database.ask(waiting) else 0
        assert not again.wait(0.05)


def test_if_not_exists_that_waits_for_another_change_of_the_schema_is_ended_too(
    neo4j_database: Database, opened: Open
) -> None:
    engine = opened(patience=Patience(lock_timeout_ms=300, tries=1))
    with neo4j_database.driver.session() as session, session.begin_transaction() as other:
        other.run(NAMED).consume()
        with pytest.raises(StatementError) as stopped:
            run_on(engine, job_up(engine, DIALECT, "1", NAMED))
        other.rollback()
    assert (stopped.value.kind, names(neo4j_database)) == ("lock_timeout", [])
    assert engine.ledger.read().entries == ()


@pytest.mark.parametrize(
    ("what", "rule"),
    [
        ("existence", "FOR (c:City) REQUIRE c.name IS NOT NULL"),
        ("existence", "FOR ()-[r:ROAD]-() REQUIRE r.name IS NOT NULL"),
        ("a key", "FOR (c:City) REQUIRE (c.id, c.name) IS NODE KEY"),
        ("a key", "FOR ()-[r:ROAD]-() REQUIRE r.id IS RELATIONSHIP KEY"),
        ("a property's type", "FOR (c:City) REQUIRE c.name IS :: STRING"),
        ("a property's type", "FOR (c:City) REQUIRE c.name IS TYPED INTEGER"),
    ],
)
def test_a_constraint_that_the_edition_has_not_is_refused_before_anything_runs(
    opened: Open, what: str, rule: str
) -> None:
    engine = opened()
    if "Community" not in engine.server and "community" not in engine.server:
        pytest.skip("not run: this server is Enterprise")
    with pytest.raises(UnsupportedError) as refused:
        job_up(engine, DIALECT, "1", "CREATE (:City)", f"CREATE CONSTRAINT rule IF NOT EXISTS {rule}")
    assert (refused.value.code, refused.value.kind) == (15, "enterprise")
    assert what in refused.value.what and "Community" in refused.value.what
    assert str(refused.value.at).endswith(":3")


def test_a_constraint_on_data_that_violate_it_fails_whole_and_tells_the_way(
    neo4j_database: Database, opened: Open
) -> None:
    engine = opened()
    neo4j_database.ask("UNWIND [1, 1] AS n CREATE (:City {name: 'x', country: n})")
    with pytest.raises(StatementError) as refused:
        run_on(engine, job_up(engine, DIALECT, "1", UNIQUE))
    assert (refused.value.kind, refused.value.at) == ("unique_violation", "1_step.sql:2")
    assert "there twice" in str(refused.value.do)
    assert (names(neo4j_database), engine.ledger.read().entries) == ([], ())
