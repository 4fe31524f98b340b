"""The same read on many targets at once, answers in the order asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")


def each(items: Sequence[_Item], read: Callable[[_Item], _Answer], *, workers: int) -> list[_Answer]:
    """`read` of every item, at most `workers` at once; a single item is read without a thread."""
    if len(items) <= 1:
        return [read(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="read")
    try:
        return list(pool.map(read, items))
    finally:
        # Reads leave nothing behind: whoever interrupts them need not wait for a server that does not answer.
        pool.shutdown(wait=False, cancel_futures=True)
