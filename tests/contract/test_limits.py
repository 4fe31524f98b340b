"""Limits: what an engine says of itself is what it does; what it cannot do, it says in its own words."""

from __future__ import annotations

import pytest

from schemactl.contract.engine import Missing, require
from schemactl.engines import KNOWN
from schemactl.errors import SchemactlError, StatementError, UnsupportedError
from schemactl.session.capability import CAPABILITIES, capabilities_of
from tests.contract.target import Dialect, Target
from tests.contract.work import job_up, prepare, run


def test_a_server_that_takes_writes_is_not_read_only(target: Target) -> None:
    assert target.open().limits.read_only == ""


def test_a_read_only_server_says_why_and_can_still_be_read(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    target.make_read_only()
    engine = target.open()
    assert engine.limits.read_only
    assert [entry.version.text for entry in engine.ledger.read().entries] == ["1"]
    assert len(engine.catalog.read())


def test_ddl_and_data_commit_as_one_where_it_says_so(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    statements = [dialect.ddl("house"), dialect.insert("house", "red"), dialect.fails]
    with pytest.raises(StatementError):
        run(target, job_up(engine, dialect, "1", *statements))
    assert target.has("house") is not engine.limits.transactional_ddl


def test_a_name_of_the_longest_length_is_kept_whole(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    name = "n" * engine.limits.max_identifier_bytes
    run(target, job_up(engine, dialect, "1", dialect.ddl(name)))
    assert target.has(name)


def test_an_engine_says_its_name_and_its_server(target: Target) -> None:
    engine = target.open()
    assert engine.name and engine.server.split()[-1][0].isdigit()


def test_what_an_engine_lacks_on_every_server_is_said_before_it_is_opened(target: Target) -> None:
    engine = target.open()
    if engine.name not in KNOWN:
        pytest.skip("not run: the fake is in no list")
    missing = {name for name in CAPABILITIES if isinstance(getattr(engine, name), Missing)}
    assert missing == KNOWN[engine.name].lacks
    promises = {one.name: one.promise for one in capabilities_of(engine)}
    assert promises.pop("seeder") and not any(promises.values())


def test_closing_twice_is_the_same_as_once(target: Target) -> None:
    engine = target.open()
    engine.close()
    engine.close()


def test_engines_of_one_target_do_not_end_each_other(target: Target) -> None:
    first, second = target.open(), target.open()
    first.close()
    prepare(second)
    assert second.ledger.read().exists


def test_an_absent_capability_is_told_in_the_engine_s_own_words() -> None:
    absent = Missing(why="it has no roles", instead="guard the port")
    with pytest.raises(UnsupportedError) as told:
        require(absent, "seeding roles", "contract/town")
    error: SchemactlError = told.value
    assert (error.code, error.kind, error.target, error.do) == (15, "missing", "contract/town", "guard the port")
    assert "seeding roles" in error.what and "it has no roles" in error.what


def test_a_capability_that_is_there_comes_back_as_it_is() -> None:
    there = object()
    assert require(there, "anything", "contract/town") is there
