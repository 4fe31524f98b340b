"""Nodes as seeds see them: found by many keys at once, in the transaction that is open. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schemactl.engines.neo4j import seeding_values
from schemactl.engines.neo4j.plain import quoted
from schemactl.running.seed_faults import RowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from schemactl.engines.neo4j.work import Work
    from schemactl.model.seed import Lookup
    from schemactl.running.seed_lookups import Key

_AT_ONCE: Final = 5_000


class Node(NamedTuple):
    """A node that was found, with the properties that were asked for."""

    id: str
    facts: dict[str, Any]


class NodeShelf:
    """See running.seed_lookups.Shelf. A property that is not there is NULL."""

    noun = "nodes"
    own = ""
    fixed: frozenset[str] = frozenset()
    absent = None

    def __init__(self, work: Work) -> None:
        self._work = work

    def found_by(
        self, written: str, names: Sequence[str], values: Sequence[Sequence[Any]], fields: Iterable[str]
    ) -> dict[Key, list[Node]]:
        asked = list(dict.fromkeys((*names, *fields)))
        tests = " AND ".join(f"n.{quoted(name)} IN $v{number}" for number, name in enumerate(names))
        facts = ", ".join(f"n.{quoted(name)}" for name in asked)
        text = f"MATCH (n{pattern(written)}) WHERE {tests} RETURN elementId(n) AS id, [{facts}] AS facts"
        found: dict[Key, list[Node]] = {}
        for first in range(0, len(values), _AT_ONCE):
            some = values[first : first + _AT_ONCE]
            wanted = {tuple(map(self.key_part, one)) for one in some}
            given = {f"v{number}": self._distinct(one[number] for one in some) for number in range(len(names))}
            self._work.ours()
            for record in self._work.tx.run(text, given):
                node = Node(record["id"], dict(zip(asked, record["facts"], strict=True)))
                key = tuple(self.key_part(node.facts[name]) for name in names)
                if key in wanted:
                    found.setdefault(key, []).append(node)
        return found

    def value(self, value: Any, found: Callable[[Lookup], Any]) -> Any:
        return seeding_values.property_of(value, found)

    def key_part(self, value: Any) -> Any:
        return seeding_values.key_part(value)

    def same(self, value: Any) -> Any:
        return seeding_values.same(value)

    def at(self, there: Node, name: str) -> Any:
        return there.facts.get(name)

    def text(self, value: Any) -> str:
        return seeding_values.text_of(value)

    def check(self, names: Iterable[str]) -> None:
        if "" in set(names):
            raise RowError("a property without a name")

    def _distinct(self, values: Iterable[Any]) -> list[Any]:
        return list({self.key_part(value): value for value in values}.values())


def labels_of(written: str) -> list[str]:
    """The labels of `:User` or `User`, `:User:Admin`; one may stand in backquotes."""
    return [part.strip().strip("`") for part in written.removeprefix(":").split(":")]


def pattern(written: str) -> str:
    """The labels as Cypher has them behind a node's variable."""
    return "".join(f":{quoted(label)}" for label in labels_of(written))
