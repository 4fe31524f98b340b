"""The user's own folder for what must be remembered between commands, outside of any project. Reads no file in it."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from schemactl.errors import ConfigError


def state_folder() -> Path | None:
    """The folder where it is there and nobody else can look or write into it; None where there is none yet."""
    return next((folder for folder in _candidates() if _is_private(folder)), None)


def make_state_folder() -> Path:
    """The folder, made with mode 700 where it is missing.

    raises  ConfigError where no place will do
    """
    for folder in _candidates():
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_private(folder):
                return folder
    places = " and ".join(map(str, _candidates()))
    raise ConfigError(
        f"no folder to remember things in: {places} cannot be used",
        do="set XDG_STATE_HOME to a folder of yours; its `schemactl` must be open to nobody else (chmod 700)",
        kind="state_folder",
    )


def _candidates() -> tuple[Path, ...]:
    """Where the XDG Base Directory Specification says state is kept, else the temporary folder."""
    given = os.environ.get("XDG_STATE_HOME", "")
    found = [Path(given) / "schemactl"] if given.startswith("/") else []
    if not found:
        with contextlib.suppress(RuntimeError, OSError):
            home = Path.home()
            # With sudo the home may be another user's: what root made there would be in that one's way.
            if home.stat().st_uid == os.geteuid():
                found.append(home / ".local" / "state" / "schemactl")
    return (*found, Path(tempfile.gettempdir()) / f"schemactl-state-{os.geteuid()}")


def _is_private(folder: Path) -> bool:
    # What is read here is trusted to say where databases live, and holds passwords.
    try:
        found = folder.lstat()
    except OSError:
        return False
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
    return private and os.access(folder, os.W_OK | os.X_OK)
