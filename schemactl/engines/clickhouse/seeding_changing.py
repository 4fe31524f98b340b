"""What a seed is about to make of rows that its own lookups find: a row that it changes is not to be found as it was.

Else the next run of the seed would find another, or none. What its rows say themselves is running/seed_own.py's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from schemactl.engines.clickhouse.seeding_match import Match, key_columns
from schemactl.engines.clickhouse.seeding_staging import LINE, SET, Stage, ask, read
from schemactl.model.seed import Lookup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.seeding_failure import Faults
    from schemactl.engines.clickhouse.seeding_staging import Values
    from schemactl.engines.clickhouse.seeding_table import Table
    from schemactl.model.seed import Rows


class Touched(NamedTuple):
    """A row of the table that a row of the seed is about.

    line    of that one, from 0
    leaves  whether it gives another value to a column that the lookup goes by
    """

    line: int
    leaves: bool


def touched(session: Session, table: Table, rows: Rows, by: Sequence[str], faults: Faults) -> Mapping[str, Touched]:
    """The rows of the table that the seed has a row for, by their hashes. Nothing for lookups by the key itself.

    raises  SchemactlError in the place of a row that does not fit; ServerError
    """
    keyed = {column for written in rows.key for column in key_columns(written, tuple(table.columns))}
    if set(by) <= set(rows.key):
        return {}
    values = [one for line in range(len(rows.rows)) if (one := _known(session, table, rows, line, keyed, by, faults))]
    if not values:
        return {}
    stage = Stage(session, table, faults, whole=False)
    try:
        stage.fill(values)
        sides = Match(session, stage, rows, faults, dict).sides(
            [f"{table.columns[name].text} AS schema_s{place}" for place, name in enumerate(by) if _staged(stage, name)],
            [f"{table.columns[name].text} AS schema_t{place}" for place, name in enumerate(by) if _staged(stage, name)],
            "1",
        )
        found = ask(session, f"SELECT {LINE}, schema_w, {_leaves(stage, by)} FROM {sides}")
    finally:
        stage.drop()
    return {str(one): Touched(int(line), bool(leaves)) for line, one, leaves in found}


def _known(
    session: Session, table: Table, rows: Rows, line: int, keyed: set[str], by: Sequence[str], faults: Faults
) -> Values | None:
    """Of a row what it says of its key and, each time, of `by`; None where its key is to be looked up first."""
    row = rows.rows[line]
    said = {name: row.values[name] for name in (*keyed, *by) if name in row.values and name not in rows.once}
    plain = {name: value for name, value in said.items() if not isinstance(value, Lookup)}
    return read(plain, row.at, line, table, session.facts.timezone, faults) if keyed <= set(plain) else None


def _staged(stage: Stage, name: str) -> bool:
    return any(column.name == name for column in stage.columns)


def _leaves(stage: Stage, by: Sequence[str]) -> str:
    """SQL: whether a row names one of these columns, and otherwise than it is."""
    differing = ["0"]
    for place, name in enumerate(by):
        sets = [str(number) for names, number in stage.sets.items() if name in names]
        if sets:
            differing.append(f"({SET} IN ({', '.join(sets)}) AND schema_s{place} != schema_t{place})")
    return f"toUInt8({' OR '.join(differing)})"
