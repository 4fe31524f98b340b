"""The program on a platform of four engines, with the tests' own eyes on each server, never through our engines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_driver
import neo4j
import psycopg
import pymongo

from tests.cli.sandboxed import Sandboxed
from tests.projects.four_engines import ENGINE_OF, FILES, PLATFORM

Seen = dict[str, list[Any]]


@dataclass(slots=True)
class FourEngines(Sandboxed):
    """`places`: where each target lives, once the sandbox is up."""

    places: dict[str, str] = field(default_factory=dict)

    def write_all(self) -> None:
        """The files as they are at the start of each test."""
        # A killed run is waited for as long as its lease lasts.
        self.write("schemactl.toml", '[defaults]\nlease = "3s"\n')
        self.write("schemas/jobs/platform.toml", PLATFORM)
        folder = self.root / "migrations/jobs"
        for file in folder.glob("*/*"):
            file.unlink()
        for name, text in FILES.items():
            self.write(f"migrations/jobs/{name}", text)

    def seen(self) -> Seen:
        """What each server's own catalogue and data say, our ledger left out."""
        return {target: _SEEN[ENGINE_OF[target]](url) for target, url in self.places.items()}

    def wipe(self) -> None:
        """Every target empty, the ledger gone too."""
        for target, url in self.places.items():
            _WIPE[ENGINE_OF[target]](url)


def _postgres(url: str) -> list[Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        names = connection.execute(
            "SELECT relname, relkind::text, (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute "
            "WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) FROM pg_class AS c "
            "WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
        ).fetchall()
        tables = [name for name, kind, _ in names if kind == "r"]
        return [
            *names,
            *(connection.execute(f'SELECT * FROM "{name}" ORDER BY 1'.encode()).fetchall() for name in tables),
        ]


def _wipe_postgres(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS schemactl CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def _clickhouse(url: str) -> list[Any]:
    client = clickhouse_driver.Client.from_url(url)
    try:
        return [
            (name, client.execute(f"DESCRIBE TABLE `{name}`"), client.execute(f"SELECT count() FROM `{name}`"))
            for name in _tables(client)
        ]
    finally:
        client.disconnect()


def _tables(client: clickhouse_driver.Client, ours: bool = False) -> list[str]:
    rows = client.execute("SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name")
    return [name for (name,) in rows if ours or not name.startswith("schema_")]


def _wipe_clickhouse(url: str) -> None:
    client = clickhouse_driver.Client.from_url(url)
    try:
        for name in _tables(client, ours=True):
            client.execute(f"DROP TABLE IF EXISTS `{name}`")
    finally:
        client.disconnect()


def _mongodb(url: str) -> list[Any]:
    with pymongo.MongoClient[dict[str, Any]](url, timeoutMS=30_000) as client:
        database = client.get_default_database()
        return [
            (
                name,
                sorted(index["name"] for index in database[name].list_indexes()),
                list(database[name].find(sort=["_id"])),
            )
            for name in sorted(database.list_collection_names())
            if not name.startswith("schema_")
        ]


def _wipe_mongodb(url: str) -> None:
    with pymongo.MongoClient[dict[str, Any]](url, timeoutMS=30_000) as client:
        client.drop_database(client.get_default_database())


def driver_of(url: str) -> neo4j.Driver:
    parts = urlsplit(url)
    login = (unquote(parts.username or ""), unquote(parts.password or ""))
    return neo4j.GraphDatabase.driver(
        f"bolt://{parts.hostname}:{parts.port}", auth=login, notifications_min_severity="OFF"
    )


def _neo4j(url: str) -> list[Any]:
    with driver_of(url) as driver:
        nodes = driver.execute_query("MATCH (n) RETURN labels(n) AS labels, properties(n) AS all ORDER BY n.id").records
        found = [node.values() for node in nodes if not any(label.startswith("Schema") for label in node["labels"])]
        named = driver.execute_query("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name").records
        return [*found, sorted(row["name"] for row in named if not row["name"].startswith("schema"))]


def _wipe_neo4j(url: str) -> None:
    with driver_of(url) as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
        for row in driver.execute_query("SHOW CONSTRAINTS YIELD name").records:
            driver.execute_query(f"DROP CONSTRAINT `{row['name']}`")
        for row in driver.execute_query("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name").records:
            driver.execute_query(f"DROP INDEX `{row['name']}`")


_SEEN = {"postgres": _postgres, "clickhouse": _clickhouse, "mongodb": _mongodb, "neo4j": _neo4j}
_WIPE = {
    "postgres": _wipe_postgres,
    "clickhouse": _wipe_clickhouse,
    "mongodb": _wipe_mongodb,
    "neo4j": _wipe_neo4j,
}
