"""Writes new files of a project, and only new ones: what is there already is never overwritten."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from schemactl.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def create(path: Path, data: bytes, *, shown: str) -> None:
    """Create a file with its missing folders. It has all of `data`, or it is not there.

    raises  ConfigError where it exists (also when another process was first) or cannot be written
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    except FileExistsError as error:
        what = (
            "a file of this name is there already" if os.path.lexists(path) else "a folder on the way to it is a file"
        )
        raise ConfigError(what, at=shown, do="nothing was overwritten; take another name", kind="exists") from error
    except OSError as error:
        raise ConfigError(f"cannot be created: {error.strerror}", at=shown, kind="unwritable") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise ConfigError(f"cannot be written: {error.strerror}", at=shown, kind="unwritable") from error
