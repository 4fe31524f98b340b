"""A catalogue as plain values: what a target holds, the same on every engine, so that two can be compared."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Identity = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogObject:
    """One object: a table, a column, an index, a function, …

    kind      the engine's word in lower case (`table`, `materialized view`, `foreign key`)
    identity  the names that tell it apart, outermost first: ("public", "users", "email")
    facts     everything else that makes it what it is; JSON values; never an OID, a size, a time or a count of rows
    """

    kind: str
    identity: Identity
    facts: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, Identity]:
        return (self.kind, self.identity)

    def __str__(self) -> str:
        return f"{self.kind} {'.'.join(self.identity)}"


@dataclass(frozen=True, slots=True)
class Difference:
    """An object that is in one catalogue only, or in both with other facts. `left` or `right` is None where absent."""

    kind: str
    identity: Identity
    left: Mapping[str, Any] | None
    right: Mapping[str, Any] | None

    def __str__(self) -> str:
        name = f"{self.kind} {'.'.join(self.identity)}"
        if self.left is None or self.right is None:
            return f"{name}: only on the {'right' if self.left is None else 'left'}"
        keys = [key for key in {**self.left, **self.right} if self.left.get(key) != self.right.get(key)]
        return f"{name}: " + "; ".join(f"{key}: {self.left.get(key)!r} | {self.right.get(key)!r}" for key in keys)


class Catalog:
    """The objects of one target, ordered by kind and identity. Equal catalogues have equal digests.

    unread  kinds of which the login may not see all: `objects` says nothing of them, or less than there is
    """

    __slots__ = ("engine", "objects", "unread")

    def __init__(self, engine: str, objects: Iterable[CatalogObject], *, unread: Iterable[str] = ()) -> None:
        self.engine = engine
        self.unread = frozenset(unread)
        self.objects = tuple(sorted(objects, key=attrgetter("kind", "identity")))
        repeated = [
            left.key
            for left, right in pairwise(self.objects)
            if left.identity == right.identity and left.kind == right.kind
        ]
        if repeated:
            raise ValueError(f"two objects of one identity: {repeated[:3]}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Catalog):
            return NotImplemented
        return self.engine == other.engine and self.digest() == other.digest()

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self.objects)

    def count(self, kind: str) -> int:
        return sum(1 for item in self.objects if item.kind == kind)

    def kinds(self) -> dict[str, int]:
        """How many objects of each kind, in order of kind."""
        return dict(sorted(Counter(item.kind for item in self.objects).items()))

    def canonical(self) -> str:
        """JSON with sorted keys and no white space: the text that `digest` hashes."""
        rows = [[item.kind, list(item.identity), dict(item.facts)] for item in self.objects]
        return json.dumps([self.engine, rows], sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def digest(self) -> str:
        """SHA-256 of the canonical text, lower-case hex."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def difference(self, other: Catalog) -> tuple[Difference, ...]:
        """Every object that differs, self on the left; empty where the two are equal."""
        left = {item.key: item for item in self.objects}
        right = {item.key: item for item in other.objects}
        found = []
        for key in sorted({*left, *right}):
            mine, theirs = left.get(key), right.get(key)
            if mine is None or theirs is None or mine.facts != theirs.facts:
                found.append(Difference(*key, mine.facts if mine else None, theirs.facts if theirs else None))
        return tuple(found)
