"""Running on Neo4j: what its errors become, what is left after each, what IF NOT EXISTS would pass over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from schemactl.contract.engine import Engine
from schemactl.contract.opening import Patience, Stop
from schemactl.errors import ConnectError, HistoryError, RunInterruptedError, StatementError
from schemactl.events import StepProgress, Waiting, ignore
from schemactl.sandbox.neo4j import Server
from tests.contract.neo4j_dialect import DIALECT
from tests.contract.work import Heard, job_script, job_up, run_on, standing
from tests.engines.neo4j.conftest import Open
from tests.engines.neo4j.test_lease import await_blocked
from tests.fixtures.neo4j import Database

INDEX = "CREATE INDEX city_name FOR (c:City) ON (c.name)"
VECTOR = (
    "CREATE VECTOR INDEX v IF NOT EXISTS FOR (n:A) ON (n.x)"
    " OPTIONS {indexConfig: {`vector.dimensions`: 3, `vector.similarity_function`: 'cosine'}}"
)
FULLTEXT = (
    "CREATE FULLTEXT INDEX f IF NOT EXISTS FOR (n:A) ON EACH [n.x]"
    " OPTIONS {indexConfig: {`fulltext.analyzer`: 'german', `fulltext.eventually_consistent`: false}}"
)
POINT = (
    "CREATE POINT INDEX p IF NOT EXISTS FOR (n:A) ON (n.x)"
    " OPTIONS {indexProvider: 'point-1.0', indexConfig: {`spatial.cartesian.min`: [-100, -100.0]}}"
)
UNIQUE = "CREATE CONSTRAINT city_id FOR (c:City) REQUIRE c.id IS UNIQUE"
TOO_LONG = "x" * 40_000


def up(
    engine: Engine, *statements: str, version: str = "1", said: tuple[str, ...] = (), emit: Heard | None = None
) -> None:
    run_on(engine, job_up(engine, DIALECT, version, *statements, said=said), emit=emit or ignore)


def refused(engine: Engine, *statements: str, said: tuple[str, ...] = ()) -> StatementError:
    with pytest.raises(StatementError) as stopped:
        up(engine, *statements, version="2", said=said)
    return stopped.value


def indexes(database: Database) -> list[str]:
    left = "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' AND NOT name STARTS WITH 'schema_' RETURN name"
    return [name for (name,) in database.ask(left)]


@contextmanager
def writing(database: Database, text: str) -> Iterator[None]:
    """Another transaction with an open write, for as long as the body runs."""
    with database.driver.session() as session, session.begin_transaction() as other:
        other.run(text).consume()
        yield
        other.rollback()


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("RETRUN 1", "syntax_error"),
        ("RETURN nothing(1)", "syntax_error"),
        ("MATCH (n) RETURN m", "syntax_error"),
        ("CREATE (:City {id: 1})", "unique_violation"),
        (UNIQUE.replace("city_id", "other").replace("c.id", "c.twice"), "unique_violation"),
        (UNIQUE, "duplicate_object"),
        ("CREATE INDEX city_id FOR (c:City) ON (c.x)", "duplicate_object"),
        ("DROP INDEX nothing", "missing_object"),
        ("DROP INDEX city_id", "missing_object"),
        ("DROP CONSTRAINT nothing", "missing_object"),
        ("CALL no.such()", "missing_object"),
        ("MATCH (c:City) SET c.x = 1 / 0", "statement"),
    ],
)
def test_what_the_server_refuses_keeps_its_code_and_leaves_nothing(
    neo4j_database: Database, opened: Open, statement: str, kind: str
) -> None:
    engine = opened()
    neo4j_database.ask(UNIQUE)
    neo4j_database.ask("CREATE (:City {id: 1, twice: 1}), (:City {id: 2, twice: 1})")
    before = neo4j_database.schema()
    error = (
        refused(engine, "CREATE (:Before)", statement) if "CONSTRAINT" not in statement else refused(engine, statement)
    )
    assert (error.kind, bool(error.state), bool(error.do), bool(error.now)) == (kind, True, True, True)
    ledger = engine.ledger.read()
    assert neo4j_database.schema() == before
    # Where a first segment of data was done, its step says so.
    assert [(step.ordinal, step.state) for step in ledger.steps] == [(0, "done")] * len(ledger.entries)


@pytest.mark.parametrize("tail", ["", " IN TRANSACTIONS"], ids=["data", "batches"])
def test_an_error_names_the_line_within_its_statement(opened: Open, tail: str) -> None:
    error = refused(opened(), "CREATE (:City)", f"CALL {{\n  MATCH (c:City)\n  RETRUN c\n}}{tail}")
    assert error.at == "2_step.sql:5"


def test_what_the_planner_does_not_see_of_an_edition_the_server_tells(opened: Open, tmp_path: Path) -> None:
    engine = opened()
    rule = "CREATE CONSTRAINT needed FOR (c:City) REQUIRE c.name IS NOT NULL"
    text = f"# schemactl: transaction=none\ndef up(ctx):\n    ctx.connection.run({rule!r}).consume()\n"
    with pytest.raises(StatementError) as stopped:
        run_on(engine, job_script(engine, "1", text, tmp_path / "1_step.py"))
    error = stopped.value
    assert (error.kind, "Enterprise" in error.what, "Community" in str(error.do)) == ("enterprise", True, True)


@pytest.mark.parametrize(
    ("there", "statement", "kind"),
    [
        (INDEX, "CREATE INDEX city_name IF NOT EXISTS FOR (c:City) ON (c.other)", "equivalent_object"),
        (INDEX, "CREATE TEXT INDEX city_name IF NOT EXISTS FOR (c:City) ON (c.name)", "equivalent_object"),
        (INDEX, "CREATE INDEX another IF NOT EXISTS FOR (c:City) ON (c.name)", "equivalent_object"),
        (VECTOR, VECTOR.replace("3", "4"), "equivalent_object"),
        (VECTOR, VECTOR.replace("cosine", "euclidean").replace("INDEX v", "INDEX"), "equivalent_object"),
        (FULLTEXT, FULLTEXT.replace("german", "english"), "equivalent_object"),
        (POINT, POINT.replace("-100.0", "-90.0"), "equivalent_object"),
        (UNIQUE, "CREATE CONSTRAINT another IF NOT EXISTS FOR (c:City) REQUIRE c.id IS UNIQUE", "equivalent_object"),
    ],
)
def test_if_not_exists_never_passes_over_something_else(
    neo4j_database: Database, opened: Open, there: str, statement: str, kind: str
) -> None:
    engine = opened()
    neo4j_database.ask(there)
    neo4j_database.ask("CALL db.awaitIndexes()")
    before = neo4j_database.schema()
    error = refused(engine, statement)
    assert (error.kind, error.at) == (kind, "2_step.sql:2")
    assert (neo4j_database.schema(), engine.ledger.read().entries) == (before, ())


@pytest.mark.parametrize(
    "text",
    [INDEX.replace("city_name", "city_name IF NOT EXISTS"), VECTOR, FULLTEXT, POINT],
    ids=lambda text: text[7:12],
)
def test_if_not_exists_passes_over_the_very_same(opened: Open, text: str) -> None:
    engine = opened()
    up(engine, text)
    up(engine, text, version="2")
    assert standing(engine, "2").state == "applied"


def test_if_not_exists_never_takes_a_failed_index_for_a_good_one(neo4j_database: Database, opened: Open) -> None:
    engine = opened()
    neo4j_database.ask(f"CREATE (:City {{name: '{TOO_LONG}'}})")
    neo4j_database.ask(INDEX)
    await_state(neo4j_database, "FAILED")
    assert [sentence.startswith("index city_name is FAILED: ") for sentence in engine.catalog.broken()] == [True]
    error = refused(engine, INDEX.replace("city_name", "city_name IF NOT EXISTS"))
    assert (error.kind, "DROP INDEX city_name" in str(error.do)) == ("invalid_index", True)


def await_state(database: Database, state: str) -> None:
    again = threading.Event()
    for _ in range(600):
        if database.ask("SHOW INDEXES YIELD name, state WHERE name = 'city_name' AND state = $state", state=state):
            return
        again.wait(0.05)
    raise AssertionError(f"the index did not become {state}")


def test_an_index_that_cannot_be_built_is_told_and_taken_away(neo4j_database: Database, opened: Open) -> None:
    engine = opened()
    neo4j_database.ask(f"CREATE (:City {{name: '{TOO_LONG}'}})")
    error = refused(engine, INDEX)
    assert (error.kind, "too large" in error.what) == ("index_failed", True)
    assert (indexes(neo4j_database), engine.ledger.read().entries) == ([], ())


def test_an_index_is_done_only_when_it_is_built(neo4j_database: Database, opened: Open) -> None:
    engine, heard = opened(), Heard()
    neo4j_database.ask("UNWIND range(1, 20000) AS n CREATE (:City {name: 'city ' + n})")
    up(engine, INDEX.replace("city_name ", ""), emit=heard)
    assert neo4j_database.ask("SHOW INDEXES YIELD state WHERE state <> 'ONLINE'") == []
    assert len(indexes(neo4j_database)) == 1
    assert all(event.total in (1, 100) for event in heard.of(StepProgress))


def test_a_change_of_the_schema_that_waits_too_long_is_ended_and_leaves_nothing(
    neo4j_database: Database, opened: Open
) -> None:
    patience = Patience(lock_timeout_ms=300, tries=2, first_delay_s=0.01)
    engine, heard = opened(patience=patience), Heard()
    with writing(neo4j_database, "CREATE (:City)"), pytest.raises(StatementError) as stopped:
        up(engine, INDEX, emit=heard)
    assert (stopped.value.kind, "neo4j-transaction-" in stopped.value.what) == ("lock_timeout", True)
    assert [event.attempt for event in heard.of(Waiting)] == [1]
    assert (indexes(neo4j_database), engine.ledger.read().entries) == ([], ())


def test_what_was_in_the_way_for_a_while_only_costs_an_attempt(neo4j_database: Database, opened: Open) -> None:
    engine = opened(patience=Patience(lock_timeout_ms=300, tries=10, first_delay_s=0.01))
    waited = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with writing(neo4j_database, "CREATE (:City)"):
            listen = lambda event: waited.set() if isinstance(event, Waiting) else None  # noqa: E731
            job = job_up(engine, DIALECT, "1", INDEX)
            running = pool.submit(run_on, engine, job, emit=listen)
            assert waited.wait(30)
        running.result(30)
    assert indexes(neo4j_database) == ["city_name"]


def test_a_statement_that_takes_too_long_is_ended_and_leaves_nothing(neo4j_database: Database, opened: Open) -> None:
    engine = opened()
    slow = "UNWIND range(1, 1000000000) AS n MATCH (c:City) SET c.n = n"
    job = job_up(engine, DIALECT, "1", "CREATE (:City)", slow)._replace(statement_timeout_ms=300)
    with pytest.raises(StatementError) as stopped:
        run_on(engine, job)
    assert (stopped.value.kind, stopped.value.at) == ("statement_timeout", "1_step.sql:3")
    assert neo4j_database.one("MATCH (c:City) RETURN count(c)") == 0


@pytest.mark.parametrize("statement", [INDEX, "MATCH (c:City) SET c.x = 1"], ids=["schema", "data"])
def test_a_stop_ends_what_waits_and_leaves_nothing(neo4j_database: Database, opened: Open, statement: str) -> None:
    stop = Stop()
    engine = opened(stop=stop)
    neo4j_database.ask("CREATE (:City)")
    with ThreadPoolExecutor(1) as pool, writing(neo4j_database, "MATCH (c:City) SET c.x = 0"):
        running = pool.submit(up, engine, statement)
        await_blocked(neo4j_database, statement)
        stop.ask()
        with pytest.raises(RunInterruptedError):
            running.result(30)
    assert (indexes(neo4j_database), engine.ledger.read().entries) == ([], ())


def test_batches_that_failed_in_the_middle_are_for_a_person_to_decide(neo4j_database: Database, opened: Open) -> None:
    engine = opened()
    text = "UNWIND [1, 2, 0] AS n CALL (n) { CREATE (:City {n: 1 / n}) } IN TRANSACTIONS OF 1 ROW"
    error = refused(engine, text)
    assert "under way" in str(error.now)
    assert neo4j_database.one("MATCH (c:City) RETURN count(c)") == 2
    (step,) = engine.ledger.read().steps
    planned = job_up(engine, DIALECT, "2", text).segments[0].steps[0]
    found = engine.recovery.probe(job_up(engine, DIALECT, "2", text), planned, step)
    assert (found.verdict, all(line.startswith("//") for line in found.query.splitlines()[:2])) == ("unknown", True)


def test_an_entry_that_somebody_removed_stops_the_run_and_keeps_nothing(neo4j_database: Database, opened: Open) -> None:
    engine = opened()
    job = job_up(engine, DIALECT, "1", INDEX, "CREATE (:City)")

    def remove(event: object) -> None:
        if isinstance(event, StepProgress) and event.unit == "statements":
            neo4j_database.ask("MATCH (v:SchemaVersion) DELETE v")

    with pytest.raises(HistoryError) as lost:
        run_on(engine, job, emit=remove)
    assert lost.value.kind == "lost_entry"
    assert neo4j_database.one("MATCH (c:City) RETURN count(c)") == 0


def test_a_script_that_changes_the_schema_is_told_to_say_so(opened: Open, tmp_path: Path) -> None:
    engine = opened()
    text = f"def up(ctx):\n    ctx.connection.run({INDEX!r}).consume()\n"
    with pytest.raises(StatementError) as stopped:
        run_on(engine, job_script(engine, "1", text, tmp_path / "1_step.py"))
    assert (stopped.value.kind, stopped.value.at) == ("mixed_transaction", "1_step.py:2")
    assert "transaction=none" in str(stopped.value.do)


def test_a_script_that_says_so_may_change_schema_and_data(
    neo4j_database: Database, opened: Open, tmp_path: Path
) -> None:
    engine = opened()
    lines = ("# schemactl: transaction=none", "def up(ctx):", f"    ctx.connection.run({INDEX!r})")
    text = "\n".join((*lines, "    ctx.connection.run('CREATE (:City)')", ""))
    run_on(engine, job_script(engine, "1", text, tmp_path / "1_step.py"))
    assert (indexes(neo4j_database), standing(engine, "1").state) == (["city_name"], "applied")


@pytest.mark.parametrize("then", ["", "    ctx.connection.run('CREATE (:City)')\n"], ids=["last", "before another"])
def test_a_statement_of_a_script_that_nobody_reads_fails_all_the_same(
    neo4j_database: Database, opened: Open, tmp_path: Path, then: str
) -> None:
    engine = opened()
    text = "# schemactl: transaction=none\ndef up(ctx):\n    ctx.connection.run('UNWIND [1, 0] AS n RETURN 1 / n')\n"
    with pytest.raises(StatementError) as stopped:
        run_on(engine, job_script(engine, "1", f"{text}{then}", tmp_path / "1_step.py"))
    assert "/ by zero" in stopped.value.what
    assert standing(engine, "1").state == "applying"
    assert neo4j_database.one("MATCH (c:City) RETURN count(c)") == 0


def test_a_failure_that_a_script_takes_for_its_own_is_none(opened: Open, tmp_path: Path) -> None:
    engine = opened()
    lines = (
        "# schemactl: transaction=none",
        "def up(ctx):",
        "    try:",
        "        ctx.connection.run('RETURN 1 / 0').data()",
    )
    text = "\n".join((*lines, "    except Exception:", "        ctx.connection.run('CREATE (:City)')", ""))
    run_on(engine, job_script(engine, "1", text, tmp_path / "1_step.py"))
    assert standing(engine, "1").state == "applied"


@pytest.mark.parametrize(
    ("line", "words"),
    [("raise ValueError('no idea')", "no idea"), ("ctx.connection.run('RETURN 1 / 0').consume()", "/ by zero")],
    ids=["of its own", "of the server"],
)
def test_a_probe_that_stops_leaves_the_decision_to_a_person(
    opened: Open, tmp_path: Path, line: str, words: str
) -> None:
    engine = opened()
    text = f"# schemactl: transaction=none\ndef up(ctx):\n    raise ValueError\ndef probe(ctx):\n    {line}\n"
    job = job_script(engine, "1", text, tmp_path / "1_step.py")
    with pytest.raises(StatementError):
        run_on(engine, job)
    (step,) = engine.ledger.read().steps
    found = engine.recovery.probe(job, job.segments[0].steps[0], step)
    assert (found.verdict, words in found.evidence, bool(found.query)) == ("unknown", True, True)


@pytest.mark.parametrize("what", ["DETACH DELETE n", "REMOVE n.description", "SET n.x = 1", "SET n:City"])
def test_a_script_that_changes_the_ledger_keeps_nothing(
    neo4j_database: Database, opened: Open, tmp_path: Path, what: str
) -> None:
    engine = opened()
    up(engine, "CREATE (:City)")
    text = f"def up(ctx):\n    ctx.connection.run('MATCH (n) {what}').consume()\n"
    with pytest.raises(StatementError) as stopped:
        run_on(engine, job_script(engine, "2", text, tmp_path / "2_step.py"))
    assert (stopped.value.kind, bool(stopped.value.now)) == ("drops_ledger", True)
    assert [entry.version.text for entry in engine.ledger.read().entries] == ["1"]
    assert neo4j_database.one("MATCH (c:City) RETURN count(c)") == 1


def test_a_statement_that_is_long_to_plan_waits_for_no_lock(neo4j_database: Database, opened: Open) -> None:
    engine = opened(patience=Patience(lock_timeout_ms=50, tries=1))
    up(engine, "\n".join(f"CREATE (:Word {{id: {one}}})" for one in range(300)))
    assert neo4j_database.one("MATCH (w:Word) RETURN count(w)") == 300


ENDS = ("ctx.connection.commit()", "ctx.connection.rollback()", "ctx.connection.close()", "with ctx.connection: pass")


@pytest.mark.parametrize("end", ENDS)
def test_a_script_cannot_end_the_transaction_that_holds_its_entry(
    neo4j_database: Database, opened: Open, tmp_path: Path, end: str
) -> None:
    engine = opened()
    text = f"def up(ctx):\n    ctx.connection.run('CREATE (:City)').consume()\n    {end}\n"
    with pytest.raises(StatementError) as stopped:
        run_on(engine, job_script(engine, "1", text, tmp_path / "1_step.py"))
    error = stopped.value
    assert (error.kind, error.at, "the tool ends its transaction" in error.what) == ("script", "1_step.py:3", True)
    assert (error.now, engine.ledger.read().entries) == ("nothing of 1_step was kept", ())
    assert neo4j_database.one("MATCH (c:City) RETURN count(c)") == 0


@pytest.mark.parametrize("then", ["", "    raise ValueError('no')\n"], ids=["goes on", "stops"])
def test_a_script_that_ends_its_transaction_behind_our_back_is_told_what_is_left(
    neo4j_database: Database, opened: Open, tmp_path: Path, then: str
) -> None:
    engine = opened()
    text = "def up(ctx):\n    ctx.connection.run('CREATE (:City)').consume()\n    ctx.connection._tx.commit()\n"
    with pytest.raises(StatementError) as stopped:
        run_on(engine, job_script(engine, "1", text + then, tmp_path / "1_step.py"))
    assert (stopped.value.kind, "ValueError: no" in stopped.value.what) == ("committed", bool(then))
    assert (neo4j_database.one("MATCH (c:City) RETURN count(c)"), engine.ledger.read().entries) == (1, ())


def test_a_server_that_dies_in_the_middle_leaves_a_migration_in_full_or_not_at_all(
    neo4j_database: Database, opened: Open
) -> None:
    server = neo4j_database.server
    if not isinstance(server, Server):
        pytest.skip("not run: a given server is not killed")
    engine = opened()
    up(engine, "CREATE (:City)")
    with pytest.raises(ConnectError) as lost:
        run_on(
            engine,
            job_up(engine, DIALECT, "2", "CREATE (:City)"),
            emit=lambda _: server.kill(),
        )
    assert lost.value.now
    server.restart()
    again = opened()
    assert again.ledger.read().entries[0].version.text == "1"
    left = neo4j_database.one("MATCH (c:City) RETURN count(c)")
    assert left == len(again.ledger.read().entries)
