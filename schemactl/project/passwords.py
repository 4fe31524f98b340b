"""The file of passwords that were made for roles (docs/formats.md, "roles.toml"): read, added to, never shortened."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from schemactl.errors import ConfigError
from schemactl.project.private_file import alone_with, write_private
from schemactl.project.state_folder import make_state_folder, state_folder
from schemactl.project.toml_table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BYTES = 24
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEAD = "# Passwords that schemactl made for roles. Keep it: whoever provisions again finds them here.\n"

Made = dict[str, dict[str, str]]


class PasswordFile:
    """Passwords by key (`platform/target`, or `platform (engine)` for roles of the whole server) and role."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Made:
        """What is in the file; empty where there is none.

        raises  ConfigError where it cannot be read, is open to others, or holds something else
        """
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._error(f"it cannot be read: {error.strerror}", "unreadable") from error
        if not stat.S_ISREG(found.st_mode):
            raise self._error("it is no regular file", "password_file")
        if found.st_mode & 0o077:
            do = f"chmod 600 {self.path}, and change the passwords in it if somebody else could read them"
            raise self._error(f"others may read it (mode {found.st_mode & 0o777:04o})", "password_file", do)
        top = Table.read(self.path, shown=str(self.path))
        made: Made = {}
        for key, table in top.entries():
            made[key] = {role: table.needed(role) for role in table.data}
        return made

    def make(self, wanted: Mapping[str, Sequence[str]]) -> Made:
        """Make a password for each role that has none in the file, which holds them before this returns.

        wanted  key → roles
        raises  ConfigError where the file cannot be read or written; then no password was made
        """
        with alone_with(self._lock()):
            made = self.read()
            lacking = [(key, role) for key, roles in wanted.items() for role in roles if role not in made.get(key, {})]
            for key, role in lacking:
                made.setdefault(key, {})[role] = secrets.token_urlsafe(_BYTES)
            if lacking:
                self._write(made)
        return {key: {role: made[key][role] for role in roles} for key, roles in wanted.items()}

    def _write(self, made: Made) -> None:
        lines = [
            f"{json.dumps(key, ensure_ascii=False)} = {{ "
            + ", ".join(f"{_key(role)} = {json.dumps(word, ensure_ascii=False)}" for role, word in roles.items())
            + " }\n"
            for key, roles in made.items()
        ]
        try:
            write_private(self.path, _HEAD + "".join(lines))
        except OSError as error:
            raise self._error(f"it cannot be written: {error.strerror}", "unwritable") from error

    def _lock(self) -> Path:
        # Beside other files of the state folder: next to a file that the user named it would be in the way.
        name = hashlib.sha256(os.fsencode(self.path.absolute())).hexdigest()[:16]
        return make_state_folder() / f"passwords-{name}.lock"

    def _error(self, what: str, kind: str, do: str = "name another with `--passwords FILE`") -> ConfigError:
        return ConfigError(what, at=str(self.path), now="no password was made", do=do, kind=kind)


def password_file(root: Path, environment: str, given: Path | None = None) -> PasswordFile:
    """The file of a project and an environment, or the one that was named. raises  ConfigError: no folder for it"""
    if given is not None:
        return PasswordFile(given.absolute())
    whole = f"{socket.gethostname()}\n{root.resolve()}"
    digits = hashlib.sha256(os.fsencode(whole)).hexdigest()[:16]
    return PasswordFile((state_folder() or make_state_folder()) / f"passwords-{environment}-{digits}.toml")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)
