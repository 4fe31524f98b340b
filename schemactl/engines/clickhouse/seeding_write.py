"""A seed's new and differing rows written as one INSERT, and what they replace taken away by a mutation behind it.

In between a row is there twice, as the seed says and as it was; none is ever missing. What is to go is named by a hash
of all that it says, in the ledger before the INSERT and in the mutation: neither the new row nor one that somebody else
writes meanwhile is met by it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from schemactl.contract.job import PlannedStatement
from schemactl.engines.clickhouse import awaiting, literal, observe, replicas, seeding_record
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.seeding_failure import NOTHING_KEPT
from schemactl.engines.clickhouse.seeding_staging import LINE, SET, ask, loose, typed
from schemactl.engines.clickhouse.seeding_table import hashed
from schemactl.engines.clickhouse.sending import answered, settings_of
from schemactl.engines.clickhouse.statements import Known
from schemactl.events import Noted
from schemactl.script import split, syntax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Settings
    from schemactl.engines.clickhouse.seeding_failure import Faults
    from schemactl.engines.clickhouse.seeding_match import Found, Match
    from schemactl.engines.clickhouse.seeding_merging import Merging
    from schemactl.engines.clickhouse.seeding_staging import Stage
    from schemactl.events import Listener
    from schemactl.model.seed import SeedFile

_AT_ONCE: Final = 20_000
"""Hashes in one mutation: its text has to fit into a node of the Keeper, a megabyte."""
_LONGEST: Final = 4_000_000
_ALL: Final = 2**40
_BETWEEN: Final = (
    "its rows are there as the seed says; some that they replace may stand beside them until it is run again"
)
_NOT_SPREAD: Final = (
    "its rows are there as the seed says, perhaps beside those that they replace and not yet on most replicas; it is"
    " not recorded"
)
_PERHAPS: Final = (
    "rows of this seed may be there already, beside those that they replace; none is lost, and it is not recorded"
)
_MERGED: Final = "not all rows of this seed are there: others stand in their place; it is not recorded"


class Writing:
    """Writes one seed's rows. Sets `faults.now` to what is true at each point.

    once     columns that a row which is there keeps
    merging  where the table merges rows
    """

    def __init__(
        self,
        session: Session,
        seed: SeedFile,
        stage: Stage,
        once: frozenset[str],
        match: Match,
        merging: Merging | None,
        faults: Faults,
        emit: Listener,
    ) -> None:
        self._session = session
        self._version = seed.version
        self._stage = stage
        self._table = stage.table
        self._once = once
        self._match = match
        self._merging = merging
        self._faults = faults
        self._emit = emit
        self._columns = [column for column in stage.table.columns.values() if column.kind in ("", "DEFAULT")]
        self._listed = ", ".join(column.sql for column in self._columns)
        self._limit_s = session.opening.statement_timeout_ms / 1000

    def write(self, found: Found, added: int) -> None:
        """Insert what is new or differs, then take away what was replaced. raises  SchemactlError; ServerError"""
        old = [*found.replaced.values(), *(before for before, _ in found.mended.values())]
        written: dict[int, str] = {}
        if added or found.replaced:
            final = self._final(found, added)
            if self._merging is not None:
                self._merging.refuse(final)
            written = self._hashes(final)
            if old:
                # Without it nobody could tell, after a death, the row that is replaced from one that somebody added.
                pairs = {before: written[line] for line, before in found.replaced.items()} | dict(found.mended.values())
                seeding_record.intend(self._session, self._version, self._table.shown, pairs)
            self._insert(final, list(written.values()))
        self._reach_replicas()
        if old:
            self._refuse_gone(list(written.values()))
            self._faults.now = _BETWEEN
            self._remove(old)
        self._refuse_gone(list(written.values()))

    def _refuse_gone(self, written: Sequence[str]) -> None:
        """Others write meanwhile, and what they wrote may be what a merge has kept."""
        if self._merging is None or sum(map(self._count, _parts(written))) >= len(written):
            return
        self._faults.now = _MERGED
        raise self._merging.gone()

    def _hashes(self, final: str) -> dict[int, str]:
        """What is to be written, by the seed's lines."""
        rows = ask(self._session, f"SELECT {LINE}, {hashed(self._table.kept)} FROM {final}")
        return {int(line): str(one) for line, one in rows}

    def _final(self, found: Found, added: int) -> str:
        """A temporary table of the rows to be written, each beside its line, with what it keeps of the old one."""
        name, seed = f"{self._stage.name}_final", self._stage.name
        wanted = [f"{column.sql} {column.type}" for column in self._columns]
        if self._merging is not None:  # a table may be sorted by what is computed
            wanted += [f"{one.sql} {typed(one)}" for one in self._table.columns.values() if one.computed]
        sql = f"CREATE TEMPORARY TABLE {name} ({LINE} UInt32, {', '.join(wanted)})"
        ask(self._session, sql, loose(self._session))
        there = f"(SELECT {LINE} FROM {self._match.name})"
        if added:
            new = f"SELECT {LINE}, {self._listed} FROM {seed} WHERE {LINE} NOT IN {there}"
            ask(self._session, f"INSERT INTO {name} ({LINE}, {self._listed}) {new}")
        if found.replaced:
            differ = (
                f"(SELECT {LINE} FROM {self._match.name} GROUP BY {LINE}"
                " HAVING count() = 1 AND max(has(schema_d, 1)) = 1)"
            )
            for names, number in self._stage.sets.items():
                merged = self._merged(names, number, differ)
                ask(self._session, f"INSERT INTO {name} ({LINE}, {self._listed}) {merged}")
        if ask(self._session, f"SELECT count() FROM {name}") != [(added + len(found.replaced),)]:
            raise self._faults.target(
                f"rows of {self._table.shown} changed while they were compared",
                do="run the command again when nobody else writes them",
                kind="changing",
            )
        return name

    def _merged(self, named: tuple[str, ...], number: int, differ: str) -> str:
        names = [name for name in named if name not in self._once]
        of_seed = [f"{column.sql} AS schema_n{at}" for at, column in enumerate(self._columns) if column.name in names]
        of_table = [
            f"{column.sql} AS schema_o{at}" for at, column in enumerate(self._columns) if column.name not in names
        ]
        sides = self._match.sides(of_seed, of_table, f"{SET} = {number} AND {LINE} IN {differ}")
        picked = ", ".join(
            f"schema_{'n' if column.name in names else 'o'}{at}" for at, column in enumerate(self._columns)
        )
        return f"SELECT {LINE}, {picked} FROM {sides} WHERE schema_w IN (SELECT schema_w FROM {self._match.name})"

    def _insert(self, final: str, hashes: Sequence[str]) -> None:
        sql = f"INSERT INTO {self._table.sql} ({self._listed}) SELECT {self._listed} FROM {final}"
        settings = {**settings_of(self._session, Known("insert"), self._limit_s, self._lock_s), **self._whole()}
        self._session.still_held()
        try:
            answered(self._session, sql, self._session.query_id(), settings, self._limit_s, self._tell)
        except ServerError as error:
            self._faults.now = self._undone(error, hashes)
            raise

    def _whole(self) -> Settings:
        """One block, so that it is seen whole in each partition.

        Without a quorum, also where a profile asks for one: on 18.16 mutations leave out the part of a table's last
        quorum write until there is another.
        """
        wanted: dict[str, str | int] = {"min_insert_block_size_rows": _ALL, "min_insert_block_size_bytes": 0}
        more: dict[str, str | int] = {"max_insert_threads": 1, "insert_deduplicate": 0, "insert_quorum": 0}
        return wanted | {name: value for name, value in more.items() if name in self._session.facts.settings}

    def _reach_replicas(self) -> None:
        """Wait until most replicas have the rows: a record is of what outlives a server."""
        session = self._session
        if not self._table.is_replicated or not replicas.is_spread(session):
            return
        self._faults.now = _NOT_SPREAD
        reached = 0
        for link in replicas.answering(session).values():
            if link is not session.link:
                link.ask(f"SYSTEM SYNC REPLICA {self._table.sql}")
            reached += 1
        if reached <= len(session.facts.replicas) // 2:
            raise self._faults.target(
                f"{reached} of {len(session.facts.replicas)} replicas have the rows of {self._table.shown}",
                do="run the command again when most replicas answer",
                kind="no_quorum",
            )

    def _undone(self, error: ServerError, hashes: Sequence[str]) -> str:
        """Take away what a refused INSERT has written all the same; what is true then."""
        if error.failure.gone or self._session.link.closed:
            return _PERHAPS
        try:
            there = sum(self._count(some) for some in _parts(hashes))
            if not there:
                return NOTHING_KEPT
            # A table that merges rows may have let those go by now that these stand for.
            if self._table.engine.endswith("MergeTree") and not self._table.merges and not self._session.opening.stop:
                self._remove(hashes)
                return NOTHING_KEPT
        except ServerError:
            return _PERHAPS
        return f"{there} of the {len(hashes)} rows to write are there, beside those that they replace; none is lost"

    def _count(self, hashes: Sequence[str]) -> int:
        # Not by `ask`: a run that was stopped is to know as well.
        sql = f"SELECT uniqExact({hashed(self._table.kept)}) FROM {self._table.sql} WHERE {self._among(hashes)}"
        return int(self._session.link.ask(sql, settings={"max_query_size": _LONGEST})[0][0])

    def _among(self, hashes: Sequence[str]) -> str:
        return f"{hashed(self._table.kept)} IN {literal.texts(list(hashes))}"

    def _remove(self, hashes: Sequence[str]) -> None:
        """Take rows away, on every replica. raises  ServerError"""
        for some in _parts(hashes):
            sql = f"ALTER TABLE {self._table.sql} DELETE WHERE {self._among(some)}"
            (statement,) = split.statements(sql, syntax.CLICKHOUSE)
            planned = PlannedStatement(0, statement)
            noted = observe.before(self._session, planned)
            settings = {
                **settings_of(self._session, Known("mutation"), self._limit_s, self._lock_s),
                "max_query_size": _LONGEST,
            }
            self._session.still_held()
            answered(self._session, sql, self._session.query_id(), settings, self._limit_s, self._tell)
            awaiting.mutations(self._session, planned, noted, self._tell, timeout_s=self._limit_s)

    @property
    def _lock_s(self) -> int:
        return math.ceil(self._session.opening.patience.lock_timeout_ms / 1000)

    def _tell(self, what: str) -> None:
        self._emit(Noted(self._session.target, self._version.text, f"waiting: {what}"))


def _parts(hashes: Sequence[str]) -> list[Sequence[str]]:
    return [hashes[start : start + _AT_ONCE] for start in range(0, len(hashes), _AT_ONCE)]
