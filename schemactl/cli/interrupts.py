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
_STOPPING = "stopping: what is under way is brought to an end; once more ends at once"
_SHOW_CURSOR = b"\x1b[?25h\n"


def install() -> None:
    """While nothing is being changed either signal ends the command: there is no state to bring in order."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)


@contextmanager
def asking(stop: Stop, tell: Callable[[str], None]) -> Iterator[None]:
    """In the body a first signal asks `stop`, and is told of; a second one ends the process."""

    def heard(number: int, frame: FrameType | None) -> None:
        if stop:
            os.write(2, _SHOW_CURSOR if sys.stderr.isatty() else b"")
            os._exit(CODE)
        stop.ask()

    def watch() -> None:
        # Not in the handler: the code that it interrupted may hold the locks that telling takes.
        # A signal that the kernel gave to this thread would not wake the one that handles it from its sleep.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
        stop.event.wait()
        if not over:
            tell(_STOPPING)

    over: list[bool] = []
    threading.Thread(target=watch, name="interrupts", daemon=True).start()
    # They stay afterwards: what the run has done is yet to be told.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, heard)
    try:
        yield
    finally:
        over.append(True)


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
