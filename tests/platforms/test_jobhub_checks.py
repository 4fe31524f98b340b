"""JobHub's own integrity checks: each finds every fault it is there for, and nothing in good rows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.platforms import jobhub
from tests.platforms.dashboard import Service
from tests.platforms.jobhub import ON_POSTGRES, PARTITIONED, Places, checks, finding
from tests.platforms.jobhub_faults import faults
from tests.platforms.jobhub_rows import add_good_rows

Open = Callable[[str], Service]


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_nothing_is_found_in_rows_that_are_as_they_should_be(target: str, jobhub_service: Open) -> None:
    service = jobhub_service(target)
    add_good_rows(service, target)
    tables = service.values("""
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    """)
    assert {table for table in tables if service.count(table) == 0} == set()
    assert finding(service, target) == []


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_every_check_finds_every_fault_it_is_there_for(target: str, jobhub_service: Open) -> None:
    service, planted = jobhub_service(target), faults(target)
    add_good_rows(service, target)
    assert sorted(checks(target)) == sorted(f"{name}.sql" for name in planted)
    for name, statements in planted.items():
        text = checks(target)[f"{name}.sql"].encode()
        for statement in statements:
            with service.connection.transaction(force_rollback=True):
                service.execute(statement)
                assert service.connection.execute(text).fetchall() != [], f"{name}: {statement}"


@pytest.mark.parametrize(("target", "table"), PARTITIONED.items())
def test_no_month_is_missed_before_the_first_was_made(target: str, table: str, jobhub_service: Open) -> None:
    service = jobhub_service(target)
    assert service.value("SELECT count(*) FROM pg_inherits WHERE inhparent = %s::regclass", table) == 1
    assert finding(service, target) == []


def test_the_checks_run_by_the_tool_and_hold_where_nothing_is(jobhub_places: Places) -> None:
    checked = jobhub.workspace(jobhub_places).check(ON_POSTGRES)
    assert [one.holds for one in checked] == [True] * 7


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_all_columns_with_a_default_that_may_be_null_are_checked(target: str, jobhub_service: Open) -> None:
    rows = jobhub_service(target).rows("""
        SELECT c.relname AS table, array_agg(a.attname::text ORDER BY a.attnum) AS columns
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.atthasdef AND NOT a.attnotnull
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        GROUP BY c.relname
    """)
    text = " ".join(checks(target)["04_defaults_are_kept.sql"].split())
    for row in rows:
        listed = f"FROM {row['table']} WHERE num_nulls({', '.join(row['columns'])}) > 0"
        assert listed in text.replace("( ", "(").replace(" )", ")"), row["table"]
    assert text.count("num_nulls") == len(rows)
