"""Integrity checks: a query that must return no row. What it returns is shown, and it changes nothing."""

from __future__ import annotations

import pytest

from schemactl.contract.checking import Check, Found
from schemactl.contract.engine import Engine
from schemactl.errors import SchemactlError
from tests.contract.target import Dialect, Target
from tests.contract.work import cut, job_up, run

LIMIT = 10


@pytest.fixture
def engine(target: Target, dialect: Dialect) -> Engine:
    """One on a target whose house holds the word red."""
    opened = target.open()
    run(target, job_up(opened, dialect, "1", dialect.make("house")))
    run(target, job_up(opened, dialect, "2", dialect.insert("house", "red")))
    return opened


def check(dialect: Dialect, text: str) -> Check:
    return Check(name="a", description="", statement=cut(dialect, text).up.statements[0], shown="checks/a")


def test_a_query_that_finds_nothing_holds(engine: Engine, dialect: Dialect) -> None:
    assert engine.checker.rows(check(dialect, dialect.having("house", "blue")), limit=LIMIT) == Found()


def test_the_rows_that_it_finds_are_shown(engine: Engine, dialect: Dialect) -> None:
    found = engine.checker.rows(check(dialect, dialect.having("house", "red")), limit=LIMIT)
    assert len(found.first) == 1 and "red" in found.first[0] and not found.more


def test_what_is_beyond_the_limit_is_told(engine: Engine, dialect: Dialect) -> None:
    assert engine.checker.rows(check(dialect, dialect.having("house", "red")), limit=0) == Found((), more=True)


def test_a_check_that_would_write_is_refused_and_writes_nothing(
    engine: Engine, target: Target, dialect: Dialect
) -> None:
    with pytest.raises(SchemactlError):
        engine.checker.rows(check(dialect, dialect.insert("house", "blue")), limit=LIMIT)
    assert target.words("house") == ["red"]


def test_one_that_the_server_refuses_is_an_error_and_the_next_one_runs(engine: Engine, dialect: Dialect) -> None:
    for text in (dialect.alone_fails, dialect.drop("house")):
        with pytest.raises(SchemactlError):
            engine.checker.rows(check(dialect, text), limit=LIMIT)
    assert engine.checker.rows(check(dialect, dialect.having("house", "red")), limit=LIMIT).first
