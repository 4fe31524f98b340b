"""A seed's nodes and relationships written where they are new or differ, many in a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schemactl.engines.neo4j.plain import quoted
from schemactl.engines.neo4j.seeding_nodes import pattern
from schemactl.events import StepProgress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemactl.engines.neo4j.connection import Session
    from schemactl.engines.neo4j.seeding_edges import Edge
    from schemactl.engines.neo4j.work import Work
    from schemactl.events import Listener
    from schemactl.model.seed import Rows, SeedFile
    from schemactl.running.seed_matching import Matched

_ROWS: Final = 1_000
_CHANGE: Final = "UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row.id SET n += row.set"
_JOIN: Final = (
    "UNWIND $rows AS row MATCH (a) WHERE elementId(a) = row.source MATCH (b) WHERE elementId(b) = row.to"
    " MERGE (a)-[r:{type}]->(b) SET r += row.set"
)

_Sent = tuple[str, dict[str, Any]]  # where it stands in the seed, and what is sent of it


class Writing:
    """Writes rows in the transaction of an attempt.

    singly  places in the seed that are sent one by one: an attempt before was refused among them
    places  of what was sent last
    """

    def __init__(self, session: Session, seed: SeedFile, rows: Rows, singly: frozenset[str], emit: Listener) -> None:
        self._target = session.target
        self._version = seed.version.text
        self._object = rows.object
        self._total = len(rows.rows) + len(rows.relationships)
        self._singly = singly
        self._emit = emit
        self._done = 0
        self.places: tuple[str, ...] = ()

    def nodes(self, work: Work, matched: Sequence[Matched]) -> None:
        """raises  the driver's errors"""
        new = [(one.row.row.at, one.row.fields) for one in matched if one.there is None]
        changed = [(one.row.row.at, {"id": one.there.id, "set": one.changes}) for one in matched if one.changes]
        # What was looked for in this very transaction and is not there is made: a MERGE would look for it again.
        self._send(work, f"UNWIND $rows AS row CREATE (n{pattern(self._object)}) SET n = row", new)
        self._send(work, _CHANGE, changed)
        self._tell(len(matched) - len(new) - len(changed))

    def edges(self, work: Work, edges: Sequence[Edge]) -> None:
        """raises  the driver's errors"""
        by_type: dict[str, list[_Sent]] = {}
        for edge in edges:
            if edge.differs:
                row = {"source": edge.source, "to": edge.to, "set": edge.changes}
                by_type.setdefault(edge.relationship.type, []).append((edge.relationship.at, row))
        for name, rows in by_type.items():
            self._send(work, _JOIN.format(type=quoted(name)), rows)
        self._tell(sum(not edge.differs for edge in edges))

    def _send(self, work: Work, text: str, rows: Sequence[_Sent]) -> None:
        for some in self._batches(rows):
            self.places = tuple(at for at, _ in some)
            work.ours()
            work.tx.run(text, {"rows": [row for _, row in some]}).consume()
            self._tell(len(some))
        self.places = ()

    def _batches(self, rows: Sequence[_Sent]) -> Iterator[list[_Sent]]:
        batch: list[_Sent] = []
        for row in rows:
            if batch and (len(batch) == _ROWS or row[0] in self._singly):
                yield batch
                batch = []
            batch.append(row)
            if row[0] in self._singly:
                yield batch
                batch = []
        if batch:
            yield batch

    def _tell(self, rows: int) -> None:
        if rows:
            self._done += rows
            self._emit(StepProgress(self._target, self._version, self._done, self._total, "rows"))
