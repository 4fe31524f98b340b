"""Where a script's `print` goes: to its log, line by line, for the thread that runs it and no other."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO, cast

from schemactl.running.aloud import here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass(slots=True)
class _Lines:
    """What one thread writes, cut into lines."""

    log: Callable[[str], None]
    rest: str = ""

    def write(self, text: str) -> None:
        *lines, self.rest = (self.rest + text).split("\n")
        for line in lines:
            self.log(line)

    def finish(self) -> None:
        if self.rest:
            self.log(self.rest)
            self.rest = ""


class _Dispatch:
    """Stands in for sys.stdout: what a script's thread writes goes to its lines, all else to `before`."""

    def __init__(self, before: TextIO) -> None:
        self.before = before

    def write(self, text: str) -> int:
        if here.lines is None:
            return self.before.write(text)
        here.lines.write(text)
        return len(text)

    def writelines(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.write(text)

    def flush(self) -> None:
        if here.lines is None:
            self.before.flush()

    def isatty(self) -> bool:
        return here.lines is None and self.before.isatty()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.before, name)


@dataclass(slots=True)
class _Installed:
    """The one stand-in of the process, while at least one script runs."""

    users: int = 0
    stream: TextIO | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self) -> None:
        with self.lock:
            self.users += 1
            if self.users == 1:
                self.stream = sys.stdout = cast("TextIO", _Dispatch(sys.stdout))

    def remove(self) -> None:
        with self.lock:
            self.users -= 1
            # Somebody else's stand-in may have come on top; ours then passes everything on.
            if self.users == 0 and sys.stdout is self.stream:
                sys.stdout = cast("_Dispatch", self.stream).before


_installed = _Installed()


@contextmanager
def captured(log: Callable[[str], None]) -> Iterator[None]:
    """In the body, what this thread writes to sys.stdout is told to `log`, a line at a time.

    Not reached: threads that the body starts, `sys.stdout.buffer`, child processes and C code that write to the
    descriptor itself.
    """
    lines = _Lines(log)
    _installed.add()
    before, here.lines = here.lines, lines
    try:
        yield
        lines.finish()
    finally:
        here.lines = before
        _installed.remove()
