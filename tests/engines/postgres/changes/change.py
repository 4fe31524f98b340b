"""The shape of a row: what stands, one property changed, the same put back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """`role_a` and `role_b` in the SQL stand for two roles of the test's own.

    since  the first major that knows the property
    blind  why `pg_dump -s` shows no difference, "" where it does
    """

    name: str
    setup: str
    change: str
    undo: str
    since: int = 15
    blind: str = ""
