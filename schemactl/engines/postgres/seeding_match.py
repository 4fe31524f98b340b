"""A seed's staged rows set against the table by the key: which are there, which differ, in what. Reads only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import psycopg

from schemactl.engines.postgres.failure import from_exception
from schemactl.engines.postgres.seeding_staging import SEED
from schemactl.engines.postgres.seeding_table import quoted
from schemactl.model.seed import SHOWN, Difference, Expanded
from schemactl.running.seed_values import HIDDEN, NULL, keyed, pair, shown

if TYPE_CHECKING:
    from schemactl.engines.postgres.connection import Connection
    from schemactl.engines.postgres.seeding_failure import Faults
    from schemactl.engines.postgres.seeding_staging import Staging
    from schemactl.model.seed import Rows

MATCH: Final = "pg_temp.schemactl_match"
_LONGEST: Final = 500
_WORD: Final = re.compile(r"'(?:[^']|'')*'|\"((?:[^\"]|\"\")+)\"|([A-Za-z_]\w*)")


class Match:
    """The matching of one staged seed with its table.

    `pg_temp.schemactl_match`: a row for each row of the seed that is there: `schemactl_row`, where it is
    (`schemactl_rel`, `schemactl_at`), and whether it `differs`
    """

    def __init__(self, connection: Connection, staging: Staging, rows: Rows, faults: Faults) -> None:
        self._connection = connection
        self._staging = staging
        self._table = staging.table
        self._rows = rows
        self._faults = faults
        self._keys = [self._key(written) for written in rows.key]
        self.key_columns = frozenset(name for written in rows.key for name in self._columns_in(written))

    def check(self) -> None:
        """Refuse a key that rows leave out, and one of what they are given once. raises  SchemactlError"""
        both = self.key_columns & self._rows.once
        if both:
            raise self._faults.file(
                f"`{min(both)}` is in `once` and in `key`: by its key a row is found each time",
                at=self._rows.at.get("once", ""),
                do="take it out of one of the two",
                kind="wrong_value",
            )
        for row in self._staging.rows[:1] if self._rows.columns else self._staging.rows:
            wanting = self.key_columns.difference(row.values)
            if wanting:
                raise self._faults.file(
                    f"the row has no `{min(wanting)}`, which is part of its key",
                    at=row.at,
                    do="name it in the row",
                    kind="missing_key",
                )

    def refuse_twins(self, rows: str) -> None:
        """Refuse two rows of the seed with one key; `rows`: SQL, which rows of the seed."""
        numbers = ", ".join(str(number + 1) for number in range(len(self._keys)))
        found = self._ask(
            f"SELECT {', '.join(self._keys)}, min(schemactl_row), max(schemactl_row), count(*) FROM {SEED}"
            f" AS {quoted(self._table.name)} WHERE {rows} GROUP BY {numbers} HAVING count(*) > 1"
            f" ORDER BY {len(self._keys) + 1} LIMIT 1"
        )
        if found:
            first, last, count = found[0][-3:]
            which = "two rows have" if count == 2 else f"{count} rows have"
            raise self._faults.file(
                f"{which} the key {self._told(first)}: {self._rows.rows[first].at} and {self._rows.rows[last].at}",
                at=self._rows.rows[last].at,
                do="keep one of them, or give the seed a key that tells them apart",
                kind="duplicate_key",
            )

    def make(self, rows: str) -> None:
        """Fill `schemactl_match` anew. raises  StatementError where several rows of the table have one key"""
        alias = quoted(self._table.name)
        keys = ", ".join(f"{key} AS schemactl_k{number}" for number, key in enumerate(self._keys))
        where = f" WHERE ({self._rows.where}\n)" if self._rows.where else ""
        place = "tableoid AS schemactl_rel, ctid AS schemactl_at"
        there = f"SELECT *, {place}, {keys} FROM {self._table.sql} AS {alias}{where}"
        seed = f"SELECT *, {keys} FROM {SEED} AS {alias} WHERE {rows}"
        equal = " AND ".join(f"t.schemactl_k{number} = s.schemactl_k{number}" for number in range(len(self._keys)))
        select = (
            "SELECT s.schemactl_row, t.schemactl_rel, t.schemactl_at, "
            f"{self._differs()} AS differs FROM ({seed}) AS s JOIN ({there}) AS t ON "
        )
        sql = select + equal
        if self._has_null(rows):
            # NULL is a value like any other; but a join by IS NOT DISTINCT FROM compares every row with every other.
            alike = equal.replace(" = ", " IS NOT DISTINCT FROM ")
            null = " OR ".join(f"s.schemactl_k{number} IS NULL" for number in range(len(self._keys)))
            sql = f"{sql} UNION ALL {select}{alike} WHERE {null}"
        self._send(f"DROP TABLE IF EXISTS {MATCH}")
        self._send(f"CREATE TEMP TABLE schemactl_match ON COMMIT DROP AS {sql}")
        self._send(f"ANALYZE {MATCH}")
        self._refuse_several()

    def counts(self) -> tuple[int, int]:
        """How many rows are there and differ, and how many are there as they should be."""
        row = self._ask(f"SELECT count(*) FILTER (WHERE differs), count(*) FILTER (WHERE NOT differs) FROM {MATCH}")[0]
        return int(row[0]), int(row[1])

    def differences(self) -> list[tuple[int, Difference]]:
        """The first rows that differ, field by field, by their place in the seed."""
        columns = [column for column in self._staging.columns if column.name not in self._rows.once]
        fields = ", ".join(f"{column.differs('t', 's')}, left(t.{column.sql}::text, {_LONGEST})" for column in columns)
        found = self._ask(
            f"SELECT m.schemactl_row, {fields} FROM (SELECT * FROM {MATCH} WHERE differs ORDER BY schemactl_row"
            f" LIMIT {SHOWN}) AS m JOIN {SEED} AS s USING (schemactl_row) JOIN {self._table.sql} AS t"
            f" ON t.ctid = m.schemactl_at AND t.tableoid = m.schemactl_rel ORDER BY m.schemactl_row"
        )
        told: list[tuple[int, Difference]] = []
        for number, *rest in found:
            row = self._rows.rows[number]
            pairs = zip(columns, rest[::2], rest[1::2], strict=True)
            named = tuple(
                pair(column.name, NULL if now is None else now, row.values[column.name])
                for column, differs, now in pairs
                if differs and column.name in row.values
            )
            told.append((number, Difference(row.at, self._told(number), named)))
        return told

    def missed(self, rows: str) -> int | None:
        """The first row of the seed that has no match; None where each has one."""
        found = self._ask(
            f"SELECT min(s.schemactl_row) FROM {SEED} AS s WHERE {rows}"
            f" AND NOT EXISTS (SELECT FROM {MATCH} AS m WHERE m.schemactl_row = s.schemactl_row)"
        )
        return None if found[0][0] is None else int(found[0][0])

    def _differs(self) -> str:
        """SQL: whether a row differs in one of the columns that it names, but for those that it is given once."""
        cases = []
        for names, number in self._staging.sets.items():
            compared = [name for name in names if name not in self._rows.once]
            tests = [self._table.columns[name].differs("t", "s") for name in compared]
            cases.append(f"WHEN {number} THEN {' OR '.join(f'({test})' for test in tests)}")
        return f"CASE s.schemactl_set {' '.join(cases)} END"

    def _has_null(self, rows: str) -> bool:
        null = " OR ".join(f"({key}) IS NULL" for key in self._keys)
        sql = f"SELECT EXISTS (SELECT FROM {SEED} AS {quoted(self._table.name)} WHERE {rows} AND ({null}))"
        return bool(self._ask(sql)[0][0])

    def _refuse_several(self) -> None:
        found = self._ask(
            f"SELECT schemactl_row, count(*) FROM {MATCH} GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 1"
        )
        if found:
            number, count = found[0]
            raise self._faults.target(
                f"{count} rows of {self._table.shown} have the key {self._told(number)}",
                at=self._rows.rows[number].at,
                do="remove what is there twice, or give the seed a key that tells them apart",
                kind="duplicate_key",
            )

    def _told(self, number: int) -> str:
        """`name = search` of a row, its expressions as the server computes them."""
        row = self._rows.rows[number]
        computed = self._ask(
            f"SELECT {', '.join(f'({key})::text' for key in self._keys)} FROM {SEED} AS {quoted(self._table.name)}"
            f" WHERE schemactl_row = {number}"
        )[0]
        parts = []
        for written, text in zip(self._rows.key, computed, strict=True):
            secret = any(isinstance(row.values.get(name), Expanded) for name in self._columns_in(written))
            value = row.values.get(written)
            told = shown(value) if value is not None else HIDDEN if secret else text or NULL
            parts.append(keyed(written, told))
        return ", ".join(parts)

    def _key(self, written: str) -> str:
        return quoted(written) if written in self._table.columns else f"({written}\n)"

    def _columns_in(self, written: str) -> list[str]:
        """The columns that a key speaks of."""
        if written in self._table.columns:
            return [written]
        words = [match[1].replace('""', '"') if match[1] else (match[2] or "") for match in _WORD.finditer(written)]
        found = [word if word in self._table.columns else word.lower() for word in words]
        return [word for word in found if word in self._table.columns]

    def _send(self, sql: str) -> None:
        try:
            self._connection.execute(sql.encode())
        except psycopg.Error as error:
            self._refuse(error)
            raise

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql.encode()).fetchall()
        except psycopg.Error as error:
            self._refuse(error)
            raise

    def _refuse(self, error: psycopg.Error) -> None:
        """What the author wrote into `key` or `where` has a place of its own; the rest is told by the caller."""
        failure = from_exception(error)
        if failure.state[:2] not in ("42", "22") or failure.kind == "insufficient_privilege":
            return
        at = self._rows.at.get("where" if self._rows.where else "key", "")
        what = "key or where" if self._rows.where else "key"
        raise self._faults.of(error, at=at, do=f"correct the {what} of the seed: columns, or expressions of them")
