"""SIGINT and SIGTERM: the first asks a run to end in order, the second ends the process at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemactl.contract.opening import Stop

CODE = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_STOPPING = "stopping: what is under way is brought to an end; once more ends at once"
_SHOW_CURSOR = b"\x1b[?25h\n"


def install() -> None:
    """While nothing is being changed either signal ends the command: there is no state to bring in order."""
    for number in _SIGNALS:
        signal.signal(number, _end)


@contextmanager
def asking(stop: Stop, tell: Callable[[str], None]) -> Iterator[None]:
    """In the body a first signal asks `stop`, and is told of; a second one ends the process.

    Signals are read from a pipe by a thread of their own. A handler would run in the main thread, and one that comes
    while that thread is between two waits is not run before the second wait is over.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)

    def listen() -> None:
        while heard := os.read(reader, 1):
            if heard[0] not in _SIGNALS:
                continue
            if stop:
                os.write(2, _SHOW_CURSOR if sys.stderr.isatty() else b"")
                os._exit(CODE)
            stop.ask()
            if not over:
                # In a thread of its own: the screen may be held by what does not move any more.
                threading.Thread(target=tell, args=(_STOPPING,), name="stopping", daemon=True).start()

    over: list[bool] = []
    threading.Thread(target=listen, name="interrupts", daemon=True).start()
    # They stay afterwards: what the run has done is yet to be told.
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in _SIGNALS:
        signal.signal(number, _leave)
    try:
        yield
    finally:
        over.append(True)


def _leave(number: int, frame: FrameType | None) -> None:
    """The pipe has it."""


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
