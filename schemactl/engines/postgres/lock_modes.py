"""PostgreSQL's table lock modes by strength, and how a plan says them. Knows no statement.

Source: PostgreSQL 18 manual, "Explicit Locking".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.postgres.tokens import folded

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

ACCESS_EXCLUSIVE: Final = "ACCESS EXCLUSIVE"
EXCLUSIVE: Final = "EXCLUSIVE"
SHARE_ROW_EXCLUSIVE: Final = "SHARE ROW EXCLUSIVE"
SHARE: Final = "SHARE"
SHARE_UPDATE_EXCLUSIVE: Final = "SHARE UPDATE EXCLUSIVE"
ROW_EXCLUSIVE: Final = "ROW EXCLUSIVE"

# Strongest first; ACCESS SHARE and ROW SHARE are every query's and never shown.
MODES: Final = (ACCESS_EXCLUSIVE, EXCLUSIVE, SHARE_ROW_EXCLUSIVE, SHARE, SHARE_UPDATE_EXCLUSIVE, ROW_EXCLUSIVE)
STRENGTH: Final = {mode: len(MODES) - place for place, mode in enumerate(MODES)}


class Held(NamedTuple):
    """One lock: its mode, the name in the statement it comes from, and how it is shown with that name in it."""

    mode: str
    name: str
    shown: str = "{}"


def each(mode: str, names: Iterable[str]) -> list[Held]:
    """The same mode on each of these names."""
    return [Held(mode, name) for name in names if name]


def strongest(held: Iterable[Held]) -> str:
    """The strongest mode of all; "" for none."""
    return max((lock.mode for lock in held), key=STRENGTH.__getitem__, default="")


def told(held: Iterable[Held], *, new: Container[str]) -> str:
    """`MODE on a, b` for the strongest mode, then `, MODE on c` for each weaker one, strongest first; "" for none.

    What has two modes is told with the stronger. Names in `new`, as `folded` writes them, are left out.
    """
    best: dict[str, Held] = {}
    shown: dict[str, str] = {}
    for lock in held:
        name = folded(lock.name)
        key = lock.shown.format(name)
        if not key or (name and name in new) or (key in best and STRENGTH[best[key].mode] >= STRENGTH[lock.mode]):
            continue
        best[key] = lock
        shown.setdefault(key, lock.shown.format(lock.name))
    parts = []
    for mode in MODES:
        on = [shown[key] for key, lock in best.items() if lock.mode == mode]
        if on:
            parts.append(f"{mode} on {', '.join(on)}")
    return ", ".join(parts)
