"""The order in which rows of a seed can be written where some take unique values that others of them give up.

Unique indexes are read; what else is exclusive (EXCLUDE, the defaults of columns that a new row leaves out, what a
trigger makes of a row) is not, and then the order may be another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg
from psycopg.pq import TransactionStatus

from schemactl.engines.postgres.failure import from_exception
from schemactl.engines.postgres.seeding_match import MATCH
from schemactl.engines.postgres.seeding_staging import SEED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemactl.engines.postgres.connection import Connection
    from schemactl.engines.postgres.seeding_table import Table

# Those that hold for each row at once: what is deferrable is deferred in a seed.
_INDEXES: Final = """
SELECT pg_get_expr(i.indpred, i.indrelid),
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, i.indnkeyatts) AS n)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace s ON s.oid = c.relnamespace
WHERE i.indisunique AND i.indimmediate AND i.indisvalid AND s.nspname = %s AND c.relname = %s
"""
# Whether there is more than those indexes and `=` can say; and their columns with a value of their own (a number that
# is given anew is nobody's).
_MORE: Final = """
SELECT c.relhassubclass OR c.relhasrules OR EXISTS (
         SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal)
       OR EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'x' AND NOT k.condeferrable)
       OR EXISTS (
         SELECT FROM pg_index i LEFT JOIN pg_collation l ON l.oid = ANY (i.indcollation)
         WHERE i.indrelid = c.oid AND i.indisunique AND (i.indnullsnotdistinct OR NOT l.collisdeterministic)),
       ARRAY(
         SELECT DISTINCT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid
         JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE i.indrelid = c.oid AND i.indisunique AND i.indimmediate
           AND (a.attgenerated <> '' OR pg_get_expr(d.adbin, d.adrelid) NOT LIKE 'nextval(%%')
           AND (a.attnum = ANY (i.indkey) OR EXISTS (
             SELECT FROM pg_depend p WHERE p.classid = 'pg_class'::regclass AND p.objid = i.indexrelid
               AND p.refobjid = i.indrelid AND p.refobjsubid = a.attnum)))
FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace WHERE s.nspname = %s AND c.relname = %s
"""


class Order(NamedTuple):
    """Each row once: those of one of the `levels` want nothing that rows of a later one have now.

    levels  rows that wait for one another in a circle, and whoever waits for those, are the last
    whole   whether nothing else can be in a row's way: one that is refused in this order is refused in every other
    """

    levels: list[list[int]]
    whole: bool


class Held(NamedTuple):
    """Rows of a seed, by their places in it, that name these columns and were refused together.

    names    the columns that are written
    updates  whether they are there already: schemactl_match says where
    """

    names: tuple[str, ...]
    updates: bool
    rows: Sequence[int]


def within(rows: Sequence[int]) -> str:
    """SQL: whether `s` is one of these rows."""
    if isinstance(rows, range):
        return f"s.schemactl_row BETWEEN {rows[0]} AND {rows[-1]}"
    return f"s.schemactl_row = ANY ('{{{','.join(map(str, rows))}}}'::int[])"


def order_of(connection: Connection, table: Table, held: Sequence[Held]) -> Order:
    """raises  psycopg.Error"""
    whole = _is_all_told(connection, table, held)
    rows = sorted(row for some in held for row in some.rows)
    waits_for: dict[int, set[int]] = {}
    there = [row for some in held if some.updates for row in some.rows]
    if there:
        now = f"SELECT s.schemactl_row, t.* {_found(table)} WHERE {within(there)}"
        wanted = " UNION ALL ".join(_wanted(table, some) for some in held)
        for predicate, keys in connection.execute(_INDEXES, (table.schema, table.name)).fetchall():
            edges = _edges(connection, now, wanted, predicate, keys)
            whole = whole and edges is not None
            for row, other in edges or ():
                waits_for.setdefault(row, set()).add(other)
    return Order(_in_levels(rows, waits_for), whole)


def _is_all_told(connection: Connection, table: Table, held: Sequence[Held]) -> bool:
    """Whether the table's unique indexes say of these rows all that can be in their way."""
    row = connection.execute(_MORE, (table.schema, table.name)).fetchone()
    if row is None or row[0]:
        return False
    return not any(
        name not in some.names and (table.columns[name].computed or not some.updates)
        for some in held
        for name in row[1]
    )


def _found(table: Table) -> str:
    return (
        f"FROM {MATCH} AS m JOIN {SEED} AS s USING (schemactl_row)"
        f" JOIN {table.sql} AS t ON t.ctid = m.schemactl_at AND t.tableoid = m.schemactl_rel"
    )


def _wanted(table: Table, held: Held) -> str:
    """SQL: the rows as they will be, in the order of the table's columns; a new one without defaults."""
    columns = []
    for column in table.columns.values():
        if column.name in held.names:
            columns.append(f"s.{column.sql}")
        elif held.updates:
            columns.append(f"t.{column.sql}")
        else:  # NULL of a type that may take none, too
            columns.append(f"(SELECT n.{column.sql} FROM {table.sql} AS n WHERE false) AS {column.sql}")
    source = _found(table) if held.updates else f"FROM {SEED} AS s"
    return f"SELECT s.schemactl_row, {', '.join(columns)} {source} WHERE {within(held.rows)}"


def _edges(
    connection: Connection, now: str, wanted: str, predicate: str | None, keys: Sequence[str]
) -> list[tuple[int, int]] | None:
    """Which row wants what which other has now in one index; None where the server cannot say."""
    listed = ", ".join(f"({key}) AS schemactl_k{number}" for number, key in enumerate(keys))
    where = f" WHERE ({predicate})" if predicate else ""
    equal = " AND ".join(f"w.schemactl_k{number} = n.schemactl_k{number}" for number in range(len(keys)))
    keyed = f"SELECT schemactl_row, {listed} FROM "
    sql = (
        f"SELECT w.schemactl_row, n.schemactl_row FROM ({keyed}({wanted}) AS x{where}) AS w"
        f" JOIN ({keyed}({now}) AS x{where}) AS n ON {equal} AND w.schemactl_row <> n.schemactl_row"
    )
    connection.execute("SAVEPOINT schemactl_order")
    try:
        found = connection.execute(sql.encode()).fetchall()
    except psycopg.Error as error:
        # An expression may refuse a row that will never be, a type may have no `=` of that name.
        if connection.closed or from_exception(error).state[:2] not in ("22", "42", "P0", "0A"):
            raise
        connection.execute("ROLLBACK TO SAVEPOINT schemactl_order")
        return None
    finally:
        if not connection.closed and connection.pgconn.transaction_status == TransactionStatus.INTRANS:
            connection.execute("RELEASE SAVEPOINT schemactl_order")
    return [(int(row), int(other)) for row, other in found]


def _in_levels(rows: Iterable[int], waits_for: dict[int, set[int]]) -> list[list[int]]:
    frees: dict[int, list[int]] = {}
    for row, others in waits_for.items():
        for other in others:
            frees.setdefault(other, []).append(row)
    left = {row: len(waits_for.get(row, ())) for row in rows}
    found = []
    level = [row for row, count in left.items() if not count]
    while level:
        found.append(level)
        following = []
        for row in level:
            for waiting in frees.get(row, ()):
                left[waiting] -= 1
                if not left[waiting]:
                    following.append(waiting)
        level = sorted(following)
    circle = [row for row, count in left.items() if count]
    return [*found, circle] if circle else found
