"""Fills an empty monolith: the same seed and number of rows make the same content on every machine."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from functools import partial

from psycopg import sql

from tests.monolith import faults, ijaa, load
from tests.monolith.faults import Fault, Plant
from tests.monolith.load import Connection, Key
from tests.monolith.schema import schema_of
from tests.monolith.table import Table

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
    raises     load.NotEmptyError where rows are; psycopg's errors. A monolith whose filling was stopped lacks keys and
               indexes: make it anew.
    """
    if rows < LEAST_ROWS:
        raise ValueError(f"{rows} rows are too few for every table to have some: at least {LEAST_ROWS}")
    made = tables_of(platform, rows, seed)
    with load.connected(url) as connection:
        if create:
            with connection.transaction():
                connection.execute(schema_of(platform).encode())
        _refuse_rows(connection, made)
        keys = load.keys_of(connection)
        load.without(connection, keys)
        many = processes or (1 if rows < MANY_ROWS else os.cpu_count() or 1)
        _fill_tables(url, platform, rows, seed, keys, many)
        planted = faults.plant(connection, plant, keys, _DOUBLES[platform], _SERVICES[platform])
        _tie(connection, url, keys, planted, many)
    return Filled(platform, seed, {table.name: table.rows for table in made}, tuple(planted))


_WORLDS = {"ijaa": ijaa}
_DOUBLES = {name: module.DOUBLES for name, module in _WORLDS.items()}
_SERVICES = {name: module.SERVICES for name, module in _WORLDS.items()}


def _key(platform: str, seed: int) -> str:
    return f"{platform} {seed}"


def tables_of(platform: str, rows: int, seed: int) -> list[Table]:
    """The tables of a monolith of so many rows in all."""
    module = _WORLDS[platform]
    return module.tables(module.world(_key(platform, seed), rows))


def _refuse_rows(connection: Connection, tables: list[Table]) -> None:
    for table in tables:
        if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table.name))).fetchone():
            raise load.NotEmptyError(f"table {table.name} holds rows; only an empty monolith is filled")


def _fill_tables(url: str, platform: str, rows: int, seed: int, keys: list[Key], processes: int) -> None:
    # The largest first, so that none of them is begun when all others are done.
    order = sorted(tables_of(platform, rows, seed), key=lambda table: -table.rows)
    work = [
        partial(_fill_table, url, platform, rows, seed, table.name, [key for key in keys if key.table == table.name])
        for table in order
    ]
    load.side_by_side(work, processes)


def _fill_table(url: str, platform: str, rows: int, seed: int, name: str, keys: list[Key]) -> None:
    (table,) = [table for table in tables_of(platform, rows, seed) if table.name == name]
    with load.connected(url) as connection:
        load.copy(connection, table, _key(platform, seed))
        for key in keys:
            if not key.is_foreign:
                load.make(connection, key)


def _tie(connection: Connection, url: str, keys: list[Key], planted: list[Fault], processes: int) -> None:
    """Make the foreign keys, and have the server look at every row under them, but for those with orphans."""
    foreign = [key for key in keys if key.is_foreign]
    for key in foreign:
        load.make(connection, key)
    spoilt = {fault.constraint for fault in planted if isinstance(fault, faults.Orphan)}
    sound = [key for key in foreign if key.name not in spoilt]
    tables = sorted({key.table for key in sound})
    work = [partial(_validate, url, [key for key in sound if key.table == table]) for table in tables]
    load.side_by_side(work, processes)


def _validate(url: str, keys: list[Key]) -> None:
    with load.connected(url) as connection:
        for key in keys:
            load.validate(connection, key)
