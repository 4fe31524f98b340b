"""Python migrations: one transaction with their entry, and a probe that leaves no trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemactl.contract.engine import Missing, Scripts
from schemactl.errors import StatementError
from schemactl.events import Noted, StepProgress
from tests.contract.target import Dialect, Target
from tests.contract.work import Heard, job_script, run, standing


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


def test_up_leaves_its_effects_and_its_entry(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    engine = target.open()
    job = job_script("1", code(dialect), tmp_path / "1_step.py")
    run(target, job)
    assert target.has("house")
    assert (standing(engine, "1").state, standing(engine, "1").up_hash) == ("applied", job.entry.up_hash)


def test_down_takes_both_away(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    engine = target.open()
    run(target, job_script("1", code(dialect), tmp_path / "1_step.py"))
    entry = standing(engine, "1")
    down = job_script("1", code(dialect), tmp_path / "1_step.py", "down", version_id=entry.version_id)
    run(target, down)
    assert (target.has("house"), engine.ledger.read().entries) == (False, ())


def test_one_that_fails_keeps_nothing_and_says_where(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    engine = target.open()
    text = f"def up(ctx):\n    {dialect.execute(dialect.make('house'))}\n    raise ValueError('no stone')\n"
    with pytest.raises(StatementError, match="no stone") as stopped:
        run(target, job_script("1", text, tmp_path / "1_step.py"))
    assert (stopped.value.failed, stopped.value.kind) == ("1", "script")
    assert (target.has("house"), engine.ledger.read().entries) == (False, ())


def test_a_statement_in_one_that_the_server_refuses_keeps_nothing(
    target: Target, dialect: Dialect, tmp_path: Path
) -> None:
    engine = target.open()
    lines = [dialect.make("house"), dialect.fails]
    text = "def up(ctx):\n" + "".join(f"    {dialect.execute(line)}\n" for line in lines)
    with pytest.raises(StatementError) as stopped:
        run(target, job_script("1", text, tmp_path / "1_step.py"))
    assert stopped.value.state
    assert (target.has("house"), engine.ledger.read().entries) == (False, ())


def test_what_it_logs_and_how_far_it_is_are_told(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    heard = Heard()
    run(target, job_script("1", code(dialect), tmp_path / "1_step.py"), emit=heard)
    assert "made it" in [event.what for event in heard.of(Noted)]
    told = [(event.done, event.total, event.unit) for event in heard.of(StepProgress)]
    assert (1, 2, "houses") in told


def test_a_failure_stops_the_scripts_and_statements_behind_it(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    first = job_script("1", code(dialect), tmp_path / "1_step.py")
    second = job_script("2", "def up(ctx):\n    1 / 0\n", tmp_path / "2_step.py")
    third = job_script("3", code(dialect).replace("house", "barn"), tmp_path / "3_step.py")
    with pytest.raises(StatementError) as stopped:
        run(target, first, second, third)
    assert (stopped.value.applied, stopped.value.failed) == (["1"], "2")
    assert not target.has("barn")


def test_its_own_probe_says_whether_it_was_applied(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    text = code(dialect) + f"def probe(ctx):\n    return {dialect.has('house')}\n"
    job = job_script("1", text, tmp_path / "1_step.py")
    assert scripts_of(target).probe(job) is False
    run(target, job)
    assert scripts_of(target).probe(job) is True


def test_without_a_probe_it_says_nothing(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    assert scripts_of(target).probe(job_script("1", code(dialect), tmp_path / "1_step.py")) is None


def test_whatever_a_probe_does_is_undone(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    text = code(dialect) + f"def probe(ctx):\n    {dialect.execute(dialect.make('barn'))}\n    return True\n"
    engine = target.open()
    assert not isinstance(engine.scripts, Missing)
    job = job_script("1", text, tmp_path / "1_step.py")
    assert engine.scripts.probe(job) is True
    run(target, job)
    assert (target.has("barn"), target.has("house")) == (False, True)


def test_what_was_hashed_runs_not_what_the_file_says_since(target: Target, dialect: Dialect, tmp_path: Path) -> None:
    job = job_script("1", code(dialect), tmp_path / "1_step.py")
    (tmp_path / "1_step.py").write_text("def up(ctx):\n    raise ValueError('another file')\n", encoding="utf-8")
    run(target, job)
    assert target.has("house")
