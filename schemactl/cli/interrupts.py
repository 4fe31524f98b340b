"""SIGINT and SIGTERM: the first asks a run to end in order, the second ends the process at once."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemactl.contract.job import Stop

CODE = 130
_STOPPING = b"stopping: what is under way is brought to an end; once more ends at once\n"
_SHOW_CURSOR = b"\x1b[?25h\n"


def install() -> None:
    """While nothing is being changed either signal ends the command: there is no state to bring in order."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)


@contextmanager
def asking(stop: Stop) -> Iterator[None]:
    """In the body a first signal asks `stop`, a second one ends the process."""

    def heard(number: int, frame: FrameType | None) -> None:
        # os.write: the code that was interrupted may hold the lock of a buffered stream.
        if stop:
            os.write(2, _SHOW_CURSOR if sys.stderr.isatty() else b"")
            os._exit(CODE)
        stop.ask()
        os.write(2, _STOPPING)

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
