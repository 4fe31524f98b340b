"""Faults of a neglected monolith, planted on request: each is told, with the table, the column and the row.

Orphans are values that a foreign key should have refused, duplicates what a unique key should have, stale sequences
give numbers that are taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from psycopg import sql

from tests.monolith.load import Connection, Key


@dataclass(frozen=True)
class Plant:
    """How many faults of each kind."""

    orphans: int = 0
    duplicates: int = 0
    sequences: int = 0

    @classmethod
    def parse(cls, text: str) -> Plant:
        """`orphans=3,duplicates=2,sequences=1`; ValueError for anything else."""
        wanted: dict[str, int] = {}
        for part in filter(None, text.split(",")):
            kind, _, number = part.partition("=")
            if kind not in cls.__dataclass_fields__ or not number.isdecimal():
                raise ValueError(f"{part!r} is none of orphans=N, duplicates=N, sequences=N")
            wanted[kind] = int(number)
        return cls(**wanted)


@dataclass(frozen=True)
class Orphan:
    """Row `id` of `table` has `value` in `column`, and no row of `parent` has it. The key `constraint` is NOT VALID."""

    table: str
    column: str
    id: int
    value: str
    parent: str
    constraint: str
    crosses: bool


@dataclass(frozen=True)
class Duplicate:
    """Rows `kept` and `id` of `table` are equal under the unique index `key`, which is not there any more."""

    table: str
    columns: tuple[str, ...]
    kept: int
    id: int
    key: str


@dataclass(frozen=True)
class StaleSequence:
    """`sequence` stands at `last_value`, and ids up to `max_id` are taken."""

    table: str
    column: str
    sequence: str
    last_value: int
    max_id: int


Fault = Orphan | Duplicate | StaleSequence


@dataclass(frozen=True)
class Double:
    """How row b becomes a duplicate of row a under the unique index `key`.

    sets   columns of b, and what they are set to, from a
    pair   which two rows can be made equal so; that a is before b goes without saying
    """

    table: str
    key: str
    sets: Mapping[str, str]
    pair: str


def plant(
    connection: Connection, wanted: Plant, keys: Sequence[Key], doubles: Sequence[Double], services: Services
) -> list[Fault]:
    """Plant them in a filled monolith that has no foreign keys now.

    raises   ValueError where there are not as many places for them
    """
    with connection.transaction():
        found: list[Fault] = []
        found += _orphans(connection, wanted.orphans, [key for key in keys if key.is_foreign], services)
        found += _duplicates(connection, wanted.duplicates, doubles)
        found += _stale(connection, wanted.sequences, [table for tables in services.values() for table in tables])
    return found


Services = Mapping[str, Sequence[str]]


def _alternating(keys: Iterable[Key], services: Services) -> list[tuple[Key, bool]]:
    """First one that crosses from a service to another, then one that stays, and so on."""
    owner = {table: service for service, tables in services.items() for table in tables}
    split: dict[bool, list[tuple[Key, bool]]] = {True: [], False: []}
    for key in sorted(keys, key=lambda key: key.name):
        crosses = owner[key.table] != owner[key.refers[0]]
        split[crosses].append((key, crosses))
    return [one for one in chain(*zip_longest(split[True], split[False])) if one is not None]


def _orphans(connection: Connection, number: int, keys: Iterable[Key], services: Services) -> list[Orphan]:
    found: list[Orphan] = []
    ways = _alternating(keys, services)
    while True:
        before = len(found)
        for key, crosses in ways:
            if len(found) == number:
                return found
            row = _row(connection, key, [one.id for one in found if one.table == key.table])
            if row is not None:
                found.append(_orphan(connection, key, row, len(found), crosses))
        if len(found) == before:
            raise ValueError(f"only {before} of {number} orphans have a place in so few rows")


# Rows that can lose their parent without anything else becoming wrong that a check of the platform guards, where not
# all of a table can.
_HARMLESS = {
    # The event counts those who go or went.
    ("event_participations", "event_id"): "status NOT IN ('GOING', 'ATTENDED')",
    # A reply is of the event of what it answers.
    ("event_comments", "event_id"): "parent_comment_id IS NULL"
    " AND NOT EXISTS (SELECT FROM event_comments reply WHERE reply.parent_comment_id = b.id)",
    # A flag ends at one that has no parent.
    ("feature_flags", "parent_id"): "false",
    # An application's company is that of its job.
    ("applications", "company_id"): "false",
    ("jobs", "company_id"): "NOT EXISTS (SELECT FROM applications one WHERE one.job_id = b.id)",
    # Whichever row of a history goes, what is left has a gap or ends in another status.
    ("application_status_history", "application_id"): "false",
}


def _row(connection: Connection, key: Key, taken: Sequence[int]) -> int | None:
    """The last row, but for those that were taken, that has a value under `key` and can do without."""
    text = "SELECT id FROM {} b WHERE {} IS NOT NULL AND NOT id = ANY (%s) AND " + _HARMLESS.get(
        (key.table, key.column), "true"
    )
    query = sql.SQL(text + " ORDER BY id DESC LIMIT 1").format(sql.Identifier(key.table), sql.Identifier(key.column))
    found = connection.execute(query, [list(taken)]).fetchone()
    return int(str(found[0])) if found else None


def _orphan(connection: Connection, key: Key, row: int, number: int, crosses: bool) -> Orphan:
    parent, column = key.refers
    if column == "id":
        query = sql.SQL("SELECT max(id) FROM {}").format(sql.Identifier(parent))
        (last,) = connection.execute(query).fetchone() or (0,)
        value = str(int(str(last)) + 1_000_000 + number)
    else:
        value = f"gone.{number}"
    _update(connection, key.table, {key.column: sql.Literal(value)}, row)
    return Orphan(key.table, key.column, row, value, f"{parent}.{column}", key.name, crosses)


def _update(
    connection: Connection, table: str, sets: Mapping[str, sql.Composable], row: int, other: int | None = None
) -> None:
    """Set columns of row `row`, from row `other` as `a`, as if nobody had noticed: it does not say that it changed."""
    name = sql.Identifier(table)
    triggers = connection.execute(
        "SELECT 1 FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = 'set_updated_at'", [f"public.{table}"]
    ).fetchone()
    if triggers:
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER set_updated_at").format(name))
    listed = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(one), value) for one, value in sets.items())
    statement = sql.SQL("UPDATE {0} b SET {1} FROM {0} a WHERE b.id = {2} AND a.id = {3}")
    connection.execute(statement.format(name, listed, sql.Literal(row), sql.Literal(other or row)))
    if triggers:
        connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER set_updated_at").format(name))


# From the middle of the table downwards: orphans are made from its end.
_PAIR = """
SELECT a.id, b.id
FROM {0} a
JOIN {0} b ON b.id > a.id AND b.id < coalesce({2}, (SELECT max(id) / 2 FROM {0})) AND {1}
ORDER BY a.id DESC, b.id LIMIT 1
"""


def _duplicates(connection: Connection, number: int, doubles: Sequence[Double]) -> list[Duplicate]:
    found: list[Duplicate] = []
    below = {double.key: "NULL" for double in doubles}
    for place in range(number):
        double = doubles[place % len(doubles)]
        row = connection.execute(_PAIR.format(double.table, double.pair, below[double.key]).encode()).fetchone()
        if row is None:
            raise ValueError(f"no two rows of {double.table} are left to be made equal under {double.key}")
        kept, other = (int(str(one)) for one in row)
        below[double.key] = str(kept)
        _drop(connection, double)
        sets = {column: sql.SQL(text) for column, text in double.sets.items()}
        _update(connection, double.table, sets, other, kept)
        found.append(Duplicate(double.table, tuple(double.sets), kept, other, double.key))
    return found


def _drop(connection: Connection, double: Double) -> None:
    table, key = sql.Identifier(double.table), sql.Identifier(double.key)
    connection.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}").format(table, key))
    connection.execute(sql.SQL("DROP INDEX IF EXISTS {}").format(key))


def _stale(connection: Connection, number: int, tables: Sequence[str]) -> list[StaleSequence]:
    if number > len(tables):
        raise ValueError(f"there are {len(tables)} sequences, not {number}")
    found = []
    for table in tables[:number]:
        query = sql.SQL("SELECT pg_get_serial_sequence({}, 'id'), max(id) FROM {}")
        row = connection.execute(query.format(sql.Literal(f"public.{table}"), sql.Identifier(table))).fetchone()
        sequence, last = row or ("", 0)
        stands = int(str(last)) // 2
        connection.execute("SELECT setval(%s::regclass, %s)", [sequence, stands])
        found.append(StaleSequence(table, "id", str(sequence), stands, int(str(last))))
    return found
