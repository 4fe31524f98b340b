"""The planner: text is cut where the engine cannot go on in one transaction, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from schemactl.contract.engine import Planner
from schemactl.engines.clickhouse.planner import ClickHousePlanner
from schemactl.engines.mongodb.planner import MongoPlanner
from schemactl.engines.neo4j.planner import Neo4jPlanner
from schemactl.engines.postgres.planner import PostgresPlanner
from schemactl.errors import ConfigError
from tests.contract.clickhouse_dialect import NATIVE as CLICKHOUSE
from tests.contract.fake.language import FakePlanner
from tests.contract.mongodb_dialect import DIALECT as MONGODB
from tests.contract.neo4j_dialect import DIALECT as NEO4J
from tests.contract.on_fake import FakeTarget
from tests.contract.postgres_dialect import DIALECT as POSTGRES
from tests.contract.target import Cut, Dialect
from tests.contract.work import cut, modes

PLANNERS: tuple[tuple[str, Planner, Dialect], ...] = (
    ("fake", FakePlanner(), FakeTarget.dialect),
    ("postgres", PostgresPlanner(), POSTGRES),
    ("clickhouse", ClickHousePlanner(), CLICKHOUSE),
    ("neo4j", Neo4jPlanner(), NEO4J),
    ("mongodb", MongoPlanner(), MONGODB),
)


def cases() -> list[Any]:
    return [
        pytest.param(planner, dialect, one, id=f"{name}-{one.name.replace(' ', '_')}")
        for name, planner, dialect in PLANNERS
        for one in dialect.cuts
    ]


def refusals() -> list[Any]:
    return [
        pytest.param(planner, dialect, one, id=f"{name}-{one.replace(' ', '_')}")
        for name, planner, dialect in PLANNERS
        for one in dialect.refused
    ]


each_planner = pytest.mark.parametrize(("planner", "dialect"), [p[1:] for p in PLANNERS], ids=[p[0] for p in PLANNERS])


@pytest.mark.parametrize(("planner", "dialect", "one"), cases())
def test_a_section_is_cut_where_it_must_be(planner: Planner, dialect: Dialect, one: Cut) -> None:
    section = cut(dialect, *one.statements, said=["transaction=none"] if one.none else []).up
    assert modes(planner.segments(section, shown="0001_step.sql")) == one.modes


@pytest.mark.parametrize(("planner", "dialect", "one"), cases())
def test_a_statement_that_stands_alone_says_why(planner: Planner, dialect: Dialect, one: Cut) -> None:
    section = cut(dialect, *one.statements, said=["transaction=none"] if one.none else []).up
    segments = planner.segments(section, shown="0001_step.sql")
    assert [bool(step.why) for part in segments for step in part.steps] == [
        part.mode == "alone" for part in segments for _ in part.steps
    ]


@pytest.mark.parametrize(("planner", "dialect", "statement"), refusals())
def test_what_no_migration_may_hold_is_refused_with_its_place(
    planner: Planner, dialect: Dialect, statement: str
) -> None:
    section = cut(dialect, dialect.make("a"), statement).up
    with pytest.raises(ConfigError) as refused:
        planner.segments(section, shown="migrations/contract/town/0001_step.sql")
    assert refused.value.at == "migrations/contract/town/0001_step.sql:3"
    assert refused.value.code == 10 and refused.value.do


@each_planner
def test_a_section_without_statements_is_one_transaction(planner: Planner, dialect: Dialect) -> None:
    section = cut(dialect, dialect.make("a"), down=[]).down
    assert section is not None
    assert modes(planner.segments(section, shown="0001_step.sql")) == (("transaction", ()),)


@each_planner
def test_ordinals_count_statements_in_the_order_of_the_file(planner: Planner, dialect: Dialect) -> None:
    statements = [dialect.make("a"), dialect.alone_make("b"), dialect.insert("a", "x"), dialect.drop("a")]
    planned = [
        step for part in planner.segments(cut(dialect, *statements).up, shown="0001_step.sql") for step in part.steps
    ]
    assert [step.ordinal for step in planned] == [0, 1, 2, 3]
    assert [step.statement.text for step in planned] == statements


@each_planner
def test_planning_twice_gives_the_same(planner: Planner, dialect: Dialect) -> None:
    section = cut(dialect, dialect.make("a"), dialect.alone_make("b")).up
    assert planner.segments(section, shown="a.sql") == planner.segments(section, shown="a.sql")
