"""Python migrations: one transaction with their entry, or announced, run and recorded; and what their probe says."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemactl.contract.engine import Missing, Scripts
from schemactl.contract.job import Job
from schemactl.errors import StatementError
from schemactl.events import Event, Noted, StepProgress
from tests.contract.target import Dialect, Target
from tests.contract.work import Heard, job_script, resumed, run, standing


def code(dialect: Dialect) -> str:
    """A migration that makes `house` and takes it away."""
    return (
        f"def up(ctx):\n    {dialect.execute(dialect.make('house'))}\n"
        "    ctx.log('made it')\n    ctx.progress(1, 2, 'houses')\n"
        f"def down(ctx):\n    {dialect.execute(dialect.drop('house'))}\n"
    )


def scripts_of(target: Target) -> Scripts:
    scripts = target.open().scripts
    assert not isinstance(scripts, Missing)
    return scripts


def shares_one_transaction(job: Job) -> bool:
    return job.segments[0].mode == "script"


def assert_stopped(target: Target, job: Job) -> None:
    """After a script that failed: nothing is kept, or the ledger says that nobody knows."""
    ledger = target.open().ledger.read()
    if shares_one_transaction(job):
        assert (target.has("house"), ledger.entries) == (False, ())
    else:
        assert [entry.state for entry in ledger.entries] == ["applying"]
        assert [(step.ordinal, step.state) for step in ledger.steps] == [(0, "intent")]


def test_up_leaves_its_effects_and_its_entry(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    engine = target.open()
    job = job_script(engine, "1", code(dialect), tmp_path / "1_step.py")
    run(target, job)
    assert target.has("house")
    assert (standing(engine, "1").state, standing(engine, "1").up_hash) == ("applied", job.entry.up_hash)
    assert engine.ledger.read().steps == ()


def test_down_takes_both_away(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    engine = target.open()
    run(target, job_script(engine, "1", code(dialect), tmp_path / "1_step.py"))
    entry = standing(engine, "1")
    down = job_script(engine, "1", code(dialect), tmp_path / "1_step.py", "down", version_id=entry.version_id)
    run(target, down)
    assert (target.has("house"), engine.ledger.read().entries) == (False, ())


def test_one_that_fails_says_where_and_leaves_what_the_ledger_says(
    target: Target, dialect: Dialect, tmp_path: Path
) -> None:
    text = f"def up(ctx):\n    {dialect.execute(dialect.make('house'))}\n    raise ValueError('no stone')\n"
    job = job_script(target.open(), "1", text, tmp_path / "1_step.py")
    with pytest.raises(StatementError, match="no stone") as stopped:
        run(target, job)
    assert (stopped.value.failed, stopped.value.kind) == ("1", "script")
    assert stopped.value.now and stopped.value.do
    assert_stopped(target, job)


def test_a_statement_in_one_that_the_server_refuses_ends_it(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    lines = [dialect.make("house"), dialect.fails]
    text = "def up(ctx):\n" + "".join(f"    {dialect.execute(line)}\n" for line in lines)
    job = job_script(target.open(), "1", text, tmp_path / "1_step.py")
    with pytest.raises(StatementError) as stopped:
        run(target, job)
    assert stopped.value.state
    assert_stopped(target, job)


def test_one_that_asks_for_no_transaction_is_never_told_as_undone_where_nobody_knows(
    target: Target, dialect: Dialect, tmp_path: Path
) -> None:
    engine = target.open()
    text = "# schemactl: transaction=none\ndef up(ctx):\n    raise ValueError('no stone')\n"
    job = job_script(engine, "1", text, tmp_path / "1_step.py")
    with pytest.raises(StatementError, match="no stone"):
        run(target, job)
    assert_stopped(target, job)
    if not shares_one_transaction(job):
        (step,) = engine.ledger.read().steps
        found = engine.recovery.probe(resumed(target, job, frozenset()), job.segments[0].steps[0], step)
        assert (found.verdict, bool(found.query)) == ("unknown", True)


def test_one_without_a_transaction_is_decided_by_its_own_probe(
    target: Target, dialect: Dialect, tmp_path: Path
) -> None:
    engine = target.open()
    text = (
        f"# schemactl: transaction=none\ndef up(ctx):\n    {dialect.execute(dialect.make('house'))}\n"
        f"    raise ValueError('no stone')\ndef probe(ctx):\n    return {dialect.has('house')}\n"
    )
    job = job_script(engine, "1", text, tmp_path / "1_step.py")
    if shares_one_transaction(job):
        pytest.skip("a script is always one transaction here")
    with pytest.raises(StatementError, match="no stone"):
        run(target, job)
    (step,) = engine.ledger.read().steps
    found = engine.recovery.probe(resumed(target, job, frozenset()), job.segments[0].steps[0], step)
    assert (target.has("house"), found.verdict) == (True, "done")


def test_what_it_logs_and_how_far_it_is_are_told(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    heard = Heard()
    run(target, job_script(target.open(), "1", code(dialect), tmp_path / "1_step.py"), emit=heard)
    assert "made it" in [event.what for event in heard.of(Noted)]
    told = [(event.done, event.total, event.unit) for event in heard.of(StepProgress)]
    assert (1, 2, "houses") in told


def test_what_a_listener_prints_is_its_own_and_not_the_script_s(
    target: Target, dialect: Dialect, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heard = Heard()

    def listen(event: Event) -> None:
        heard(event)
        if isinstance(event, Noted):
            print(f"told: {event.what}")

    run(target, job_script(target.open(), "1", code(dialect), tmp_path / "1_step.py"), emit=listen)
    assert [event.what for event in heard.of(Noted)] == ["made it"]
    assert capsys.readouterr().out == "told: made it\n"


def test_a_failure_stops_the_scripts_and_statements_behind_it(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    first = job_script(target.open(), "1", code(dialect), tmp_path / "1_step.py")
    second = job_script(target.open(), "2", "def up(ctx):\n    1 / 0\n", tmp_path / "2_step.py")
    third = job_script(target.open(), "3", code(dialect).replace("house", "barn"), tmp_path / "3_step.py")
    with pytest.raises(StatementError) as stopped:
        run(target, first, second, third)
    assert (stopped.value.applied, stopped.value.failed) == (["1"], "2")
    assert not target.has("barn")


def test_its_own_probe_says_whether_it_was_applied(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    text = code(dialect) + f"def probe(ctx):\n    return {dialect.has('house')}\n"
    job = job_script(target.open(), "1", text, tmp_path / "1_step.py")
    assert scripts_of(target).probe(job) is False
    run(target, job)
    assert scripts_of(target).probe(job) is True


def test_without_a_probe_it_says_nothing(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    assert scripts_of(target).probe(job_script(target.open(), "1", code(dialect), tmp_path / "1_step.py")) is None


def test_whatever_a_probe_does_in_a_transaction_is_undone(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    text = code(dialect) + f"def probe(ctx):\n    {dialect.execute(dialect.make('barn'))}\n    return True\n"
    engine = target.open()
    assert not isinstance(engine.scripts, Missing)
    job = job_script(target.open(), "1", text, tmp_path / "1_step.py")
    assert engine.scripts.probe(job) is True
    run(target, job)
    assert target.has("house")
    if shares_one_transaction(job):
        assert not target.has("barn")


def test_what_was_hashed_runs_not_what_the_file_says_since(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    job = job_script(target.open(), "1", code(dialect), tmp_path / "1_step.py")
    (tmp_path / "1_step.py").write_text("def up(ctx):\n    raise ValueError('another file')\n", encoding="utf-8")
    run(target, job)
    assert target.has("house")
