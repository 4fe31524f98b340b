"""Writes a report where somebody wants it: the whole of it in one step, or nothing."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from schemactl.errors import ConfigError


class Publication:
    """A file to come. Made before the work is begun, so that a place that cannot be written is known by then."""

    def __init__(self, path: Path) -> None:
        """raises  ConfigError where nothing can be written there; what stands there stays"""
        self._shown = str(path)
        # What a link leads to is replaced, not the link.
        self._path = Path(os.path.realpath(path))
        try:
            # A terminal, a pipe, /dev/null: nothing to replace.
            self._is_device = self._path.exists() and not stat.S_ISREG(self._path.stat().st_mode)
            if self._path.is_dir():
                raise IsADirectoryError(0, "it is a folder")
            if self._path.exists() and not os.access(self._path, os.W_OK):
                raise PermissionError(0, "it is not writable")
            if not self._is_device:
                descriptor, name = tempfile.mkstemp(prefix=f".{self._path.name}-", dir=self._path.parent)
                os.close(descriptor)
                Path(name).unlink()
        except OSError as error:
            raise self._unwritable(error) from error

    def publish(self, text: str) -> None:
        """raises  ConfigError; what stood there stays then"""
        try:
            if self._is_device:
                self._path.write_text(text, encoding="utf-8")
            else:
                self._replace(text)
        except OSError as error:
            raise self._unwritable(error) from error

    def _replace(self, text: str) -> None:
        descriptor, name = tempfile.mkstemp(prefix=f".{self._path.name}-", dir=self._path.parent)
        draft = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                file.write(text)
                file.flush()
                # Whoever may read what stood there, or any other new file, may read this one.
                os.fchmod(file.fileno(), self._mode())
                os.fsync(file.fileno())
            draft.replace(self._path)
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            raise

    def _mode(self) -> int:
        with suppress(OSError):
            return stat.S_IMODE(self._path.stat().st_mode)
        umask = os.umask(0o077)
        os.umask(umask)
        return 0o666 & ~umask

    def _unwritable(self, error: OSError) -> ConfigError:
        return ConfigError(
            f"the report cannot be written: {error.strerror}",
            at=self._shown,
            do="name a file in a folder that is there and that you may write to",
            kind="unwritable",
        )
