"""Processes that bear a mark in their environment: those of a command, also where their parents are gone."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

VARIABLE: Final = "SCHEMACTL_SANDBOX_RUN"
_BETWEEN: Final = ":"
_PAUSE_S: Final = 0.05
_PATIENCE_S: Final = 20.0
"""A process in the middle of a system call that cannot be broken off ends when that does, without our waiting."""


def environment(token: str, before: Mapping[str, str]) -> dict[str, str]:
    """What a command is to have in its environment; one within another bears both marks."""
    marks = before.get(VARIABLE, "")
    return {VARIABLE: f"{marks}{_BETWEEN}{token}" if marks else token}


def without(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that is to outlive the command."""
    return {name: value for name, value in environment.items() if name != VARIABLE}


def end(token: str) -> None:
    """SIGKILL to every process of this user whose environment, as it was when it began, bears the mark.

    One that cleared its environment or wrote over it is not found; one that is started meanwhile is, by the next look.
    """
    until = time.monotonic() + _PATIENCE_S
    while (found := _marked(token)) and time.monotonic() < until:
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE_S)


def _marked(token: str) -> list[int]:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if pid != os.getpid() and token in _marks(pid)]


def _marks(pid: int) -> list[str]:
    """Empty for a process that has ended, a zombie too, and for another user's."""
    begins = f"{VARIABLE}=".encode()
    try:
        lines = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
    return [mark for line in lines if line.startswith(begins) for mark in line[len(begins) :].decode().split(_BETWEEN)]
