"""What the tests of the monoliths ask the server: nothing here is taken from what made the data."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg

from tests.fixtures.postgres import Database, Postgres, drop_database, make_database

Row = tuple[object, ...]


def ask(database: Database, query: str) -> list[Row]:
    with psycopg.connect(database.url, options="-c timezone=UTC") as connection:
        return connection.execute(query.encode()).fetchall()


def all_of(database: Database, queries: Iterable[str]) -> list[Row]:
    """The answers of them all, by one statement."""
    return ask(database, " UNION ALL ".join(f"({query})" for query in queries))


def counted(database: Database) -> dict[str, int]:
    """The rows of each table."""
    queries = [f"SELECT '{table}', count(*) FROM {table}" for table in tables(database)]
    return {str(table): int(str(rows)) for table, rows in all_of(database, queries)}


def one(database: Database, query: str) -> object:
    ((value,),) = ask(database, query)
    return value


def several(server: Postgres) -> Iterator[list[Database]]:
    """The body of a fixture: what is put into the list is dropped afterwards."""
    made: list[Database] = []
    yield made
    for database in made:
        drop_database(database)


def another(server: Postgres, made: list[Database]) -> Database:
    made.append(make_database(server))
    return made[-1]


def dump(database: Database) -> str:
    """`pg_dump -s`, without the lines that carry a random key."""
    command = [str(database.server.bin / "pg_dump"), "-s", database.url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in said.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def tables(database: Database) -> list[str]:
    query = (
        "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
    )
    return [str(name) for (name,) in ask(database, query)]


def content(database: Database) -> dict[str, str]:
    """SHA-256 of what COPY says of each table, in the order in which it is stored."""
    found = {}
    with psycopg.connect(database.url, options="-c timezone=UTC") as connection:
        for table in tables(database):
            digest = hashlib.sha256()
            with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as stream:
                for block in stream:
                    digest.update(block)
            found[table] = digest.hexdigest()
    return found


def foreign_keys(database: Database) -> list[tuple[str, str, str, str, str, bool]]:
    """(name, table, column, parent, its column, validated) of each."""
    query = """
        SELECT conname, conrelid::regclass, a.attname, confrelid::regclass, p.attname, convalidated
        FROM pg_constraint
        JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]
        JOIN pg_attribute p ON p.attrelid = confrelid AND p.attnum = confkey[1]
        WHERE contype = 'f'
        ORDER BY 1
    """
    return [(*map(str, row[:5]), row[5] is True) for row in ask(database, query)]  # type: ignore[misc]


def orphans(database: Database) -> set[tuple[str, str, int]]:
    """(table, column, id) of each value that its parent does not have."""
    queries = [
        f"SELECT '{table}', '{column}', c.id FROM {table} c WHERE c.{column} IS NOT NULL"
        f" AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE p.{key} = c.{column})"
        for _, table, column, parent, key, _ in foreign_keys(database)
    ]
    return {(str(table), str(column), int(str(row))) for table, column, row in all_of(database, queries)}


def unique_indexes(database: Database) -> dict[str, tuple[str, str, str, bool]]:
    """By name: the table, the expressions, the condition, and whether NULLs are equal."""
    query = """
        SELECT c.relname, i.indrelid::regclass,
            (SELECT string_agg(pg_get_indexdef(c.oid, n, true), ', ' ORDER BY n)
             FROM generate_series(1, indnkeyatts) n),
            coalesce(pg_get_expr(i.indpred, i.indrelid), 'true'), i.indnullsnotdistinct
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace
    """
    return {str(row[0]): (str(row[1]), str(row[2]), str(row[3]), row[4] is True) for row in ask(database, query)}


def duplicates(database: Database, indexes: dict[str, tuple[str, str, str, bool]]) -> set[tuple[str, str, int, int]]:
    """(index, table, id, id) of rows that are equal under one of these unique indexes, there or not."""
    queries = []
    for name, (table, expressions, condition, equal_nulls) in indexes.items():
        strict = "" if equal_nulls else f" AND num_nulls({expressions}) = 0"
        queries.append(
            f"SELECT '{name}', '{table}', min(id), max(id), count(*) FROM {table} WHERE ({condition}){strict}"
            f" GROUP BY {expressions} HAVING count(*) > 1"
        )
    found = all_of(database, queries)
    assert [row for row in found if row[4] != 2] == []
    return {(str(name), str(table), int(str(low)), int(str(high))) for name, table, low, high, _ in found}


def miscounted(database: Database, platform: str) -> list[Row]:
    """Events with another number of participants, applications whose history ends in another status: their ids."""
    wrong = {
        "ijaa": "SELECT e.id FROM events e WHERE current_participants <> (SELECT count(*) FROM event_participations p"
        " WHERE p.event_id = e.id AND p.status IN ('GOING', 'ATTENDED'))",
        "jobs": "SELECT a.id FROM applications a WHERE status IS DISTINCT FROM (SELECT to_status"
        " FROM application_status_history h WHERE h.application_id = a.id ORDER BY h.id DESC LIMIT 1)",
    }
    return ask(database, wrong[platform])


def checks(platform: str) -> dict[str, str]:
    """The integrity checks of all its targets: `target/name` → text."""
    paths = sorted((Path(__file__).parents[2] / "schemas" / platform / "checks").glob("*/*.sql"))
    return {f"{path.parent.name}/{path.stem}": path.read_text(encoding="utf-8") for path in paths}


def checked(database: Database, platform: str) -> dict[str, list[Row] | None]:
    """What each of the platform's checks finds in the monolith; None where it asks for a table that is not there.

    What applications_db is told of jobs stands in the jobs themselves.
    """
    found: dict[str, list[Row] | None] = {}
    with psycopg.connect(database.url, autocommit=True) as connection:
        if platform == "jobs":
            connection.execute("CREATE TEMPORARY VIEW job_refs AS SELECT id AS job_id, company_id FROM jobs")
        for name, text in checks(platform).items():
            try:
                found[name] = connection.execute(text.encode()).fetchall()
            except psycopg.errors.UndefinedTable:
                found[name] = None
    return found


#: Checks of tables that only the services have.
UNASKED = {
    "ijaa": set(),
    "jobs": {
        "analytics_db/01_every_event_has_its_month",
        "applications_db/04_event_versions_have_no_gap",
        "jobs_db/02_event_versions_have_no_gap",
        "notifications_db/02_event_versions_have_no_gap",
        "users_db/01_erased_users_leave_no_images",
        "users_db/03_event_versions_have_no_gap",
    },
}


def sequences(database: Database) -> dict[str, tuple[int, int]]:
    """By table: what the sequence of its ids gave last, and the highest id."""
    queries = [
        f"SELECT '{table}', s.last_value, (SELECT max(id) FROM {table}) FROM {table}_id_seq s WHERE s.is_called"
        for table in tables(database)
    ]
    return {str(table): (int(str(last)), int(str(highest))) for table, last, highest in all_of(database, queries)}
