"""In which order objects can be made: what a statement names comes before it. Pure.

Names are found by where they stand: behind FROM, JOIN, TO and IN, and as text in what takes names as text (the
source of a dictionary, dictGet, the arguments of a Buffer). A name that stands anywhere else may be a column's: it
counts only where that contradicts no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse import snapshot_text
from schemactl.engines.clickhouse.tokens import unquoted
from schemactl.running.need_order import Needs, need_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.model.snapshot import Block

_BEFORE_A_NAME: Final = ("FROM", "JOIN", "TO", "IN", "TABLE", "ON")
_KINDS: Final = ("function", "table", "dictionary", "view", "materialized view")


def ordered(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, each behind what it needs, else tables first and by name; the same whatever order they came in."""
    by_name = sorted(blocks, key=lambda block: (_rank(block.kind), block.identity))
    places = {block.identity[0]: at for at, block in enumerate(by_name)}
    functions = frozenset(at for at, block in enumerate(by_name) if block.kind == "function")
    needs = [_needs(block.text, places, functions, at) for at, block in enumerate(by_name)]
    return [by_name[at] for at in need_order(needs)]


def _rank(kind: str) -> int:
    return _KINDS.index(kind) if kind in _KINDS else len(_KINDS)


def _needs(text: str, places: dict[str, int], functions: frozenset[int], own: int) -> Needs:
    parts = snapshot_text.pieces(text)
    sure: set[int] = set()
    perhaps: set[int] = set()
    for at, part in enumerate(parts):
        name = unquoted(part.token)
        place = places.get(name)
        if place is None or place == own:
            continue
        is_text = part.token.startswith("'")
        called = place in functions and at + 1 < len(parts) and parts[at + 1].token == "("
        before = parts[at - 1].word if at else ""
        (sure if is_text or called or before in _BEFORE_A_NAME else perhaps).add(place)
    return Needs(sure, perhaps)
