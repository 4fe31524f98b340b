"""Whose `print` it is: a script's, which its log takes, or that of whoever hears of an event in the same thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from schemactl.events import Event, Listener


class Lines(Protocol):
    """Takes what a script writes."""

    def write(self, text: str) -> None: ...


class _Here(threading.local):
    lines: Lines | None = None


here = _Here()


def aloud(emit: Listener) -> Listener:
    """`emit`, whose own output is never taken for the script's: it would be told to `emit` again, without end."""

    def told(event: Event) -> None:
        before, here.lines = here.lines, None
        try:
            emit(event)
        finally:
            here.lines = before

    return told
