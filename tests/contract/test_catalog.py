"""The catalogue: equal where the target is equal, different at every change, and without our own objects."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.conftest import ENGINES
from tests.contract.target import Dialect, Target
from tests.contract.work import job_down, job_up, prepare, run, standing

CHANGES = [
    pytest.param(engine, before, change, id=f"{engine}-{number}")
    for engine, dialect in ENGINES.items()
    for number, (before, change) in enumerate(dialect.changes)
]


def test_it_is_equal_after_up_down_up(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    up = job_up(engine, dialect, "1", dialect.make("house"), dialect.alone_make("barn"))
    empty = engine.catalog.read()
    run(target, up)
    first = engine.catalog.read()
    run(
        target,
        job_down(engine, dialect, standing(engine, "1"), dialect.alone_drop("barn"), dialect.drop("house")),
    )
    back = engine.catalog.read()
    run(target, up)
    assert (back.difference(empty), engine.catalog.read().difference(first)) == ((), ())
    assert first != empty


def test_two_reads_of_one_target_are_equal(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    assert engine.catalog.read() == target.open().catalog.read()


@pytest.mark.parametrize(("target", "before", "change"), CHANGES, indirect=["target"])
def test_it_differs_after_every_change(target: Target, before: str, change: str) -> None:
    engine, dialect = target.open(), target.dialect
    run(target, job_up(engine, dialect, "1", before))
    first = engine.catalog.read()
    run(target, job_up(engine, dialect, "2", change))
    second = engine.catalog.read()
    assert first != second
    assert first.difference(second)


def test_rows_are_no_part_of_it(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    before = engine.catalog.read()
    run(target, job_up(engine, dialect, "2", dialect.insert("house", "red")))
    assert engine.catalog.read() == before


def test_our_ledger_is_left_out(target: Target) -> None:
    engine = target.open()
    before = engine.catalog.read()
    prepare(engine)
    assert target.has_ledger()
    assert engine.catalog.read().difference(before) == ()


def test_nothing_is_broken_where_all_is_well(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house"), dialect.alone_make("barn")))
    assert engine.catalog.broken() == ()


def test_reading_it_leaves_the_engine_ready_for_work(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    engine.catalog.read()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    facts: Any = engine.catalog.read()
    assert len(facts) and target.has("house")
