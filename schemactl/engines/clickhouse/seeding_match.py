"""A seed's staged rows set against the table by the key: which are there, which differ, in what. Reads only.

Values are compared as the server writes them: two of one type are equal where their texts are, and NULL equals NULL.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.clickhouse import literal
from schemactl.engines.clickhouse.seeding_staging import LINE, SET, ask
from schemactl.engines.clickhouse.seeding_table import hashed, text, texts
from schemactl.model.seed import SHOWN, Difference, Expanded
from schemactl.running.seed_values import HIDDEN, NULL, keyed, pair, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.seeding_failure import Faults
    from schemactl.engines.clickhouse.seeding_staging import Stage
    from schemactl.engines.clickhouse.seeding_table import Table
    from schemactl.errors import SchemactlError
    from schemactl.model.seed import Rows

_LONGEST: Final = 500
_WORD: Final = re.compile(r"'(?:[^'\\]|\\.|'')*'|`((?:[^`\\]|\\.)+)`|\"((?:[^\"\\]|\\.)+)\"|([A-Za-z_]\w*)")


class Found(NamedTuple):
    """What the table has of the seed's rows, by their lines.

    matched   how many rows of the seed are there
    replaced  those that differ → the hash of the row that is there
    mended    those that are there as the seed says, and beside it as they were before: a run died between the two, and
              had written into the ledger that it takes the old one away → the hashes of the old one and of the other
    """

    matched: int
    replaced: dict[int, str]
    mended: dict[int, tuple[str, str]]


def key_columns(written: str, columns: Sequence[str]) -> list[str]:
    """The columns that a part of a key speaks of."""
    if written in columns:
        return [written]
    words = (match[1] or match[2] or match[3] or "" for match in _WORD.finditer(written))
    return [word for word in words if word in columns]


class Match:
    """The matching of one staged seed with its table.

    name  of a temporary table: for each row of the table that has a key of the seed's the seed's line `schema_line`,
          the row's hash `schema_w`, and which columns differ, `schema_d`
    """

    def __init__(
        self, session: Session, stage: Stage, rows: Rows, faults: Faults, intended: Callable[[], Mapping[str, str]]
    ) -> None:
        """`intended`: what a run of this seed that came to no end was about to take away, and what it wrote instead."""
        self._session = session
        self._intended = intended
        self._stage = stage
        self._table = stage.table
        self._rows = rows
        self._faults = faults
        self._keys = [literal.name(key) if key in self._table.columns else f"({key}\n)" for key in rows.key]
        self._key = texts([text(key) for key in self._keys])

    @property
    def table(self) -> Table:
        return self._table

    @property
    def name(self) -> str:
        """The stage's, which has a new one each time it is filled."""
        return f"{self._stage.name}_match"

    def refuse_twins(self) -> None:
        """Refuse two rows of the seed with one key."""
        found = ask(
            self._session,
            f"SELECT min({LINE}) AS schema_first, max({LINE}), count() AS schema_n FROM {self._stage.name}"
            f" GROUP BY {self._key} HAVING schema_n > 1 ORDER BY schema_first LIMIT 1",
        )
        if found:
            first, last, count = found[0]
            which = "two rows have" if count == 2 else f"{count} rows have"
            raise self._faults.file(
                f"{which} the key {self._told(first)}: {self._rows.rows[first].at} and {self._rows.rows[last].at}",
                at=self._rows.rows[last].at,
                do="keep one of them, or give the seed a key that tells them apart",
                kind="duplicate_key",
            )

    def make(self) -> Found:
        """raises  StatementError where several rows of the table have one key; ServerError"""
        ask(
            self._session,
            f"CREATE TEMPORARY TABLE {self.name} ({LINE} UInt32, schema_w String, schema_d Array(UInt8))",
        )
        ask(self._session, f"INSERT INTO {self.name} {self._differing()}")
        ((matched,),) = ask(self._session, f"SELECT uniqExact({LINE}) FROM {self.name}")
        rows = ask(
            self._session,
            f"SELECT {LINE}, count() AS schema_n, groupArray(schema_w), groupArray(has(schema_d, 1)) AS schema_f"
            f" FROM {self.name} GROUP BY {LINE} HAVING schema_n > 1 OR has(schema_f, 1) ORDER BY {LINE}",
        )
        found = Found(int(matched), {}, {})
        intended = self._intended() if any(count != 1 for _, count, *_ in rows) else {}
        for line, count, hashes, differs in rows:
            if count == 1:
                found.replaced[int(line)] = str(hashes[0])
                continue
            old = [str(one) for one, differ in zip(hashes, differs, strict=True) if differ]
            new = [str(one) for one, differ in zip(hashes, differs, strict=True) if not differ]
            # Any other is somebody's own row, and the key too narrow.
            if len(old) != 1 or [intended.get(old[0])] != new:
                raise self._several(int(line), int(count))
            found.mended[int(line)] = (old[0], new[0])
        return found

    def differences(self, found: Found) -> tuple[Difference, ...]:
        """The first rows that differ, field by field."""
        lines = sorted({**found.replaced, **found.mended})[:SHOWN]
        if not lines:
            return ()
        columns = self._stage.columns
        fields = [f"substring(schema_t{number}, 1, {_LONGEST})" for number in range(len(columns))]
        rows = ask(
            self._session,
            f"SELECT {', '.join([LINE, self._flags(), *fields])} FROM {self._sides(tuple(lines))} ORDER BY {LINE}",
        )
        told = []
        for line, flags, *now in rows:
            if not any(flags):
                continue
            row = self._rows.rows[line]
            named = tuple(
                pair(column.name, NULL if is_now == "-" else str(is_now)[1:], row.values[column.name])
                for column, differs, is_now in zip(columns, flags, now, strict=True)
                if differs
            )
            told.append(Difference(row.at, self._told(line), named))
        return tuple(told)

    def present(self, lines: Sequence[int]) -> set[int]:
        """Those of these lines that the table has a row for."""
        if not lines:
            return set()
        listed = ", ".join(map(str, lines))
        rows = ask(self._session, f"SELECT DISTINCT {LINE} FROM {self.name} WHERE {LINE} IN ({listed})")
        return {int(line) for (line,) in rows}

    def sides(self, of_seed: Sequence[str], of_table: Sequence[str], where: str) -> str:
        """SQL: the seed's rows, each beside the table's of its key. The table's have their hash, `schema_w`."""
        key, stage, whole = self._key, self._stage.name, hashed(self._table.kept)
        narrow = "".join(
            f"{sql} IN (SELECT {sql} FROM {stage}) AND "
            for written, sql in zip(self._rows.key, self._keys, strict=True)
            if written in self._table.columns and self._table.columns[written].narrows
        )
        seed = ", ".join([LINE, SET, f"{key} AS schema_key", *of_seed])
        there = ", ".join([f"{key} AS schema_key", f"{whole} AS schema_w", *of_table])
        return (
            f"(SELECT {seed} FROM {stage} WHERE {where}) AS a ALL INNER JOIN (SELECT {there} FROM {self._table.sql}"
            f" WHERE {narrow}schema_key IN (SELECT {key} FROM {stage})) AS b USING schema_key"
        )

    def _sides(self, lines: tuple[int, ...] = ()) -> str:
        columns = self._stage.columns
        where = f"{LINE} IN ({', '.join(map(str, lines))})" if lines else "1"
        return self.sides(
            [f"{column.text} AS schema_s{number}" for number, column in enumerate(columns)],
            [f"{column.text} AS schema_t{number}" for number, column in enumerate(columns)],
            where,
        )

    def _differing(self) -> str:
        return f"SELECT {LINE}, schema_w, {self._flags()} FROM {self._sides()}"

    def _flags(self) -> str:
        """SQL: for each column of the stage whether the row names it and it differs; never one given once."""
        flags = []
        for number, column in enumerate(self._stage.columns):
            if column.name in self._rows.once:
                flags.append("toUInt8(0)")
                continue
            sets = [str(one) for names, one in self._stage.sets.items() if column.name in names]
            mask = "" if len(sets) == len(self._stage.sets) else f" AND {SET} IN ({', '.join(sets)})"
            flags.append(f"toUInt8(schema_s{number} != schema_t{number}{mask})")
        return f"[{', '.join(flags)}]"

    def _several(self, line: int, count: int) -> SchemactlError:
        merging = "Replacing" in self._table.engine
        other = f"run `OPTIMIZE TABLE {self._table.shown} FINAL`" if merging else "remove what is there twice"
        return self._faults.target(
            f"{count} rows of {self._table.shown} have the key {self._told(line)}",
            at=self._rows.rows[line].at,
            do=f"{other}, or give the seed a key that tells them apart",
            kind="duplicate_key",
        )

    def _told(self, line: int) -> str:
        """`name = search` of a row; of an expression what its server makes of it."""
        row, parts = self._rows.rows[line], []
        for written, sql in zip(self._rows.key, self._keys, strict=True):
            columns = key_columns(written, tuple(self._table.columns))
            if written in row.values:
                told = shown(row.values[written])
            elif any(isinstance(row.values.get(name), Expanded) for name in columns):
                told = HIDDEN
            else:
                ((told,),) = ask(self._session, f"SELECT toString({sql}) FROM {self._stage.name} WHERE {LINE} = {line}")
            parts.append(keyed(written, NULL if told is None else told))
        return ", ".join(parts)
