"""A target's catalogue as definitions that people review: what `snapshot` writes and a live target is held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from schemactl.model.catalog import Identity


class Block(NamedTuple):
    """One object of a snapshot.

    kind      as in the catalogue (`table`, `materialized view`); `grants` holds what may be done with an object apart
              from it, since it names roles that not every server has
    identity  the names that tell it apart, outermost first; of `grants`: the object's kind, then its names
    text      the statements, or the one command in Extended JSON, that make it; no line end at its end
    """

    kind: str
    identity: Identity
    text: str

    def __str__(self) -> str:
        return f"{self.kind} {'.'.join(self.identity)}"


class Changed(NamedTuple):
    """A block that is in one snapshot only, or in both with another text. `left` or `right` is None where absent."""

    kind: str
    identity: Identity
    left: str | None
    right: str | None

    def __str__(self) -> str:
        return f"{self.kind} {'.'.join(self.identity)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A target's whole catalogue, ours left out.

    target   platform/target
    version  the newest migration that was applied, as its file has it; "" for none
    blocks   in an order in which they can be run on an empty target and give an equal catalogue
    """

    engine: str
    target: str
    version: str
    blocks: tuple[Block, ...]

    def difference(self, other: Snapshot) -> tuple[Changed, ...]:
        """Every block that differs, self on the left, by kind and identity; the order of blocks is no matter."""
        left = {block[:2]: block.text for block in self.blocks}
        right = {block[:2]: block.text for block in other.blocks}
        keys = sorted(key for key in {*left, *right} if left.get(key) != right.get(key))
        return tuple(Changed(*key, left.get(key), right.get(key)) for key in keys)
