"""What a table that makes one row of those with one sorting key would make of a seed's: refused, or found out.

A ReplacingMergeTree keeps the row of the highest version, and of those that have it, or where there is no such column,
the one that was written last. Source: ClickHouse manual, ReplacingMergeTree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.clickhouse.seeding_staging import LINE, ask
from schemactl.engines.clickhouse.seeding_table import hashed

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.seeding_failure import Faults
    from schemactl.engines.clickhouse.seeding_match import Match
    from schemactl.errors import SchemactlError
    from schemactl.model.seed import Rows


class Merging:
    """Looks at the rows that one seed is about to write into such a table."""

    def __init__(self, session: Session, match: Match, rows: Rows, faults: Faults) -> None:
        self._session = session
        self._match = match
        self._table = match.table
        self._rows = rows.rows
        self._faults = faults
        self._key = f"toString(tuple({self._table.sorting or '0'}))"

    def refuse(self, final: str) -> None:
        """Refuse rows of which a merge would leave no trace, or that would take others' with them.

        final   the temporary table that they are in, beside their lines
        raises  StatementError, UnsupportedError; ServerError
        """
        self._refuse_twins(final)
        self._refuse_others(final)
        if self._table.version:
            self._refuse_lower(final)

    def gone(self) -> SchemactlError:
        """The error of rows that were written and are not there any more."""
        return self._faults.target(
            f"rows that were written into {self._table.shown} were merged with others, written meanwhile",
            do="run the command again when nobody else writes the table",
            kind="changing",
        )

    def _refuse_twins(self, final: str) -> None:
        found = ask(
            self._session,
            f"SELECT min({LINE}) AS schema_first, max({LINE}), count() AS schema_n FROM {final}"
            f" GROUP BY {self._key} HAVING schema_n > 1 ORDER BY schema_first LIMIT 1",
        )
        if found:
            first, last, _ = found[0]
            raise self._one_row(int(last), f"as the row {self._rows[first].at}")

    def _refuse_others(self, final: str) -> None:
        """Those that go anyway are not among them."""
        kept = f"schema_w NOT IN (SELECT schema_w FROM {self._match.name} WHERE has(schema_d, 1))"
        found = self._beside(final, kept)
        if found is not None:
            raise self._one_row(found, "as one that is there with another key")

    def _one_row(self, line: int, other: str) -> SchemactlError:
        sorting = self._table.sorting or "nothing"
        return self._faults.target(
            f"{self._table.shown} keeps one row for each ({sorting}), and this one has the same {other}",
            at=self._rows[line].at,
            do=f"correct the row, or let the seed's key be that of the table; where the other is an old one, run"
            f" `OPTIMIZE TABLE {self._table.shown} FINAL`",
            kind="duplicate_key",
        )

    def _refuse_lower(self, final: str) -> None:
        found = self._beside(final, "schema_v > schema_n", f"{self._table.version} AS schema_")
        if found is not None:
            raise self._faults.cannot(
                f"{self._table.shown} keeps the row of the highest {self._table.version}, and this one's is lower than"
                " that of the row it replaces",
                at=self._rows[found].at,
                do=f"give it one as high at least, or leave {self._table.version} out of the row",
            )

    def _beside(self, final: str, where: str, value: str = "0 AS schema_") -> int | None:
        """The first line beside whose row the table has one of its sorting key of which `where` is so."""
        rows = ask(
            self._session,
            f"SELECT {LINE} FROM (SELECT {LINE}, {value}n, {self._key} AS schema_key FROM {final}) AS a"
            f" ALL INNER JOIN (SELECT {value}v, {hashed(self._table.kept)} AS schema_w, {self._key} AS schema_key"
            f" FROM {self._table.sql} WHERE schema_key IN (SELECT {self._key} FROM {final})) AS b USING schema_key"
            f" WHERE {where} ORDER BY {LINE} LIMIT 1",
        )
        return int(rows[0][0]) if rows else None
