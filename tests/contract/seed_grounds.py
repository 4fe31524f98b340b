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


@dataclass(frozen=True, slots=True)
class _Made:
    kind: type[Any]
    make: Callable[[Any], Ground]


_GROUNDS = (
    _Made(FakeTarget, FakeGround),
    _Made(PostgresTarget, PostgresGround),
    _Made(ClickHouseTarget, ClickHouseGround),
    _Made(EmbeddedTarget, ClickHouseGround),
)
# The engines whose seeders are written, by their names in conftest.ENGINES.
GROUNDS = ("fake", "pg18", "pg15", "ch18", "ch26", "ch18pair")


def ground_of(target: Target) -> Ground:
    """The ground of a target's engine, made."""
    made = next(one.make(target) for one in _GROUNDS if isinstance(target, one.kind))
    made.make()
    return made
