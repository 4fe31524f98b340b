"""Where the contract's seeds go, engine by engine: an object `places`, and looks at it that pass the engine by.

An engine whose seeder is written joins with one ground and one line in GROUNDS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tests.contract.on_clickhouse import ClickHouseTarget
from tests.contract.on_clickhouse_embedded import EmbeddedTarget
from tests.contract.on_clickhouse_pair import PairTarget
from tests.contract.on_fake import FakeTarget
from tests.contract.on_mongodb import MongoTarget
from tests.contract.on_neo4j import Neo4jTarget
from tests.contract.on_postgres import PostgresTarget
from tests.contract.target import Target

Place = tuple[str, int | None, str | None]  # name, size, region


class Ground(Protocol):
    """`places` on a new database: `name` (text), `size` (a whole number), `region` (text). Nothing is unique there.

    object   how a seed names it
    refused  values of a row that the server refuses when it is written
    unknown  a field that no row can have; "" where every row can have any
    many     how many rows it takes in a few seconds
    """

    object: str
    refused: Mapping[str, Any]
    unknown: str
    many: int

    def make(self) -> None: ...

    def put(self, places: Sequence[Place]) -> None:
        """Another tool adds these."""

    def resize(self, name: str, size: int) -> None:
        """Another tool changes the size of one."""

    def places(self) -> list[Place]:
        """What is there, by name."""


class FakeGround:
    object = "places"
    refused: Mapping[str, Any] = {"name": "nowhere", "size": -1}
    unknown = "colour"
    many = 200

    def __init__(self, target: FakeTarget) -> None:
        self._server = target.server

    def make(self) -> None:
        self._server.state.tables["places"] = []

    def put(self, places: Sequence[Place]) -> None:
        self._server.state.tables["places"] += [
            dict(zip(("name", "size", "region"), one, strict=True)) for one in places
        ]

    def resize(self, name: str, size: int) -> None:
        for row in self._server.state.tables["places"]:
            if row["name"] == name:
                row["size"] = size

    def places(self) -> list[Place]:
        rows = self._server.state.tables["places"]
        return sorted(((row["name"], row["size"], row["region"]) for row in rows), key=lambda place: place[0])


class PostgresGround:
    object = "places"
    refused: Mapping[str, Any] = {"name": "nowhere", "size": -1}
    unknown = "colour"
    many = 100_000

    def __init__(self, target: PostgresTarget) -> None:
        self._target = target

    def make(self) -> None:
        self._target.ask("CREATE TABLE places (name text NOT NULL, size bigint CHECK (size >= 0), region text)")

    def put(self, places: Sequence[Place]) -> None:
        for place in places:
            self._target.ask("INSERT INTO places VALUES (%s, %s, %s)", *place)

    def resize(self, name: str, size: int) -> None:
        self._target.ask("UPDATE places SET size = %s WHERE name = %s", size, name)

    def places(self) -> list[Place]:
        return self._target.ask('SELECT name, size, region FROM places ORDER BY name COLLATE "C"')


class ClickHouseGround:
    """`sane` is computed when a row is written, and refuses one whose size is below zero: 18.16 knows no CHECK."""

    object = "places"
    refused: Mapping[str, Any] = {"name": "nowhere", "size": -1}
    unknown = "colour"
    many = 30_000

    def __init__(self, target: ClickHouseTarget | EmbeddedTarget) -> None:
        self._target = target

    def make(self) -> None:
        columns = (
            "name String, size Nullable(Int64), region Nullable(String),"
            " sane UInt8 MATERIALIZED throwIf(ifNull(size, 0) < 0)"
        )
        if isinstance(self._target, PairTarget):
            self._target.make_everywhere("places", columns)
        else:
            self._target.ask(f"CREATE TABLE places ({columns}) ENGINE = MergeTree ORDER BY name")

    def put(self, places: Sequence[Place]) -> None:
        for place in places:
            values = ", ".join("NULL" if one is None else repr(one) for one in place)
            self._target.ask(f"INSERT INTO places (name, size, region) SELECT {values}")

    def resize(self, name: str, size: int) -> None:
        """By an INSERT and a mutation that is waited for: 18.16 answers before a mutation is done."""
        self._target.ask(
            f"INSERT INTO places (name, size, region) SELECT name, {size}, region FROM places WHERE name = '{name}'"
        )
        self._target.ask(f"ALTER TABLE places DELETE WHERE name = '{name}' AND size != {size}")
        while self._target.ask(f"SELECT count() FROM places WHERE name = '{name}'") != [(1,)]:
            pass

    def places(self) -> list[Place]:
        sql = "SELECT name, size, region FROM places ORDER BY name, size"
        rows = self._target.alike(sql, "places") if isinstance(self._target, PairTarget) else self._target.ask(sql)
        return [tuple(row) for row in rows]


class MongoGround:
    object = "places"
    refused: Mapping[str, Any] = {"name": "nowhere", "size": -1}
    unknown = ""
    many = 3_000

    def __init__(self, target: MongoTarget) -> None:
        self._target = target

    def make(self) -> None:
        with self._target.asked() as db:
            db.create_collection("places", validator={"size": {"$not": {"$lt": 0}}})

    def put(self, places: Sequence[Place]) -> None:
        with self._target.asked() as db:
            for place in places:
                db["places"].insert_one(dict(zip(("name", "size", "region"), place, strict=True)))

    def resize(self, name: str, size: int) -> None:
        with self._target.asked() as db:
            assert db["places"].update_one({"name": name}, {"$set": {"size": size}}).matched_count == 1

    def places(self) -> list[Place]:
        with self._target.asked() as db:
            return [(one["name"], one.get("size"), one.get("region")) for one in db["places"].find().sort("name", 1)]


class Neo4jGround:
    object = ":Spot"
    refused: Mapping[str, Any] = {"name": "nowhere", "code": "taken"}
    unknown = ""
    many = 3_000

    def __init__(self, target: Neo4jTarget) -> None:
        self._target = target

    def make(self) -> None:
        self._target.ask("CREATE CONSTRAINT spot_code IF NOT EXISTS FOR (s:Spot) REQUIRE s.code IS UNIQUE")
        self._target.ask("CREATE (:Spot:Warden {code: 'taken'})")

    def put(self, places: Sequence[Place]) -> None:
        for name, size, region in places:
            self._target.ask("CREATE (:Spot {name: $n, size: $s, region: $r})", n=name, s=size, r=region)

    def resize(self, name: str, size: int) -> None:
        self._target.ask("MATCH (s:Spot {name: $name}) SET s.size = $size", name=name, size=size)

    def places(self) -> list[Place]:
        text = "MATCH (s:Spot) WHERE NOT s:Warden RETURN s.name, s.size, s.region ORDER BY s.name"
        rows: list[list[Any]] = self._target.ask(text)
        return [(name, size, region) for name, size, region in rows]


@dataclass(frozen=True, slots=True)
class _Made:
    kind: type[Any]
    make: Callable[[Any], Ground]


_GROUNDS = (
    _Made(FakeTarget, FakeGround),
    _Made(PostgresTarget, PostgresGround),
    _Made(ClickHouseTarget, ClickHouseGround),
    _Made(EmbeddedTarget, ClickHouseGround),
    _Made(MongoTarget, MongoGround),
    _Made(Neo4jTarget, Neo4jGround),
)
# The engines whose seeders are written, by their names in conftest.ENGINES.
GROUNDS = ("fake", "pg18", "pg15", "ch18", "ch26", "ch18pair", "mongodb", "neo4j5")


def ground_of(target: Target) -> Ground:
    """The ground of a target's engine, made."""
    made = next(one.make(target) for one in _GROUNDS if isinstance(target, one.kind))
    made.make()
    return made
