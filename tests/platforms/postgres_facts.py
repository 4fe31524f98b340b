"""What a PostgreSQL server itself says of a platform's databases, and the tool run on them; for any platform.

Expected facts belong to the tests; nothing here knows what a platform should hold.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

import schemactl
from schemactl.model.catalog import Catalog
from schemactl.model.version import Version
from schemactl.session import Workspace
from schemactl.workflows import rollback
from schemactl.workflows.rollback import Reach
from tests.fixtures.postgres import Database, Postgres, drop_database, make_database
from tests.platforms.dashboard import Row, Service

ROOT = Path(__file__).parents[2]

Places = Mapping[str, Database]
"""Target → its database."""


class Counts(NamedTuple):
    """What is in schema public, whatever belongs to an extension left out.

    tables       ordinary and partitioned ones, and partitions
    columns      of tables
    indexes      all, of partitioned tables too; `beside_keys`: those that carry no constraint
    triggers     made by statements
    """

    tables: int
    columns: int
    foreign_keys: int
    checks: int
    indexes: int
    beside_keys: int
    functions: int
    views: int
    triggers: int


_COUNTS = """
    WITH extras AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
    relations AS (
        SELECT oid, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace
        AND (1259, oid) NOT IN (SELECT classid, objid FROM extras)
    )
    SELECT (SELECT count(*) FROM relations WHERE relkind IN ('r', 'p')),
           (SELECT count(*) FROM pg_attribute a JOIN relations c ON c.oid = a.attrelid
            WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped),
           (SELECT count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype = 'f'),
           (SELECT count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype = 'c'),
           (SELECT count(*) FROM relations WHERE relkind IN ('i', 'I')),
           (SELECT count(*) FROM relations i WHERE i.relkind IN ('i', 'I')
            AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))),
           (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            AND (1255, oid) NOT IN (SELECT classid, objid FROM extras)),
           (SELECT count(*) FROM relations WHERE relkind IN ('v', 'm')),
           (SELECT count(*) FROM pg_trigger t JOIN relations c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal)
"""

_LEFT_OVER = """
    SELECT 'relation ' || oid::regclass FROM pg_class WHERE oid >= 16384
    UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'type ' || oid::regtype FROM pg_type WHERE oid >= 16384
    UNION ALL SELECT 'constraint ' || conname FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE oid >= 16384
    UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE oid >= 16384
    UNION ALL SELECT 'extension ' || extname FROM pg_extension WHERE extname <> 'plpgsql'
    UNION ALL SELECT 'large object ' || oid FROM pg_largeobject_metadata
"""


def counts(url: str) -> Counts:
    with psycopg.connect(url) as connection:
        found = connection.execute(_COUNTS.encode()).fetchone()
    assert found is not None
    return Counts(*found)


def names(url: str, query: str, *parameters: object) -> set[str]:
    """The first column of a query's rows, as text."""
    with psycopg.connect(url) as connection:
        return {str(name) for (name, *_) in connection.execute(query.encode(), parameters or None)}


def left_over(url: str) -> set[str]:
    """Whatever is in the database beyond what a new one and the ledger hold."""
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA IF EXISTS schemactl CASCADE")
        found = connection.execute(_LEFT_OVER.encode()).fetchall()
        connection.rollback()
    return {str(name) for (name,) in found}


def dumped(database: Database) -> str:
    """`pg_dump --schema-only` without the ledger and without the lines that differ from run to run."""
    command = [str(database.server.bin / "pg_dump"), "-s", "--exclude-schema=schemactl", f"--dbname={database.url}"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def files(platform: str, target: str) -> list[Path]:
    """The migrations of a target, in order of their names."""
    return sorted((ROOT / "migrations" / platform / target).iterdir())


def workspace(platform: str, places: Places) -> Workspace:
    """The platform as the tool sees it, its targets at `places`."""
    return schemactl.open(ROOT, platform=platform, urls={target: place.url for target, place in places.items()})


def up(platform: str, places: Places, targets: Sequence[str] = (), to: str | None = None) -> None:
    """`migrate` these targets, or all that have a place. raises  the run's error"""
    ours = workspace(platform, places)
    result = ours.migrate(ours.plan(targets or tuple(places), to=Version(to) if to else None))
    if result.error is not None:
        raise result.error


def down(platform: str, places: Places, targets: Sequence[str] = (), to: str = "0") -> None:
    """`rollback --to` of these targets, or of all that have a place. raises  the run's error"""
    ours = workspace(platform, places)
    around = ours.sites(tuple(places))
    result = ours.rollback(rollback.plan(ours.sites(targets or tuple(places)), around, Reach(to=Version(to))))
    if result.error is not None:
        raise result.error


def assert_every_way_back_is_exact(platform: str, target: str, places: Places) -> None:
    """Each migration of an empty target up, each one down, all up again: equal each time to the tool and to pg_dump."""
    ours, database = workspace(platform, places), places[target]
    versions = [path.name.partition("_")[0] for path in files(platform, target)]

    def seen() -> tuple[Catalog, str]:
        return ours.catalog(target), dumped(database)

    steps = [seen()]
    for version in versions:
        up(platform, places, [target], to=version)
        steps.append(seen())
    assert len({text for _, text in steps}) == len({catalog.digest() for catalog, _ in steps}) == len(versions) + 1
    for index in reversed(range(len(versions))):
        down(platform, places, [target], to=versions[index - 1] if index else "0")
        catalog, text = seen()
        assert (catalog.difference(steps[index][0]), text) == ((), steps[index][1]), f"below {versions[index]}"
    assert left_over(database.url) == set()
    up(platform, places, [target])
    catalog, text = seen()
    assert (catalog.difference(steps[-1][0]), text) == ((), steps[-1][1])


@contextmanager
def new_places(server: Postgres, targets: Sequence[str]) -> Iterator[dict[str, Database]]:
    """A new database for each of the targets."""
    with ExitStack() as stack:
        made: dict[str, Database] = {}
        for target in targets:
            made[target] = make_database(server)
            stack.callback(drop_database, made[target])
        yield made


def add(service: Service, table: str, **values: Any) -> Row:
    """Insert one row, dicts as jsonb, lists as arrays; the whole row as it then is."""
    given = {name: Jsonb(value) if isinstance(value, dict) else value for name, value in values.items()}
    columns, slots = sql.SQL(", ").join(map(sql.Identifier, given)), sql.SQL(", ").join(map(sql.Placeholder, given))
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING *").format(sql.Identifier(table), columns, slots)
    found = service.connection.execute(statement, given).fetchone()
    assert found is not None
    return found


def checks(platform: str, target: str) -> dict[str, str]:
    """The target's own integrity checks: name without suffix → text."""
    folder = ROOT / "schemas" / platform / "checks" / target
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}
