"""A filled monolith: what is there is what was said, by the seed alone, and every key and check holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.fixtures.postgres import Database, Postgres
from tests.monolith.__main__ import main
from tests.monolith.asked import (
    UNASKED,
    all_of,
    another,
    ask,
    checked,
    content,
    counted,
    dump,
    duplicates,
    foreign_keys,
    miscounted,
    one,
    orphans,
    sequences,
    several,
    unique_indexes,
)
from tests.monolith.fill import Filled, fill
from tests.monolith.load import NotEmptyError
from tests.monolith.oddities import ODD_TEXTS, ODDITIES
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
    used = all_of(database, [f"SELECT '{name}', count({column}) FROM {table}" for name, table, column, *_ in keys])
    assert [name for name, rows in used if not rows] == []


def test_no_unique_key_has_a_duplicate_and_no_check_is_broken(larger: tuple[Database, Filled]) -> None:
    database, _ = larger
    assert duplicates(database, unique_indexes(database)) == set()
    checks = ask(
        database,
        "SELECT conrelid::regclass, conname, pg_get_expr(conbin, conrelid) FROM pg_constraint"
        " WHERE contype = 'c' AND connamespace = 'public'::regnamespace",
    )
    assert len(checks) > 20
    queries = [f"SELECT '{table}', '{name}', id FROM {table} WHERE NOT ({check})" for table, name, check in checks]
    assert all_of(database, queries) == []


def test_every_column_of_every_table_has_values_and_every_nullable_one_has_none_somewhere(
    larger: tuple[Database, Filled], platform: str
) -> None:
    database, _ = larger
    columns = ask(
        database,
        "SELECT attrelid::regclass, attname, attnotnull FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
        " WHERE attnum > 0 AND NOT attisdropped AND relkind = 'r' AND relnamespace = 'public'::regnamespace",
    )
    queries = [
        f"SELECT '{table}.{column}', {required}, count({column}), count(*) - count({column}) FROM {table}"
        for table, column, required in columns
    ]
    answers = all_of(database, queries)
    assert len(answers) == {"ijaa": 244, "jobs": 262}[platform]
    assert [column for column, _, some, _ in answers if not some] == []
    generated = {"profiles.search_vector", "events.search_vector", "search_indexes.search_vector"}
    generated |= {"users.search_vector", "companies.search_vector", "jobs.search_vector"}
    assert [name for name, required, _, none in answers if not (none or required or name in generated)] == []


def test_counters_say_what_is_there(larger: tuple[Database, Filled], platform: str) -> None:
    database, _ = larger
    assert miscounted(database, platform) == []
    other = {
        "ijaa": "SELECT count(*) FROM events WHERE current_participants > 5",
        "jobs": "SELECT count(*) FROM applications a JOIN jobs j ON j.id = a.job_id AND j.company_id = a.company_id",
    }
    assert one(database, other[platform]) == {"ijaa": 61, "jobs": 600}[platform]


def test_the_platforms_own_checks_find_nothing(small: tuple[Database, Filled], platform: str) -> None:
    found = checked(small[0], platform)
    assert {name for name, rows in found.items() if rows is None} == UNASKED[platform]
    assert len(found) - len(UNASKED[platform]) == {"ijaa": 4, "jobs": 7}[platform]
    assert {name: rows for name, rows in found.items() if rows} == {}


def test_a_few_have_much_and_the_years_are_several(larger: tuple[Database, Filled], platform: str) -> None:
    database, _ = larger
    column, table = {"ijaa": ("participant_username", "event_participations"), "jobs": ("user_id", "applications")}[
        platform
    ]
    busiest = f"SELECT max(n) >= 5 * avg(n) FROM (SELECT count(*) n FROM {table} GROUP BY {column}) x"
    assert one(database, busiest) is True
    years = f"SELECT count(DISTINCT extract(year FROM created_at)) FROM {table}"
    assert int(str(one(database, years))) >= 8


@pytest.mark.soak
def test_it_is_the_same_on_the_older_major(
    small: tuple[Database, Filled], platform: str, postgres15: Postgres, databases: list[Database]
) -> None:
    older = another(postgres15, databases)
    assert fill(older.url, platform, rows=1_000, seed=7, create=True) == small[1]
    assert content(older) == content(small[0])


@pytest.mark.soak
def test_a_million_rows_are_sound_too(platform: str, postgres18: Postgres, databases: list[Database]) -> None:
    database = another(postgres18, databases)
    filled = fill(database.url, platform, rows=1_000_000, seed=3, create=True)
    assert sum(counted(database).values()) == filled.rows == 1_000_000
    assert orphans(database) == set()
    assert [name for name, *_, validated in foreign_keys(database) if not validated] == []


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


def test_the_same_seed_makes_the_same_content_by_two_processes_too(
    small: tuple[Database, Filled], platform: str, postgres18: Postgres, databases: list[Database]
) -> None:
    again = another(postgres18, databases)
    fill(again.url, platform, rows=1_000, seed=7, create=True, processes=2)
    assert content(again) == content(small[0])


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


def test_the_command_says_as_json_what_it_made_and_no_password(postgres18: Postgres, databases: list[Database]) -> None:
    database = another(postgres18, databases)
    done = ran("--plant", "orphans=1,sequences=1", MONOLITH_URL=database.url)
    assert done.returncode == 0
    said = json.loads(done.stdout)
    assert said["tables"] == counted(database)
    assert [fault["fault"] for fault in said["planted"]] == ["Orphan", "StaleSequence"]
    password = psycopg.conninfo.conninfo_to_dict(database.url)["password"]
    assert password and str(password) not in done.stdout + done.stderr
    # What was made already is refused in one line.
    again = ran(MONOLITH_URL=database.url)
    told = "error: table users is there already; only an empty database is made a monolith\n"
    assert (again.returncode, again.stdout, again.stderr) == (2, "", told)


def ran(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.monolith", "ijaa", "--create", "--rows", "1000", "--seed", "7", *arguments]
    environ = {**os.environ, **environ}
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "environ", "told"),
    [
        (("--url", "postgresql://ada:hidden@127.0.0.1:1/x"), {}, "--url has a password"),
        (("--url", "host=127.0.0.1 password=hidden port=1"), {}, "--url has a password"),
        (("--url", "postgres:/ada:hidden@x"), {}, "not one that libpq reads"),
        ((), {"MONOLITH_URL": "postgresql://ada:x@hidden@127.0.0.1/x"}, "not one that libpq reads"),
        ((), {}, "neither in MONOLITH_URL nor in --url"),
        ((), {"MONOLITH_URL": "postgresql://ada:hidden@127.0.0.1:1/x"}, "127.0.0.1"),
    ],
)
def test_what_the_command_cannot_use_is_said_in_one_line_without_the_password(
    arguments: tuple[str, ...],
    environ: dict[str, str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("MONOLITH_URL", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["monolith", "ijaa", "--rows", "1000", "--seed", "7", *arguments])
    assert main() == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert told in said.err and "hidden" not in said.err


def test_every_awkward_value_is_there(small: tuple[Database, Filled], platform: str) -> None:
    missing = [what for what, query in ODDITIES[platform].items() if one(small[0], query) is not True]
    assert missing == []


def test_every_awkward_text_is_there(small: tuple[Database, Filled], platform: str) -> None:
    table, column = {"ijaa": ("interests", "name"), "jobs": ("job_skills", "skill_name")}[platform]
    held = ", ".join(f"bool_or({condition.format(column)})" for condition in ODD_TEXTS.values())
    answers = one(small[0], f"SELECT ARRAY[{held}] FROM {table}")
    assert isinstance(answers, list)
    assert [what for what, there in zip(ODD_TEXTS, answers, strict=True) if there is not True] == []
