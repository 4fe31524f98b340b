"""Looking for what is wrong: each thing by its name, nothing found where all is well, nothing changed by looking."""

from __future__ import annotations

import re

import pytest

from schemactl.contract.engine import Engine, Missing
from schemactl.contract.verifying import Inspected, Verifier
from schemactl.events import ignore
from tests.contract.target import Dialect, Target
from tests.contract.work import job_up, run


def verifier_of(engine: Engine) -> Verifier:
    if isinstance(engine.verifier, Missing):
        pytest.skip(f"{engine.name} has no inspections: {engine.verifier.why}")
    return engine.verifier


def looked(engine: Engine, *, deep: bool) -> list[Inspected]:
    verifier = verifier_of(engine)
    return [verifier.inspect(one, emit=ignore) for one in verifier.inspections(deep=deep)]


def test_each_inspection_has_a_name_of_its_own_and_what_is_quick_is_part_of_all(target: Target) -> None:
    verifier = verifier_of(target.open())
    quick, every = verifier.inspections(deep=False), verifier.inspections(deep=True)
    names = [one.name for one in every]
    assert quick == tuple(one for one in every if not one.deep)
    assert 0 < len(quick) < len(every)
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name)] == []
    assert [one.name for one in every if not one.asks or one.asks.endswith(".")] == []


def test_nothing_is_found_where_all_is_well_and_nothing_is_changed(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    empty = looked(engine, deep=False)
    assert not target.has_ledger()
    assert [one for one in empty if one.flaws or one.more] == []
    run(target, job_up(engine, dialect, "1", dialect.make("house"), dialect.alone_make("barn")))
    run(target, job_up(engine, dialect, "2", dialect.insert("house", "red")))
    catalog, ledger = engine.catalog.read(), engine.ledger.read()
    found = looked(engine, deep=True)
    assert [one for one in found if one.flaws or one.more] == []
    assert [one for one in found if one.not_run and (one.examined or one.flaws)] == []
    assert sum(one.examined for one in found) > 0
    assert (engine.catalog.read(), engine.ledger.read()) == (catalog, ledger)
    assert target.words("house") == ["red"]
