"""A thread that listens while the body waits in a driver's call, which hears nothing itself."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def listening(listen: Callable[[threading.Event], None], *, name: str) -> Iterator[None]:
    """`listen` runs beside the body, and has ended when this returns.

    listen  is given what is set when the body is over: it looks at that between whatever else it does
    """
    over = threading.Event()
    thread = threading.Thread(target=listen, args=(over,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
