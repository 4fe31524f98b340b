"""Who this runner is, for the people who wait for its lock."""

from __future__ import annotations

import getpass
import os
import socket


def this_runner() -> str:
    """`user@host, process 123`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.geteuid())
    return f"{user}@{socket.gethostname()}, process {os.getpid()}"
