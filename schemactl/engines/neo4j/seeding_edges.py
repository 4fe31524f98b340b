"""A seed's relationships set against the graph: their ends found, and what differs. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schemactl.engines.neo4j.plain import quoted
from schemactl.model.seed import Difference, SeedRow
from schemactl.running.seed_faults import RowError
from schemactl.running.seed_lookups import Lookups, UnresolvedError
from schemactl.running.seed_values import pair, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.engines.neo4j.seeding_nodes import Node, NodeShelf
    from schemactl.engines.neo4j.work import Work
    from schemactl.model.seed import SeedEnd, SeedRelationship
    from schemactl.running.seed_faults import Faults
    from schemactl.running.seed_lookups import Key

_AT_ONCE: Final = 1_000
_THERE: Final = (
    "UNWIND $pairs AS pair MATCH (a) WHERE elementId(a) = pair.source MATCH (b) WHERE elementId(b) = pair.to"
    " MATCH (a)-[r:{type}]->(b) RETURN pair.at AS at, properties(r) AS facts"
)
_Group = tuple[str, tuple[str, ...]]


class Edge(NamedTuple):
    """A relationship whose ends are there; `facts` of the one that is, None where none is; `changes`: what to set."""

    relationship: SeedRelationship
    source: str
    to: str
    facts: dict[str, Any] | None
    changes: dict[str, Any]

    @property
    def differs(self) -> bool:
        return self.facts is None or bool(self.changes)


class SeedEdges:
    """The relationships of one seed, in the transaction that is open."""

    def __init__(self, work: Work, shelf: NodeShelf, relationships: Sequence[SeedRelationship], faults: Faults) -> None:
        self._work = work
        self._shelf = shelf
        self._all = relationships
        self._faults = faults
        self._lookups = Lookups(shelf, faults)

    def edges(self, *, whole: bool) -> list[Edge]:
        """Those whose ends are there.

        whole   each has to have them
        raises  StatementError, ConfigError in the place of a relationship; the driver's errors
        """
        ends = self._ends()
        self._lookups.ask(SeedRow(one.values, one.at) for one in self._all)
        known: list[tuple[SeedRelationship, str, str, dict[str, Any]]] = []
        for one in self._all:
            source, to = self._end(one, one.source, ends, whole), self._end(one, one.to, ends, whole)
            values = self._values(one, whole)
            if source is not None and to is not None and values is not None:
                known.append((one, source, to, values))
        self._refuse_twins(known)
        there = self._there(known)
        return [
            Edge(one, source, to, there.get(number), self._changes(values, there.get(number)))
            for number, (one, source, to, values) in enumerate(known)
        ]

    def difference(self, edge: Edge) -> Difference:
        """What a relationship changes, for people."""
        one, facts = edge.relationship, edge.facts or {}
        pairs = tuple(pair(name, self._shelf.text(facts.get(name)), one.values[name]) for name in edge.changes)
        return Difference(one.at, _told(one), pairs)

    def _ends(self) -> dict[_Group, dict[Key, list[Node]]]:
        asked: dict[_Group, dict[Key, list[Any]]] = {}
        for one in self._all:
            for end in (one.source, one.to):
                values = self._by(one, end)
                key = tuple(map(self._shelf.key_part, values))
                asked.setdefault((end.label, tuple(end.by)), {})[key] = values
        return {
            group: self._shelf.found_by(group[0], group[1], list(values.values()), ())
            for group, values in asked.items()
        }

    def _by(self, one: SeedRelationship, end: SeedEnd) -> list[Any]:
        def never(lookup: Any) -> Any:
            raise RowError(f"a lookup in what an end is found by: {shown(lookup)}")

        try:
            return [self._shelf.value(value, never) for value in end.by.values()]
        except RowError as error:
            raise self._wrong(one, str(error)) from None

    def _end(
        self, one: SeedRelationship, end: SeedEnd, ends: dict[_Group, dict[Key, list[Node]]], whole: bool
    ) -> str | None:
        key = tuple(map(self._shelf.key_part, self._by(one, end)))
        nodes = ends[end.label, tuple(end.by)].get(key, [])
        if len(nodes) == 1:
            return nodes[0].id
        if not nodes and not whole:
            return None
        count = f"{len(nodes)} nodes are" if nodes else "no node is"
        raise self._faults.target(
            f"{count} {_of(end)}, an end of {one.type}",
            at=one.at,
            do="find the end by what one node alone has" if nodes else "add the node, here or in an earlier seed",
            kind="lookup",
        )

    def _values(self, one: SeedRelationship, whole: bool) -> dict[str, Any] | None:
        made = {}
        for name, value in one.values.items():
            try:
                made[name] = self._shelf.value(value, self._lookups.value)
            except RowError as error:
                raise self._wrong(one, f"{name}: {error}") from None
            except UnresolvedError as lookup:
                if not whole:
                    return None
                raise self._faults.target(
                    f"the lookup {lookup} finds nothing",
                    at=one.at,
                    do="add what it looks for, here or in an earlier seed",
                    kind="lookup",
                ) from None
        return made

    def _refuse_twins(self, known: Sequence[tuple[SeedRelationship, str, str, dict[str, Any]]]) -> None:
        seen: dict[tuple[str, str, str], SeedRelationship] = {}
        for one, source, to, _ in known:
            first = seen.setdefault((one.type, source, to), one)
            if first is not one:
                raise self._faults.file(
                    f"two relationships are {_told(one)}: {first.at} and {one.at}",
                    at=one.at,
                    do="keep one of them",
                    kind="duplicate_key",
                )

    def _there(self, known: Sequence[tuple[SeedRelationship, str, str, dict[str, Any]]]) -> dict[int, dict[str, Any]]:
        """The properties of those that are there, by their place among `known`."""
        by_type: dict[str, list[dict[str, Any]]] = {}
        for number, (one, source, to, _) in enumerate(known):
            by_type.setdefault(one.type, []).append({"at": number, "source": source, "to": to})
        found: dict[int, dict[str, Any]] = {}
        for name, pairs in by_type.items():
            for first in range(0, len(pairs), _AT_ONCE):
                self._work.ours()
                text = _THERE.format(type=quoted(name))
                for record in self._work.tx.run(text, {"pairs": pairs[first : first + _AT_ONCE]}):
                    number = int(record["at"])
                    if number in found:
                        one = known[number][0]
                        raise self._faults.target(
                            f"several relationships are there {_told(one)}",
                            at=one.at,
                            do="remove what is there twice",
                            kind="duplicate_key",
                        )
                    found[number] = dict(record["facts"])
        return found

    def _changes(self, values: dict[str, Any], facts: dict[str, Any] | None) -> dict[str, Any]:
        if facts is None:
            return values
        same = self._shelf.same
        return {name: value for name, value in values.items() if same(value) != same(facts.get(name))}

    def _wrong(self, one: SeedRelationship, what: str) -> Exception:
        return self._faults.file(what, at=one.at, do="correct the relationship", kind="wrong_value")


def _told(one: SeedRelationship) -> str:
    return f"{one.type} from {_of(one.source)} to {_of(one.to)}"


def _of(end: SeedEnd) -> str:
    by = ", ".join(f"{name} = {shown(value)}" for name, value in end.by.items())
    return f"{end.label.removeprefix(':')} with {by}"
