"""Counts that stop at a bound: whether a thousand rows are wrong or a million, what is to be done is the same."""

from __future__ import annotations

BOUND = 1000


def bounded(count: int) -> str:
    """`1 row`, `17 rows`, `more than 1,000 rows`."""
    if count > BOUND:
        return f"more than {BOUND:,} rows"
    return "1 row" if count == 1 else f"{count:,} rows"
