"""Where the contract's seeds go, engine by engine: an object `places`, and looks at it that pass the engine by.

An engine whose seeder is written joins with one ground and one line in GROUNDS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

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


@dataclass(frozen=True, slots=True)
class _Made:
    kind: type[Any]
    make: Callable[[Any], Ground]


_GROUNDS = (_Made(FakeTarget, FakeGround), _Made(PostgresTarget, PostgresGround))
# The engines whose seeders are written, by their names in conftest.ENGINES.
GROUNDS = ("fake", "pg18", "pg15")


def ground_of(target: Target) -> Ground:
    """The ground of a target's engine, made."""
    made = next(one.make(target) for one in _GROUNDS if isinstance(target, one.kind))
    made.make()
    return made
