"""Jobs of several segments: the ledger says statement by statement what is done, and a resumed run sends the rest."""

from __future__ import annotations

import pytest

from schemactl.contract.job import Job
from schemactl.errors import StatementError
from schemactl.model.step import Step
from tests.contract.target import Dialect, Target
from tests.contract.work import job_down, job_up, kept, resumed, run, standing, told


def mixed(target: Target, version: str, *, last: str) -> tuple[Job, Dialect]:
    """make house · alone: barn · make mill, insert, and `last`."""
    dialect = target.dialect
    statements = [
        dialect.make("house"),
        dialect.alone_make("barn"),
        dialect.make("mill"),
        dialect.insert("mill", "flour"),
        last,
    ]
    return job_up(target.open(), dialect, version, *statements), dialect


def steps(target: Target) -> list[tuple[int, int, str, str]]:
    return [(step.ordinal, step.segment, step.direction, step.state) for step in target.open().ledger.read().steps]


def test_a_job_of_several_segments_that_ends_leaves_its_entry_and_no_steps(target: Target) -> None:
    job, dialect = mixed(target, "1", last=target.dialect.make("well"))
    run(target, job)
    ledger = target.open().ledger.read()
    assert ([entry.state for entry in ledger.entries], ledger.steps) == (["applied"], ())
    assert [target.has(name) for name in ("house", "barn", "mill", "well")] == [True] * 4
    assert dialect is target.dialect


def test_one_that_fails_in_its_last_segment_says_what_is_done(target: Target) -> None:
    job, _ = mixed(target, "1", last=target.dialect.fails)
    with pytest.raises(StatementError) as stopped:
        run(target, job)
    stands = told(target, job, 4)
    assert {0, 1} <= stands
    assert [target.has(name) for name in ("house", "barn", "mill")] == [True, True, 2 in stands]
    assert stopped.value.failed == "1" and stopped.value.now and stopped.value.do


def test_steps_keep_the_hash_and_the_line_of_their_statements(target: Target) -> None:
    job, _ = mixed(target, "1", last=target.dialect.fails)
    with pytest.raises(StatementError):
        run(target, job)
    stands = told(target, job, 4)
    planned = [step for segment in job.segments for step in segment.steps if step.ordinal in stands]
    got = target.open().ledger.read().steps
    expected = [(one.statement.hash, one.statement.line) for one in planned]
    assert [(step.statement_hash, step.line) for step in got] == expected


def test_steps_belong_to_their_entry(target: Target) -> None:
    first = job_up(target.open(), target.dialect, "1", target.dialect.make("field"))
    job, _ = mixed(target, "2", last=target.dialect.fails)
    with pytest.raises(StatementError) as stopped:
        run(target, first, job)
    ledger = target.open().ledger.read()
    assert stopped.value.applied == ["1"]
    assert [entry.version.text for entry in ledger.unfinished] == ["2"]
    assert ledger.steps_of(ledger.entries[0]) == ()
    assert len(ledger.steps_of(ledger.entries[1])) == len(kept(job, 4)) >= 2


def test_a_lone_statement_that_the_server_refuses_leaves_nothing_where_nothing_went_before(
    target: Target, dialect: Dialect
) -> None:
    engine = target.open()
    with pytest.raises(StatementError):
        run(target, job_up(engine, dialect, "1", dialect.alone_fails, dialect.make("house")))
    ledger = engine.ledger.read()
    assert (ledger.entries, ledger.steps) == ((), ())
    assert not target.has("house")


def test_a_lone_statement_that_the_server_refuses_takes_back_its_intent_alone(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    with pytest.raises(StatementError):
        run(target, job_up(engine, dialect, "1", dialect.make("house"), dialect.alone_fails))
    assert standing(engine, "1").state == "applying"
    assert steps(target) == [(0, 0, "up", "done")]
    assert target.has("house")


def test_a_run_that_dies_in_a_lone_statement_leaves_its_intent(target: Target, dialect: Dialect) -> None:
    target.leave(job_up(target.open(), dialect, "1", dialect.alone_make("barn")), "not done")
    assert steps(target) == [(0, 0, "up", "intent")]
    assert standing(target.open(), "1").state == "applying"


def test_a_resumed_job_sends_only_the_rest(target: Target) -> None:
    job, dialect = mixed(target, "1", last=target.dialect.fails)
    with pytest.raises(StatementError):
        run(target, job)
    corrected, _ = mixed(target, "1", last=dialect.insert("mill", "bran"))
    run(target, resumed(target, corrected, kept(job, 4)))
    assert target.words("mill") == ["flour", "bran"]
    entry = standing(target.open(), "1")
    assert (entry.state, entry.up_hash) == ("applied", corrected.entry.up_hash)
    assert steps(target) == []


def test_a_resumed_job_of_which_all_is_done_only_ends(target: Target, dialect: Dialect) -> None:
    job = job_up(target.open(), dialect, "1", dialect.alone_make("barn"))
    target.leave(job, "done")
    run(target, resumed(target, job, frozenset({0})))
    assert standing(target.open(), "1").state == "applied"
    assert steps(target) == [] and target.has("barn")


def test_a_resumed_job_keeps_the_place_of_its_entry(target: Target) -> None:
    job, dialect = mixed(target, "1", last=target.dialect.fails)
    with pytest.raises(StatementError):
        run(target, job)
    before = standing(target.open(), "1").version_id
    corrected, _ = mixed(target, "1", last=dialect.make("well"))
    run(target, resumed(target, corrected, kept(job, 4)))
    assert standing(target.open(), "1").version_id == before


def test_a_down_of_several_segments_that_fails_is_under_way_and_then_goes_on(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house"), dialect.alone_make("barn")))
    back = [dialect.alone_drop("barn"), dialect.drop("house")]
    down = job_down(engine, dialect, standing(engine, "1"), *back, dialect.fails)
    with pytest.raises(StatementError):
        run(target, down)
    stands = told(target, down, 2)
    assert 0 in stands
    assert (target.has("barn"), target.has("house")) == (False, 1 not in stands)
    run(target, resumed(target, job_down(engine, dialect, standing(engine, "1"), *back), stands))
    ledger = engine.ledger.read()
    assert (ledger.entries, ledger.steps) == ((), ())
    assert not target.has("house")


def test_a_lone_down_statement_that_is_refused_leaves_the_entry_applied(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    with pytest.raises(StatementError):
        run(target, job_down(engine, dialect, standing(engine, "1"), dialect.alone_fails))
    assert standing(engine, "1").state == "applied"
    assert steps(target) == []


def test_each_transaction_of_a_section_without_one_is_recorded(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    statements = [dialect.make("house"), dialect.insert("house", "red"), dialect.fails]
    with pytest.raises(StatementError):
        run(target, job_up(engine, dialect, "1", *statements, said=["transaction=none"]))
    assert steps(target) == [(0, 0, "up", "done"), (1, 1, "up", "done")]
    assert target.words("house") == ["red"]


def test_what_was_noted_before_a_statement_stays_with_its_step(target: Target, dialect: Dialect) -> None:
    job = job_up(target.open(), dialect, "1", dialect.alone_make("barn"))
    target.leave(job, "not done")
    engine = target.open()
    noted = _only(engine.ledger.read().steps).before
    engine.ledger.mark(standing(engine, "1"), 0, done=True)
    assert noted and _only(engine.ledger.read().steps).before == noted


def _only(found: tuple[Step, ...]) -> Step:
    (step,) = found
    return step
