"""Who this runner is and what it does, for the people who wait for its lock and for runners beside it."""

from __future__ import annotations

import getpass
import os
import re
import socket
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Doing = Literal["migrate", "rollback", "recover", "provision", "seed"]

APPLICATION: Final = "schemactl"
"""How the name of every session of this program begins."""

_doing: ContextVar[str] = ContextVar("doing", default="")
_WHO: Final = 48
_SAID: Final = re.compile(r"(?:process \d+, |schemactl (?=\w+ \S))(migrate|rollback|recover|seed)\b")


@contextmanager
def doing(what: Doing) -> Iterator[None]:
    """In the body, on this thread, the runner says that this is what it does. Engines are opened within."""
    token = _doing.set(what)
    try:
        yield
    finally:
        _doing.reset(token)


def done_by(holder: str) -> str:
    """What the holder of a lock said that it does, from the words of `Lock.holder`; "" where it did not."""
    said = _SAID.search(holder)
    return said[1] if said else ""


def this_runner() -> str:
    """`user@host, process 123, migrate`; without the last where nobody said it."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.geteuid())
    what = f", {_doing.get()}" if _doing.get() else ""
    # Not every server keeps more than 80 letters of it, and the last word decides (done_by).
    return f"{f'{user}@{socket.gethostname()}'[:_WHO]}, process {os.getpid()}{what}"


def application(target: str) -> str:
    """The name that a session gives itself where the server keeps one: `schemactl migrate platform/target`."""
    return " ".join(word for word in (APPLICATION, _doing.get(), target) if word)
