"""Fills an empty monolith: the same seed and number of rows make the same content on every machine."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from typing import Protocol

from psycopg import sql

from tests.monolith import faults, ijaa, jobs, load
from tests.monolith.faults import Double, Fault, Plant, Services
from tests.monolith.load import Connection, Key
from tests.monolith.schema import schema_of
from tests.monolith.table import Table
from tests.monolith.world import World

LEAST_ROWS = 1_000
#: From here on a second process pays for its start.
MANY_ROWS = 40_000
_NOTHING = Plant()


@dataclass(frozen=True)
class Filled:
    """What is there now: rows by table, and the faults that were asked for."""

    platform: str
    seed: int
    tables: dict[str, int]
    planted: tuple[Fault, ...]

    @property
    def rows(self) -> int:
        return sum(self.tables.values())

    def as_json(self) -> dict[str, object]:
        planted = [{"fault": type(fault).__name__, **asdict(fault)} for fault in self.planted]
        return {**asdict(self), "rows": self.rows, "planted": planted}


def fill(
    url: str,
    platform: str,
    *,
    rows: int,
    seed: int,
    plant: Plant = _NOTHING,
    create: bool = False,
    processes: int | None = None,
) -> Filled:
    """Fill the monolith at `url`; `create` makes it first.

    rows       of all tables together, from 1,000
    processes  at once; None: as many as there are processors, one for little
    raises     load.NotEmptyError where rows are, or with `create` a table; psycopg's errors. A monolith whose filling
               was stopped lacks keys and indexes: make it anew.
    """
    if rows < LEAST_ROWS:
        raise ValueError(f"{rows} rows are too few for every table to have some: at least {LEAST_ROWS}")
    made = tables_of(platform, rows, seed)
    with load.connect(url) as connection:
        if create:
            _refuse_tables(connection, made)
            with connection.transaction():
                connection.execute(schema_of(platform).encode())
        _refuse_rows(connection, made)
        keys = load.keys_of(connection)
        load.without(connection, keys)
        many = processes or (1 if rows < MANY_ROWS else os.cpu_count() or 1)
        with load.crew(url, connection, many) as do:
            do(_filling(platform, rows, seed, keys))
            of = _PLATFORMS[platform]
            planted = faults.plant(connection, plant, keys, of.DOUBLES, of.SERVICES)
            do(_tying(connection, keys, planted))
    return Filled(platform, seed, {table.name: table.rows for table in made}, tuple(planted))


class Platform(Protocol):
    """What a platform's module has."""

    SERVICES: Services
    DOUBLES: Sequence[Double]

    def world(self, key: str, rows: int) -> World: ...

    def tables(self, made: World) -> list[Table]: ...


_PLATFORMS: Mapping[str, Platform] = {"ijaa": ijaa, "jobs": jobs}


def _key(platform: str, seed: int) -> str:
    return f"{platform} {seed}"


@cache
def tables_of(platform: str, rows: int, seed: int) -> Sequence[Table]:
    """The tables of a monolith of so many rows in all."""
    of = _PLATFORMS[platform]
    return of.tables(of.world(_key(platform, seed), rows))


def _refuse_tables(connection: Connection, tables: Sequence[Table]) -> None:
    for table in tables:
        there = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [f"public.{table.name}"]).fetchone()
        if there == (True,):
            raise load.NotEmptyError(f"table {table.name} is there already; only an empty database is made a monolith")


def _refuse_rows(connection: Connection, tables: Sequence[Table]) -> None:
    for table in tables:
        if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table.name))).fetchone():
            raise load.NotEmptyError(f"table {table.name} holds rows; only an empty monolith is filled")


def _filling(platform: str, rows: int, seed: int, keys: list[Key]) -> list[load.Work]:
    # The heaviest first, so that none of them is begun when all others are done.
    return [
        partial(_fill_table, platform, rows, seed, table.name, [key for key in keys if key.table == table.name])
        for table in sorted(tables_of(platform, rows, seed), key=lambda table: -table.weight())
    ]


def _fill_table(platform: str, rows: int, seed: int, name: str, keys: list[Key], connection: Connection) -> None:
    (table,) = [table for table in tables_of(platform, rows, seed) if table.name == name]
    load.copy(connection, table, _key(platform, seed))
    for key in keys:
        if not key.is_foreign:
            load.make(connection, key)


def _tying(connection: Connection, keys: list[Key], planted: list[Fault]) -> list[load.Work]:
    """Make the foreign keys; left to do is that the server looks at every row under those without orphans."""
    foreign = [key for key in keys if key.is_foreign]
    with connection.transaction():
        for key in foreign:
            load.make(connection, key)
    spoilt = {fault.constraint for fault in planted if isinstance(fault, faults.Orphan)}
    sound = [key for key in foreign if key.name not in spoilt]
    return [
        partial(_validate, [key for key in sound if key.table == table]) for table in sorted({k.table for k in sound})
    ]


def _validate(keys: list[Key], connection: Connection) -> None:
    for key in keys:
        load.validate(connection, key)
