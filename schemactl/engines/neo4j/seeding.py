"""Seeds on Neo4j: nodes, then relationships, then the record, in one transaction (docs/adr/0015)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.neo4j import seeding_record, work
from schemactl.engines.neo4j.hands import Neo4jHands
from schemactl.engines.neo4j.plain import LABELS
from schemactl.engines.neo4j.seeding_edges import SeedEdges
from schemactl.engines.neo4j.seeding_nodes import NodeShelf, labels_of
from schemactl.engines.neo4j.seeding_write import Writing
from schemactl.engines.neo4j.timeouts import Timeouts
from schemactl.model.seed import SHOWN, Compared
from schemactl.running.failure import RefusedError
from schemactl.running.patience import Patiently
from schemactl.running.seed_faults import Faults
from schemactl.running.seed_lookups import lookups_in
from schemactl.running.seed_matching import SeedRows, compared, written
from schemactl.running.seed_own import with_own

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.contract.job import Job
    from schemactl.engines.neo4j.connection import Session
    from schemactl.engines.neo4j.seeding_edges import Edge
    from schemactl.events import Listener
    from schemactl.model.seed import Rows, SeedFile, SeedRecord

# Of these one row among many may be to blame; what a transaction as a whole is refused says Transaction.
_OF_A_ROW: Final = ("Neo.ClientError.Statement.", "Neo.ClientError.Schema.", "Neo.DatabaseError.Statement.")


class Neo4jSeeder:
    """See contract.seeding.Seeder. `check`: LeaseLock.check."""

    def __init__(self, session: Session, check: Callable[[], None]) -> None:
        self._session = session
        self._check_lease = check
        opening = session.opening
        self._limits = Timeouts(opening.patience.lock_timeout_ms, opening.statement_timeout_ms)

    @property
    def promise(self) -> str:
        return "each is one transaction, its record in it"

    def recorded(self) -> tuple[SeedRecord, ...]:
        return seeding_record.read(self._session)

    def compare(self, seed: SeedFile, rows: Rows) -> Compared:
        faults = Faults(self._session.opening, seed, rows)
        _check(rows, faults)
        rows = _with_own(rows, faults)
        try:
            with work.transaction(self._session, self._limits, data=False) as open_work:
                shelf = NodeShelf(open_work)
                nodes = compared(SeedRows(shelf, rows, faults), len(rows.rows))
                edges = SeedEdges(open_work, shelf, rows.relationships, faults)
                return _together(nodes, edges, edges.edges(whole=False), len(rows.relationships))
        except RefusedError as refused:
            raise faults.refused(refused) from refused

    def apply(self, seed: SeedFile, rows: Rows, record: SeedRecord, emit: Listener) -> Compared:
        faults = Faults(self._session.opening, seed, rows)
        _check(rows, faults)
        rows = _with_own(rows, faults)
        patience = Patiently(self._session.opening, emit)
        singly: frozenset[str] = frozenset()
        while True:
            writing = Writing(self._session, seed, rows, singly, emit)
            try:
                with Neo4jHands(self._session, self._check_lease).noticing():
                    return self._attempt(rows, record, faults, writing)
            except RefusedError as refused:
                places = writing.places if refused.failure.state.startswith(_OF_A_ROW) else ()
                if len(places) > 1 and not singly and not refused.stopped:
                    singly = frozenset(places)  # nothing was kept: once more, to find which of them it is
                elif refused.stopped or refused.failure.gone or not patience.again(refused.failure):
                    at = places[0] if len(places) == 1 else ""
                    raise faults.refused(refused, at=at) from refused

    def run(self, seed: SeedFile, job: Job, record: SeedRecord, emit: Listener) -> None:
        from schemactl.engines.neo4j.seeding_script import run

        run(self._session, self._check_lease, seed, job, record, emit)

    def _attempt(self, rows: Rows, record: SeedRecord, faults: Faults, writing: Writing) -> Compared:
        with work.transaction(self._session, self._limits) as open_work:
            shelf = NodeShelf(open_work)
            nodes = written(SeedRows(shelf, rows, faults), lambda matched: writing.nodes(open_work, matched))
            edges = SeedEdges(open_work, shelf, rows.relationships, faults)
            found = edges.edges(whole=True)
            writing.edges(open_work, found)
            done = _together(nodes, edges, found, len(found))
            open_work.ours()
            counted = record._replace(added=done.added, changed=done.changed, same=done.same)
            open_work.write([seeding_record.write(counted)])
        return done


def _together(nodes: Compared, edges: SeedEdges, found: Sequence[Edge], total: int) -> Compared:
    """`total` relationships: those that were not found are to be added, with their ends."""
    changed = [edge for edge in found if edge.facts is not None and edge.changes]
    same = sum(not edge.differs for edge in found)
    told = (*nodes.differences, *map(edges.difference, changed[:SHOWN]))[:SHOWN]
    added = nodes.added + total - len(changed) - same
    return Compared(added, nodes.changed + len(changed), nodes.same + same, told)


def _with_own(rows: Rows, faults: Faults) -> Rows:
    labels = labels_of(rows.object)
    return with_own(rows, lambda name: labels_of(name) == labels, NodeShelf.own, faults.file)


def _check(rows: Rows, faults: Faults) -> None:
    """Refuse what no seed of nodes can say. raises  ConfigError, StatementError"""
    if rows.where:
        raise faults.file("`where` is PostgreSQL's", at=rows.at.get("where", ""), do="take it out", kind="where")
    if rows.rows and not rows.object.startswith(":"):
        raise faults.file(
            f"`{rows.object}` is not a label",
            at=rows.at.get("table", ""),
            do=f'write table = ":{rows.object}"',
            kind="wrong_value",
        )
    named = [(rows.object, rows.at.get("table", ""))] if rows.rows else []
    for row in rows.rows:
        if not rows.columns:
            named += [(lookup.object, row.at) for lookup in lookups_in(row.values.values())]
        empty = next((name for name in rows.key if row.values.get(name, "") is None), None)
        if empty is not None:
            raise faults.file(
                f"the key `{empty}` is NULL, and no property of Neo4j is",
                at=row.at,
                do="give it a value",
                kind="wrong_value",
            )
    for one in rows.relationships:
        named += [(end.label, one.at) for end in (one.source, one.to)]
        named += [(lookup.object, one.at) for lookup in lookups_in(one.values.values())]
    for written_label, at in named:
        wrong = next((label for label in labels_of(written_label) if not label or label in LABELS), None)
        if wrong is not None:
            raise faults.target(
                f"`{written_label}` names nodes of the ledger or the lock" if wrong else f"`{written_label}`: no label",
                at=at,
                do="name a label of your own",
                kind="missing_object",
            )
