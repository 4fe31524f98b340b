"""Processes that bear a mark in their environment: those of a command, also where their parents are gone."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import Final

VARIABLE: Final = "SCHEMACTL_SANDBOX_RUN"


def end(token: str) -> None:
    """SIGKILL to every process of this user whose environment, as it was when it began, has the token.

    One that cleared its environment is not found; one that is started meanwhile is, by the next look.
    """
    mark = f"{VARIABLE}={token}".encode()
    while found := [pid for pid in _processes() if pid != os.getpid() and mark in _environment(pid)]:
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    """Empty for one that has ended, a zombie too, and for another user's."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
