"""A part of a snapshot before its place is known: a block, what it brings, and what has to be there before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.postgres.snapshot.words import parts as names_of
from schemactl.engines.postgres.snapshot.words import spoken_of
from schemactl.model.snapshot import Block

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from schemactl.model.catalog import Catalog, CatalogObject, Identity

# What a part brings or needs: (schema, name), or (kind, name, "") of what is in no schema, or a key of its own.
Key = tuple[str, ...]

# In this order, where nothing that a part needs says otherwise. What no text speaks of and yet may be used (casts,
# default operator classes) comes before what may use it; what names roles comes behind everything else, and
# behind that what may fire at each statement.
RANKS: Final = {
    rank: number
    for number, rank in enumerate(
        (
            "schema",
            "extension",
            "access method",
            "language",
            "type",
            "cast",
            "operator",
            "text search",
            "conversion",
            "foreign",
            "sequence",
            "routine",
            "table",
            "view",
            "publication",
            "role",
            "grants",
            "event trigger",
        )
    )
}


class Place(NamedTuple):
    """Where a part stands among those that are ready: its rank, what it belongs to, and then its kind's turn."""

    rank: int
    owner: Identity
    turn: int
    kind: str
    identity: Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One block to be placed.

    brings    keys that it stands for
    needs     keys that must be there, beside those that `speaks` names; one that nothing brings is there already
    speaks    SQL in which the objects are named that it needs
    spares    keys that it names and does not need
    wishes    keys that should be there where that is possible
    loosened  what to put in its place where it takes part in a circle; None where nothing can be
    """

    block: Block
    place: Place
    brings: frozenset[Key] = frozenset()
    needs: frozenset[Key] = frozenset()
    speaks: str = ""
    spares: frozenset[Key] = frozenset()
    wishes: frozenset[Key] = frozenset()
    loosened: Callable[[], tuple[Part, ...]] | None = None

    def all_needs(self) -> frozenset[Key]:
        return self.needs | (frozenset(spoken_of(self.speaks)) - self.spares)


class Objects:
    """The objects of a catalogue, to be asked for."""

    def __init__(self, catalog: Catalog) -> None:
        self._of: dict[str, list[CatalogObject]] = {}
        self._parts: dict[tuple[str, Identity], list[CatalogObject]] = {}
        self._by_key = {item.key: item for item in catalog.objects}
        self._owned: dict[Identity, list[CatalogObject]] | None = None
        for item in catalog.objects:
            self._of.setdefault(item.kind, []).append(item)
            if len(item.identity) == 3:
                self._parts.setdefault((item.kind, item.identity[:2]), []).append(item)

    def all(self, *kinds: str) -> Iterator[CatalogObject]:
        for kind in kinds:
            yield from self._of.get(kind, ())

    def of(self, kind: str, relation: Identity) -> list[CatalogObject]:
        """Columns, constraints, triggers, … of a relation, by name."""
        return self._parts.get((kind, relation), [])

    def owned_by(self, table: Identity) -> list[CatalogObject]:
        """The sequences that belong to a column of a table, by name."""
        if self._owned is None:
            self._owned = {}
            for item in self.all("sequence"):
                if "owned_by" in item.facts:
                    self._owned.setdefault(names_of(item.facts["owned_by"])[:2], []).append(item)
        return self._owned.get(table, [])

    def get(self, kind: str, identity: Identity) -> CatalogObject | None:
        return self._by_key.get((kind, identity))


def part(
    item: CatalogObject,
    text: str,
    *,
    rank: str,
    owner: Identity | None = None,
    turn: int = 0,
    brings: Iterable[Key] = (),
    needs: Iterable[Key] = (),
    speaks: str | None = None,
) -> Part:
    """The part of an object: what is in a schema needs it and brings its name; its text says what else it needs.

    speaks  None: the text itself
    """
    identity = item.identity
    schema = [("schema", identity[0], "")] if len(identity) > 1 else []
    return Part(
        block=Block(item.kind, identity, text),
        place=Place(RANKS[rank], owner or identity, turn, item.kind, identity),
        brings=frozenset([identity, *brings]),
        needs=frozenset([*schema, *needs]),
        speaks=text if speaks is None else speaks,
    )


def lines(*statements: str) -> str:
    """The statements that say something, one a line, each with its `;`."""
    return "\n".join(f"{statement};" for statement in statements if statement)
