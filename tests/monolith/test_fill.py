"""A filled monolith: what is there is what was said, by the seed alone, and every key and check holds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.fixtures.postgres import Database, Postgres
from tests.monolith.asked import (
    another,
    ask,
    content,
    dump,
    duplicates,
    foreign_keys,
    one,
    orphans,
    sequences,
    several,
    tables,
    unique_indexes,
)
from tests.monolith.fill import Filled, fill
from tests.monolith.load import NotEmptyError
from tests.monolith.schema import PLATFORMS, schema_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def databases(postgres18: Postgres) -> Iterator[list[Database]]:
    yield from several(postgres18)


@pytest.fixture(scope="module", params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def small(platform: str, postgres18: Postgres, databases: list[Database]) -> tuple[Database, Filled]:
    database = another(postgres18, databases)
    return database, fill(database.url, platform, rows=1_000, seed=7, create=True)


@pytest.fixture(scope="module")
def larger(platform: str, postgres18: Postgres, databases: list[Database]) -> tuple[Database, Filled]:
    database = another(postgres18, databases)
    return database, fill(database.url, platform, rows=10_000, seed=7, create=True)


def counted(database: Database) -> dict[str, int]:
    return {table: int(str(one(database, f"SELECT count(*) FROM {table}"))) for table in tables(database)}


def test_every_table_has_the_rows_that_were_told_and_they_are_as_many_as_were_asked_for(
    small: tuple[Database, Filled], larger: tuple[Database, Filled]
) -> None:
    for (database, filled), rows in ((small, 1_000), (larger, 10_000)):
        there = counted(database)
        assert there == filled.tables
        assert sum(there.values()) == rows
        assert min(there.values()) >= 6


def test_no_foreign_key_has_an_orphan_and_each_is_validated(larger: tuple[Database, Filled], platform: str) -> None:
    database, _ = larger
    keys = foreign_keys(database)
    assert len(keys) == {"ijaa": 34, "jobs": 27}[platform]
    assert [name for name, *_, validated in keys if not validated] == []
    assert orphans(database) == set()
    empty = [f"{table}.{column}" for _, table, column, *_ in keys if not filled_column(database, table, column)]
    assert empty == [], "keys that no row uses"


def filled_column(database: Database, table: str, column: str) -> bool:
    return ask(database, f"SELECT 1 FROM {table} WHERE {column} IS NOT NULL LIMIT 1") != []


def test_no_unique_key_has_a_duplicate_and_no_check_is_broken(larger: tuple[Database, Filled]) -> None:
    database, _ = larger
    assert duplicates(database, unique_indexes(database)) == set()
    checks = ask(
        database,
        "SELECT conrelid::regclass, conname, pg_get_expr(conbin, conrelid) FROM pg_constraint"
        " WHERE contype = 'c' AND connamespace = 'public'::regnamespace",
    )
    assert len(checks) > 20
    for table, name, expression in checks:
        broken = ask(database, f"SELECT id FROM {table} WHERE NOT ({expression})")
        assert broken == [], f"{table}: {name}"


def test_every_column_of_every_table_has_values_and_every_nullable_one_has_none_somewhere(
    larger: tuple[Database, Filled],
) -> None:
    database, _ = larger
    columns = ask(
        database,
        "SELECT attrelid::regclass, attname, attnotnull FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
        " WHERE attnum > 0 AND NOT attisdropped AND relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND attgenerated = ''",
    )
    for table, column, required in columns:
        ((some, none),) = ask(database, f"SELECT count({column}), count(*) - count({column}) FROM {table}")
        assert some, f"{table}.{column} is always NULL"
        assert none or required, f"{table}.{column} is never NULL"


def test_sequences_stand_at_the_last_id_and_ids_have_gaps(larger: tuple[Database, Filled]) -> None:
    database, filled = larger
    stands = sequences(database)
    assert {table: last for table, (last, _) in stands.items()} == {table: high for table, (_, high) in stands.items()}
    assert [table for table, (_, high) in stands.items() if high == filled.tables[table] > 13] == []


def test_keys_indexes_and_triggers_are_afterwards_as_the_schema_makes_them(
    larger: tuple[Database, Filled], platform: str, postgres18: Postgres, databases: list[Database]
) -> None:
    empty = another(postgres18, databases)
    with psycopg.connect(empty.url) as connection:
        connection.execute(schema_of(platform).encode())
    assert dump(larger[0]) == dump(empty)


def test_the_same_seed_makes_the_same_content_by_two_processes_too_and_another_one_other_content(
    small: tuple[Database, Filled], platform: str, postgres18: Postgres, databases: list[Database]
) -> None:
    again, other = another(postgres18, databases), another(postgres18, databases)
    fill(again.url, platform, rows=1_000, seed=7, create=True, processes=2)
    fill(other.url, platform, rows=1_000, seed=8, create=True)
    first, second, third = content(small[0]), content(again), content(other)
    assert first == second
    assert [table for table in first if first[table] == third[table]] == []


def test_a_monolith_that_holds_a_row_is_refused_and_kept_as_it_is(
    platform: str, postgres18: Postgres, databases: list[Database]
) -> None:
    database = another(postgres18, databases)
    table = {"ijaa": "admins (name, email, password_hash)", "jobs": "job_categories (name, slug, description)"}[
        platform
    ]
    with psycopg.connect(database.url) as connection:
        connection.execute(schema_of(platform).encode())
        connection.execute(f"INSERT INTO {table} VALUES ('a', 'b', 'c')".encode())
    before = dump(database), content(database)
    with pytest.raises(NotEmptyError, match=f"table {table.split()[0]} holds rows"):
        fill(database.url, platform, rows=1_000, seed=7)
    assert (dump(database), content(database)) == before


def test_the_command_says_as_json_what_it_made_and_no_password(
    small: tuple[Database, Filled], postgres18: Postgres, databases: list[Database]
) -> None:
    database = another(postgres18, databases)
    command = [sys.executable, "-m", "tests.monolith", small[1].platform, "--url", database.url, "--create"]
    command += ["--rows", "1000", "--seed", "7", "--plant", "orphans=1,sequences=1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert said["tables"] == small[1].tables == counted(database)
    assert [fault["fault"] for fault in said["planted"]] == ["Orphan", "StaleSequence"]
    password = psycopg.conninfo.conninfo_to_dict(database.url)["password"]
    assert password and str(password) not in done.stdout + done.stderr
