"""A role's password as roles.toml writes it: always a reference, `${VAR}`, `file:PATH` or `cmd:ARGV`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from schemactl.errors import ConfigError
from schemactl.project.looked_up import REFERENCE, Seeking, expanded, looked_up

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class PasswordSetting(NamedTuple):
    """`written`: the reference; `at`: its `file:line`."""

    written: str
    at: str

    def check(self) -> None:
        """Refuse whatever is no reference. Looks nothing up. raises  ConfigError, which does not quote it"""
        match = REFERENCE.fullmatch(self.written)
        if self.written.startswith(("file:", "cmd:")) or (match is not None and match[1]):
            return
        raise ConfigError(
            "a password stands in the file",
            at=self.at,
            do="write ${NAME}, file:PATH or cmd:COMMAND and nothing else, or leave `password` out: one is made then. "
            "Change the password, since this file has held it",
            kind="literal_password",
        )

    def value(self, root: Path, environ: Mapping[str, str]) -> str:
        """The password. raises  ConfigError where a variable, file or command does not give one that can be typed"""
        found = looked_up(self.written, Seeking("password", self.at, _always), root, environ)
        if found is None:
            found = expanded(self.written, environ, at=self.at)
        if any(char < " " or char == "\x7f" for char in found):
            raise ConfigError(
                "the password has a control character in it, such as a line end",
                at=self.at,
                do="give the password and nothing else",
                kind="password",
            )
        # A variable's bytes that are no text come as lone surrogates (os.environ).
        if any("\ud800" <= char <= "\udfff" for char in found):
            raise ConfigError("the password is no UTF-8", at=self.at, do="give it as UTF-8", kind="password")
        return found


def _always(value: str) -> bool:
    return True
