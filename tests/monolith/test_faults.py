"""Planted faults: what the server finds wrong is what was told, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.fixtures.postgres import Database, Postgres
from tests.monolith.asked import (
    UNASKED,
    another,
    checked,
    content,
    duplicates,
    foreign_keys,
    miscounted,
    orphans,
    sequences,
    several,
    unique_indexes,
)
from tests.monolith.faults import Duplicate, Orphan, Plant, StaleSequence
from tests.monolith.fill import Filled, fill
from tests.monolith.schema import PLATFORMS, schema_of

# So many orphans that every key which can have one has one.
WANTED = Plant(orphans=40, duplicates=6, sequences=3)


@pytest.fixture(scope="module")
def databases(postgres18: Postgres) -> Iterator[list[Database]]:
    yield from several(postgres18)


@pytest.fixture(scope="module", params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def faulty(platform: str, postgres18: Postgres, databases: list[Database]) -> tuple[Database, Filled]:
    database = another(postgres18, databases)
    return database, fill(database.url, platform, rows=1_000, seed=7, plant=WANTED, create=True)


def test_the_orphans_are_those_that_were_told_of_keys_that_cross_and_of_keys_that_stay(
    faulty: tuple[Database, Filled], platform: str
) -> None:
    database, filled = faulty
    told = [fault for fault in filled.planted if isinstance(fault, Orphan)]
    assert len(told) == 40
    assert miscounted(database, platform) == []
    assert orphans(database) == {(fault.table, fault.column, fault.id) for fault in told}
    assert len({fault.id for fault in told if fault.crosses}) >= 3
    assert len({fault.id for fault in told if not fault.crosses}) >= 3
    with psycopg.connect(database.url) as connection:
        for fault in told:
            query = f"SELECT {fault.column}::text FROM {fault.table} WHERE id = {fault.id}"
            assert connection.execute(query.encode()).fetchall() == [(fault.value,)]
    not_valid = {name for name, *_, validated in foreign_keys(database) if not validated}
    assert not_valid == {fault.constraint for fault in told}


def test_no_fault_makes_anything_wrong_that_the_platforms_own_checks_guard(
    faulty: tuple[Database, Filled], platform: str
) -> None:
    database, filled = faulty
    told = {(fault.table, fault.column) for fault in filled.planted if isinstance(fault, Orphan)}
    # Every job of so few has applications, and the company of these is the job's.
    assert {(table, column) for _, table, column, *_ in foreign_keys(database)} - told == {
        "ijaa": {("feature_flags", "parent_id")},
        "jobs": {
            ("application_status_history", "application_id"),
            ("applications", "company_id"),
            ("jobs", "company_id"),
        },
    }[platform]
    found = checked(database, platform)
    assert {name for name, rows in found.items() if rows is None} == UNASKED[platform]
    assert {name: rows for name, rows in found.items() if rows} == {}


def test_the_duplicates_are_those_that_were_told_and_their_unique_indexes_are_gone(
    faulty: tuple[Database, Filled], platform: str, postgres18: Postgres, databases: list[Database]
) -> None:
    database, filled = faulty
    sound = another(postgres18, databases)
    with psycopg.connect(sound.url) as connection:
        connection.execute(schema_of(platform).encode())
    wanted = unique_indexes(sound)
    told = [fault for fault in filled.planted if isinstance(fault, Duplicate)]
    assert len(told) == 6
    assert duplicates(database, wanted) == {(fault.key, fault.table, fault.kept, fault.id) for fault in told}
    assert set(wanted) - set(unique_indexes(database)) == {fault.key for fault in told}


def test_the_stale_sequences_are_those_that_were_told(faulty: tuple[Database, Filled]) -> None:
    database, filled = faulty
    told = [fault for fault in filled.planted if isinstance(fault, StaleSequence)]
    assert len(told) == 3
    stale = {table: (last, high) for table, (last, high) in sequences(database).items() if last < high}
    assert stale == {fault.table: (fault.last_value, fault.max_id) for fault in told}


def test_the_same_faults_are_planted_in_the_same_rows_each_time(
    faulty: tuple[Database, Filled], platform: str, postgres18: Postgres, databases: list[Database]
) -> None:
    again = another(postgres18, databases)
    assert fill(again.url, platform, rows=1_000, seed=7, plant=WANTED, create=True) == faulty[1]
    assert content(again) == content(faulty[0])


def test_what_cannot_be_planted_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="'orphan=1' is none of orphans=N, duplicates=N, sequences=N"):
        Plant.parse("orphan=1")
    assert Plant.parse("orphans=3,sequences=1") == Plant(orphans=3, duplicates=0, sequences=1)
