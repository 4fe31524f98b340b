"""Recovery: the live catalogue says what became of a statement whose answer never came, and half is made whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest

from schemactl.contract.engine import Engine
from schemactl.contract.finding import Finding
from schemactl.contract.job import Job, PlannedStatement
from schemactl.model.step import Step
from tests.contract.conftest import ENGINES
from tests.contract.target import Dialect, Left, Target
from tests.contract.work import job_down, job_up, run, standing

Kind = Literal["make", "drop"]


def each_left(*asked: Left) -> pytest.MarkDecorator:
    """Each engine with each of these that a crash can leave there."""
    cases = [
        pytest.param(engine, how, id=f"{engine}-{how.replace(' ', '_')}")
        for engine, dialect in ENGINES.items()
        for how in dialect.leaves
        if how in asked
    ]
    return pytest.mark.parametrize(("target", "how"), cases, indirect=["target"])


@dataclass(frozen=True)
class Found:
    """What a crash left, as an engine opened afterwards has it."""

    engine: Engine
    job: Job
    planned: PlannedStatement
    step: Step

    def probe(self) -> Finding:
        return self.engine.recovery.probe(self.job, self.planned, self.step)


def lone(target: Target, kind: Kind) -> Job:
    """One statement that stands alone: makes `barn`, or takes the one away that is there."""
    engine, dialect = target.open(), target.dialect
    if kind == "make":
        return job_up(engine, dialect, "1", dialect.alone_make("barn"))
    run(target, job_up(engine, dialect, "1", dialect.alone_make("barn")))
    return job_down(engine, dialect, standing(engine, "1"), dialect.alone_drop("barn"))


def left(target: Target, job: Job, how: Left) -> Found:
    target.leave(job, how)
    engine = target.open()
    (step,) = engine.ledger.read().steps
    state: Literal["applying", "reverting"] = "applying" if job.direction == "up" else "reverting"
    entry = job.entry._replace(version_id=step.version_id, state=state)
    return Found(engine, job._replace(entry=entry), job.segments[0].steps[0], step)


@each_left("done", "not done", "half")
@pytest.mark.parametrize("kind", ["make", "drop"])
def test_probing_says_exactly_what_was_left(target: Target, kind: Kind, how: Left) -> None:
    found = left(target, lone(target, kind), how).probe()
    assert (found.verdict, bool(found.evidence)) == (how, True)


@each_left("done", "not done", "half")
def test_probing_changes_nothing(target: Target, how: Left) -> None:
    found = left(target, lone(target, "make"), how)
    before = (found.engine.ledger.read(), found.engine.catalog.read().digest())
    assert found.probe() == found.probe()
    assert (found.engine.ledger.read(), found.engine.catalog.read().digest()) == before


@each_left("half")
@pytest.mark.parametrize("kind", ["make", "drop"])
def test_half_a_statement_is_named_as_broken(target: Target, kind: Kind, how: Left) -> None:
    found = left(target, lone(target, kind), how)
    assert [("barn" in sentence) for sentence in found.engine.catalog.broken()] == [True]


@each_left("half")
@pytest.mark.parametrize("kind", ["make", "drop"])
def test_tidying_half_a_statement_says_what_was_done_and_leaves_it_done_or_resendable(
    target: Target, kind: Kind, how: Left
) -> None:
    found = left(target, lone(target, kind), how)
    assert found.engine.recovery.tidy(found.planned, found.step)
    done = frozenset({0}) if found.probe().verdict == "done" else frozenset[int]()
    run(target, found.job._replace(done=done))
    assert target.has("barn") == (kind == "make")
    assert found.engine.catalog.broken() == ()
    ledger = found.engine.ledger.read()
    assert ([entry.state for entry in ledger.entries], ledger.steps) == (["applied"] if kind == "make" else [], ())


@each_left("half")
def test_tidying_leaves_what_is_whole(target: Target, dialect: Dialect, how: Left) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.alone_make("stable"), dialect.make("house")))
    found = left(target, job_up(engine, dialect, "2", dialect.alone_make("barn")), how)
    found.engine.recovery.tidy(found.planned, found.step)
    assert (target.has("stable"), target.has("house"), target.has("barn")) == (True, True, False)


@each_left("done", "not done")
def test_what_no_catalogue_shows_is_unknown_with_the_query_that_decides(
    target: Target, dialect: Dialect, how: Left
) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    job = job_up(engine, dialect, "2", dialect.undecidable("house", "red"), said=["transaction=none"])
    found = left(target, job, how).probe()
    assert (found.verdict, bool(found.evidence), bool(found.query)) == ("unknown", True, True)
    assert target.words("house") == (["red"] if how == "done" else [])


@each_left("done", "not done")
def test_what_is_idempotent_is_to_be_sent_again(target: Target, dialect: Dialect, how: Left) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    said = ["transaction=none", "idempotent"]
    job = job_up(engine, dialect, "2", dialect.undecidable("house", "red"), said=said)
    found = left(target, job, how).probe()
    assert (found.verdict, found.assumed, bool(found.query)) == ("not done", True, True)
