"""The runner: entry and effects are one fate, the first failure stops, and what is told is what happened."""

from __future__ import annotations

import pytest

from schemactl.contract.opening import Stop
from schemactl.errors import ConnectError, RunInterruptedError, StatementError
from schemactl.events import StepFailed, StepFinished, StepStarted
from schemactl.model.version import Version
from tests.contract.target import Dialect, Target
from tests.contract.work import Heard, job_down, job_up, prepare, resumed, run, run_on, standing, told


def test_a_job_of_one_transaction_leaves_its_effects_and_its_entry(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house"), dialect.insert("house", "red")))
    assert target.words("house") == ["red"]
    assert standing(target.open(), "1").state == "applied"
    assert engine.ledger.read().steps == ()


def test_a_job_that_fails_leaves_what_its_ledger_says(target: Target, dialect: Dialect) -> None:
    job = job_up(target.open(), dialect, "1", dialect.make("house"), dialect.fails)
    with pytest.raises(StatementError):
        run(target, job)
    assert target.has("house") == (0 in told(target, job, 1))


def test_a_job_of_one_transaction_that_fails_leaves_nothing(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    job = job_up(engine, dialect, "2", dialect.insert("house", "red"), dialect.fails)
    with pytest.raises(StatementError):
        run(target, job)
    stands = told(target, job, 1)
    assert target.words("house") == (["red"] if 0 in stands else [])


def test_a_job_without_statements_leaves_its_entry(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1"))
    assert standing(engine, "1").state == "applied"


def test_jobs_run_in_the_order_given(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    jobs = [job_up(engine, dialect, "1", dialect.make("house"))]
    jobs += [job_up(engine, dialect, str(n), dialect.insert("house", str(n))) for n in range(2, 60)]
    run(target, *jobs)
    assert target.words("house") == [str(n) for n in range(2, 60)]
    assert len(engine.ledger.read().entries) == 59


def test_a_failing_job_stops_the_run_and_names_what_was_applied_and_what_failed(
    target: Target, dialect: Dialect
) -> None:
    engine = target.open()
    jobs = [
        job_up(engine, dialect, "01", dialect.make("house")),
        job_up(engine, dialect, "02", dialect.make("barn")),
        job_up(engine, dialect, "03", dialect.make("mill"), dialect.fails),
        job_up(engine, dialect, "04", dialect.make("well")),
    ]
    with pytest.raises(StatementError) as stopped:
        run(target, *jobs)
    assert (stopped.value.applied, stopped.value.failed) == (["01", "02"], "03")
    assert stopped.value.code == 14
    stands = told(target, jobs[2], 1)
    applied = [entry.version.text for entry in engine.ledger.read().entries if entry.state == "applied"]
    assert applied == ["01", "02"]
    assert [target.has(name) for name in ("house", "barn", "mill", "well")] == [True, True, 0 in stands, False]


def test_a_failure_names_the_file_and_the_line_and_what_to_do(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    with pytest.raises(StatementError) as stopped:
        run(target, job_up(engine, dialect, "1", dialect.make("house"), dialect.fails))
    error = stopped.value
    assert error.at == "1_step.sql:3"
    assert error.now and error.do and error.state
    assert "1_step" in error.what


def test_the_run_can_go_on_after_a_failure(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    job = job_up(engine, dialect, "1", dialect.make("house"), dialect.fails)
    with pytest.raises(StatementError):
        run(target, job)
    corrected = job_up(engine, dialect, "1", dialect.make("house"), dialect.insert("house", "red"))
    run(target, resumed(target, corrected, told(target, job, 1)))
    assert target.words("house") == ["red"] and standing(engine, "1").state == "applied"


def test_what_is_told_is_what_happened(target: Target, dialect: Dialect) -> None:
    engine, heard = target.open(), Heard()
    jobs = [
        job_up(engine, dialect, "1", dialect.make("house")),
        job_up(engine, dialect, "2", dialect.fails),
        job_up(engine, dialect, "3", dialect.make("barn")),
    ]
    with pytest.raises(StatementError) as stopped:
        run(target, *jobs, emit=heard)
    assert [event.version for event in heard.of(StepStarted)] == ["1", "2"]
    assert [event.version for event in heard.of(StepFinished)] == ["1"]
    failed = heard.of(StepFailed)
    assert [(event.version, event.kind, event.what) for event in failed] == [
        ("2", stopped.value.kind, stopped.value.what)
    ]


def test_a_step_is_told_as_finished_only_when_others_can_see_it(target: Target, dialect: Dialect) -> None:
    engine, other = target.open(), target.open()
    seen: dict[str, bool] = {}

    def look(event: object) -> None:
        if isinstance(event, StepFinished):
            seen[event.version] = other.ledger.read().entry(Version(event.version)) is not None

    jobs = [job_up(engine, dialect, str(n), dialect.make(f"house{n}")) for n in range(1, 20)]
    run(target, *jobs, emit=look)
    assert seen == {str(n): True for n in range(1, 20)}


def test_down_takes_the_effects_and_the_entry_away(target: Target, dialect: Dialect) -> None:
    engine, heard = target.open(), Heard()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    run(target, job_down(engine, dialect, standing(engine, "1"), dialect.drop("house")), emit=heard)
    assert not target.has("house")
    assert engine.ledger.read().entries == ()
    assert [event.direction for event in heard.of(StepFinished)] == ["down"]


def test_a_failing_down_leaves_what_its_ledger_says(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    before = standing(engine, "1")
    down = job_down(engine, dialect, before, dialect.drop("house"), dialect.fails)
    with pytest.raises(StatementError) as stopped:
        run(target, down)
    assert stopped.value.failed == "1"
    stands = told(target, down, 1)
    assert target.has("house") == (0 not in stands)
    if not stands:
        assert standing(engine, "1") == before


def test_several_downs_run_newest_first_as_given(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    ups = [
        job_up(engine, dialect, "1", dialect.make("house")),
        job_up(engine, dialect, "2", dialect.insert("house", "red")),
    ]
    run(target, *ups)
    two, one = standing(engine, "2"), standing(engine, "1")
    downs = [
        job_down(engine, dialect, two, dialect.insert("house", "blue")),
        job_down(engine, dialect, one, dialect.drop("house")),
    ]
    run(target, *downs)
    assert (engine.ledger.read().entries, target.has("house")) == ((), False)


def test_a_run_that_was_asked_to_stop_starts_nothing(target: Target, dialect: Dialect) -> None:
    stop = Stop()
    engine = target.open(stop=stop)
    job = job_up(engine, dialect, "1", dialect.make("house"))
    prepare(engine)
    stop.ask()
    with pytest.raises(RunInterruptedError) as stopped:
        run_on(engine, job)
    assert (stopped.value.code, bool(stopped.value.now)) == (130, True)
    assert not target.has("house")
    assert target.open().ledger.read().entries == ()


def test_a_stop_between_two_segments_leaves_steps_that_say_so(target: Target, dialect: Dialect) -> None:
    stop = Stop()
    engine = target.open(stop=stop)
    job = job_up(engine, dialect, "1", dialect.make("house"), dialect.alone_make("barn"))

    def ask(event: object) -> None:
        if not isinstance(event, StepStarted):
            stop.ask()

    with pytest.raises(RunInterruptedError):
        run_on(engine, job, emit=ask)
    engine = target.open()
    assert standing(engine, "1").state == "applying"
    assert [(step.ordinal, step.state) for step in engine.ledger.read().steps] == [(0, "done")]
    assert (target.has("house"), target.has("barn")) == (True, False)


def test_a_server_that_went_away_is_a_connection_error_that_says_what_is_true_now(
    target: Target, dialect: Dialect
) -> None:
    engine = target.open()
    job = job_up(engine, dialect, "1", dialect.make("house"))

    def kill(event: object) -> None:
        if isinstance(event, StepStarted):
            target.kill_runners()

    with pytest.raises(ConnectError) as lost:
        run(target, job, emit=kill)
    assert (lost.value.code, bool(lost.value.now), bool(lost.value.do)) == (11, True, True)
    assert not target.has("house")
    assert target.open().ledger.read().entries == ()
