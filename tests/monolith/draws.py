"""Randomness that is the same on every machine: octets of a key, asked for by name and place, with no state between.

Nothing here depends on the order of calls, so that any part of the data can be made alone, in any process.
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence

SLOTS = 256


def octets(key: str, count: int) -> bytes:
    """`count` octets of this key; fewer are the beginning of more."""
    return hashlib.shake_128(key.encode()).digest(count)


def numbers(key: str, count: int) -> array[int]:
    """`count` numbers from 0 to 2**32 - 1."""
    drawn = array("I")
    if drawn.itemsize != 4:
        raise RuntimeError("an unsigned int of this platform has not 4 octets")
    drawn.frombytes(octets(key, count * 4))
    if sys.byteorder == "big":
        drawn.byteswap()
    return drawn


def mixed(salt: int, number: int) -> int:
    """64 bits that look unrelated to those of the next number (the finisher of splitmix64)."""
    x = (number * 0x9E3779B97F4A7C15 + salt) & 0xFFFFFFFFFFFFFFFF
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return x ^ (x >> 31)


def weighted(shares: Mapping[str, int]) -> tuple[str, ...]:
    """A table for one octet: each value as often as its share says, and at least once."""
    whole = sum(shares.values())
    slots: list[str] = []
    for value, share in shares.items():
        slots += [value] * max(1, share * SLOTS // whole)
    most = max(shares, key=lambda value: shares[value])
    while len(slots) > SLOTS:
        slots.remove(most)
    return (*slots, *[most] * (SLOTS - len(slots)))


def even(values: Sequence[str], *others: tuple[str, int]) -> tuple[str, ...]:
    """A table for one octet: `others`, each with its number of slots of 256, and `values` evenly on what is left."""
    taken: list[str] = [value for value, slots in others for _ in range(slots)]
    return (*taken, *(values[place % len(values)] for place in range(SLOTS - len(taken))))


def looked_up(table: Sequence[str], drawn: Iterable[int]) -> list[str]:
    return list(map(table.__getitem__, drawn))
