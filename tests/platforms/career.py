"""The career platform as its tests use it: places for its targets, the tool run on them, and each server's own word.

Expected facts belong to the tests; nothing here knows what the platform should hold.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

import schemactl
from schemactl.model.version import Version
from schemactl.session import Workspace
from schemactl.workflows import rollback
from schemactl.workflows.rollback import Reach
from tests.fixtures import clickhouse, clickhouse_embedded, mongodb, neo4j, postgres
from tests.platforms.dashboard import Row, Service
from tests.tools.mongo_oracle import dump_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "platforms" / "career.md"
CHECKS = ROOT / "schemas" / "career" / "checks"
SEEDS = ROOT / "seeds" / "career"
MIGRATIONS = ROOT / "migrations" / "career"

ON_POSTGRES = ("career_users", "career_paths", "career_learning")
ON_MONGODB = ("career_skills", "career_learning_content", "career_market", "career_content")

ClickHouse = clickhouse.ClickHouseDatabase | clickhouse_embedded.EmbeddedDatabase
Place = postgres.Database | mongodb.MongoDatabase | neo4j.Database | ClickHouse
Places = Mapping[str, Place]


def user(number: int) -> str:
    """The id of an account, as text."""
    return f"00000000-0000-4000-8000-{number:012d}"


def workspace(places: Places, environment: str | None = None) -> Workspace:
    """The platform as the tool sees it, its targets at `places`."""
    urls = {target: place.url for target, place in places.items()}
    return schemactl.open(ROOT, platform="career", environment=environment, urls=urls)


def up(places: Places, targets: Sequence[str] = (), to: str | None = None) -> None:
    """`migrate` the targets, or all that have a place. raises  the run's error"""
    ours = workspace(places)
    result = ours.migrate(ours.plan(targets or tuple(places), to=Version(to) if to else None))
    if result.error is not None:
        raise result.error


def down(places: Places, targets: Sequence[str] = (), to: str = "0") -> None:
    """`rollback --to` of the targets, or of all that have a place. raises  the run's error"""
    ours = workspace(places)
    around = ours.sites(tuple(places))
    result = ours.rollback(rollback.plan(ours.sites(targets or tuple(places)), around, Reach(to=Version(to))))
    if result.error is not None:
        raise result.error


def assert_returns_the_same(places: Places, beside: Places | None = None) -> None:
    """Migrated targets go back to nothing but their ledger, and come again: equal to the tool, and by `told`.

    beside  what they require, which stays
    """
    here = {**places, **(beside or {})}
    ours = workspace(here)
    first = {target: (ours.catalog(target), told(place)) for target, place in places.items()}
    assert all(said for _, said in first.values())
    down(here, tuple(places))
    assert {target: told(place) for target, place in places.items()} == {target: [] for target in places}
    assert not any(one.settled for one in ours.status(tuple(places)).targets)
    up(here, tuple(places))
    for target, (catalog, said) in first.items():
        assert ours.catalog(target).difference(catalog) == ()
        assert told(places[target]) == said


@contextmanager
def on_postgres(server: postgres.Postgres) -> Iterator[dict[str, Place]]:
    """A new database for each of the three targets."""
    with ExitStack() as stack:
        made: dict[str, Place] = {}
        for target in ON_POSTGRES:
            database = postgres.make_database(server)
            stack.callback(postgres.drop_database, database)
            made[target] = database
        yield made


@contextmanager
def on_mongodb(server: mongodb.Mongo, targets: Sequence[str] = ON_MONGODB) -> Iterator[dict[str, Place]]:
    """A database of its own for each of the targets."""
    with ExitStack() as stack:
        made: dict[str, Place] = {}
        for target in targets:
            database = mongodb.make_mongo_database(server)
            stack.callback(mongodb.drop_mongo_database, database)
            made[target] = database
        yield made


def add(service: Service, table: str, **values: Any) -> Row:
    """Insert one row into PostgreSQL, lists as jsonb; the whole row as it then is."""
    given = {name: Jsonb(value) if isinstance(value, list) else value for name, value in values.items()}
    columns, slots = sql.SQL(", ").join(map(sql.Identifier, given)), sql.SQL(", ").join(map(sql.Placeholder, given))
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING *").format(sql.Identifier(table), columns, slots)
    found = service.connection.execute(statement, given).fetchone()
    assert found is not None
    return found


def block(of: str, language: str) -> str:
    """The one block of a language that the platform's page has for a target: what stands behind the target's name."""
    mark = "//" if language in ("cypher", "javascript") else "--"
    (_, _, rest) = PAGE.read_text(encoding="utf-8").partition(f"```{language}\n{mark} {of}\n")
    assert rest, f"no {language} for {of}"
    return rest.partition("```")[0]


def checks(target: str) -> dict[str, str]:
    """The target's own integrity checks: name → text."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((CHECKS / target).iterdir())}


def found_by(place: Place, check: str) -> list[Any]:
    """The rows that a check returns, asked past the tool."""
    if isinstance(place, postgres.Database):
        with psycopg.connect(place.url) as connection:
            return connection.execute(check.encode()).fetchall()
    if isinstance(place, mongodb.MongoDatabase):
        with place.asked() as db:
            found: list[Any] = db.command(json.loads(check))["cursor"]["firstBatch"]
            return found
    return place.ask(check)


def told(place: Place) -> list[str]:
    """What the server itself says of everything in a place, the ledger left out; empty where there is nothing."""
    if isinstance(place, postgres.Database):
        return _dumped(place)
    if isinstance(place, mongodb.MongoDatabase):
        with place.asked() as db:
            return dump_of(db)
    if isinstance(place, neo4j.Database):
        return place.schema()
    rows = place.ask("SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name")
    return [place.ask(f"SHOW CREATE TABLE {name}")[0][0] for (name,) in rows if not name.startswith("schema_")]


def _dumped(place: postgres.Database) -> list[str]:
    """pg_dump -s, statement lines only."""
    command = [
        str(place.server.bin / "pg_dump"),
        "--schema-only",
        "--exclude-schema=schemactl",
        f"--dbname={place.url}",
    ]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    passed = ("--", "\\restrict", "\\unrestrict", "SET ", "SELECT pg_catalog.set_config")
    return [line for line in text.splitlines() if line and not line.startswith(passed)]
