"""Each server's own word for what a target holds: objects and rows by its driver, never through the tool's engines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

import clickhouse_driver
import psycopg
import pymongo
from bson import ObjectId, json_util
from psycopg.rows import dict_row

from schemactl.engines.clickhouse import embedded
from tests.fixtures.neo4j import driver_of, name_of, quoted

Row = dict[str, Any]
Holdings = dict[str, list[str]]

_OURS = "schema_"


class Place(NamedTuple):
    """Where a target lives. `url` is its administrator's, with the password."""

    target: str
    engine: str
    url: str

    def __repr__(self) -> str:
        return f"Place(target={self.target!r}, engine={self.engine!r})"


class Look(Protocol):
    """An open target. What is the tool's own is left out."""

    def objects(self) -> list[str]:
        """Everything that a migration or a seed may have made, by name."""

    def holding(self) -> list[str]:
        """Those of them that can hold rows."""

    def rows(self, name: str, where: str | None = None) -> list[Row]:
        """The rows of an object, those that meet a condition in the server's own language."""


@contextmanager
def opened(place: Place) -> Iterator[Look]:
    look = _LOOKS[place.engine](place.url)
    try:
        yield look
    finally:
        look.close()


def holdings(place: Place, since: datetime) -> Holdings:
    """Object → its rows as text, sorted; [] for one that holds none.

    since  when the run began: a time or an ObjectId of later than that is the server's, and another in every run
    """
    with opened(place) as look:
        found: Holdings = {name: [] for name in look.objects()}
        for name in look.holding():
            found[name] = sorted(json.dumps(_settled(row, since), sort_keys=True) for row in look.rows(name))
    return found


def count(found: Holdings) -> int:
    return sum(map(len, found.values()))


def _settled(value: Any, since: datetime) -> Any:
    if isinstance(value, dict):
        return {str(key): _settled(one, since) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_settled(one, since) for one in value]
    if isinstance(value, ObjectId):
        return "an id of this run" if value.generation_time >= since else str(value)
    if hasattr(value, "to_native"):
        value = value.to_native()
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return "a time of this run" if moment >= since else moment.astimezone(UTC).isoformat()
    return value if isinstance(value, bool | int | float | None) else str(value)


class _Postgres:
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)
        self.close = self._connection.close

    def objects(self) -> list[str]:
        functions = "SELECT proname || '()' AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        return [*self.holding(), *(row["name"] for row in self._ask(f"{functions} ORDER BY 1"))]

    def holding(self) -> list[str]:
        return [
            row["name"]
            for row in self._ask("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        ]

    def rows(self, name: str, where: str | None = None) -> list[Row]:
        return self._ask(f'SELECT * FROM public."{name}" WHERE {where or "true"}')

    def _ask(self, query: str) -> list[Row]:
        return self._connection.execute(query.encode()).fetchall()


class _ClickHouse:
    """A server, or chdb's folder, which nobody else can open meanwhile."""

    def __init__(self, url: str) -> None:
        self._ask: Callable[[str], Sequence[Sequence[Any]]]
        if url.startswith("chdb:"):
            link = embedded.connect(url, shown="the folder", target="demo")
            self._ask, self.close = link.ask, link.close
        else:
            client = clickhouse_driver.Client.from_url(url)
            self._ask, self.close = client.execute, client.disconnect

    def objects(self) -> list[str]:
        return self._tables("1")

    def holding(self) -> list[str]:
        return self._tables("engine LIKE '%MergeTree'")

    def rows(self, name: str, where: str | None = None) -> list[Row]:
        # The driver cannot read the state of an aggregate.
        kept = f"database = currentDatabase() AND table = '{name}' AND type NOT LIKE 'AggregateFunction%'"
        columns = [str(column) for (column,) in self._ask(f"SELECT name FROM system.columns WHERE {kept}")]
        listed = ", ".join(f"`{column}`" for column in columns)
        found = self._ask(f"SELECT {listed} FROM `{name}` WHERE {where or '1'}")
        return [dict(zip(columns, row, strict=True)) for row in found]

    def _tables(self, where: str) -> list[str]:
        query = f"SELECT name FROM system.tables WHERE database = currentDatabase() AND {where} ORDER BY name"
        return [str(name) for (name,) in self._ask(query) if not name.startswith(_OURS)]


class _MongoDB:
    def __init__(self, url: str) -> None:
        self._client = pymongo.MongoClient[Row](url, timeoutMS=30_000, tz_aware=True)
        self._database = self._client.get_default_database()
        self.close = self._client.close

    def objects(self) -> list[str]:
        names = self._database.list_collection_names()
        return sorted(name for name in names if not name.startswith((_OURS, "system.")))

    def holding(self) -> list[str]:
        return self.objects()

    def rows(self, name: str, where: str | None = None) -> list[Row]:
        return list(self._database[name].find(json_util.loads(where) if where else {}))


class _Neo4j:
    """Labels as `:Label`, types as `[:TYPE]`, as platform.toml has them; a relationship's row has its ends."""

    def __init__(self, url: str) -> None:
        self._driver = driver_of(url)
        self._database = name_of(url)
        self.close = self._driver.close

    def objects(self) -> list[str]:
        made = [
            *self._ask("SHOW CONSTRAINTS YIELD name"),
            *self._ask("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name"),
        ]
        return [*self.holding(), *sorted({str(name) for (name,) in made if not name.startswith(_OURS)})]

    def holding(self) -> list[str]:
        labels = self._ask("MATCH (n) UNWIND labels(n) AS label RETURN DISTINCT label ORDER BY label")
        types = self._ask("MATCH ()-[r]->() RETURN DISTINCT type(r) AS type ORDER BY type")
        found = [f":{label}" for (label,) in labels if not label.startswith("Schema")]
        return [*found, *(f"[:{name}]" for (name,) in types if not name.startswith(_OURS.upper()))]

    def rows(self, name: str, where: str | None = None) -> list[Row]:
        condition = f"WHERE {where} " if where else ""
        if name.startswith("["):
            pattern = f"MATCH (a)-[r:{quoted(name[2:-1])}]->(b) {condition}"
            found = self._ask(f"{pattern}RETURN properties(r), properties(a), properties(b)")
            return [{**own, "from": start, "to": end} for own, start, end in found]
        return [row for (row,) in self._ask(f"MATCH (n:{quoted(name[1:])}) {condition}RETURN properties(n)")]

    def _ask(self, query: str) -> list[list[Any]]:
        return [record.values() for record in self._driver.execute_query(query, database_=self._database).records]


_LOOKS: dict[str, Callable[[str], _Postgres | _ClickHouse | _MongoDB | _Neo4j]] = {
    "postgres": _Postgres,
    "clickhouse": _ClickHouse,
    "mongodb": _MongoDB,
    "neo4j": _Neo4j,
}
