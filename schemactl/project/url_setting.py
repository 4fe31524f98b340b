"""A URL as schemactl.toml writes it, and how it becomes a real one: `${VAR}`, `file:path`, `cmd:argv`.

Passwords come by reference only. Nothing is looked up before a target is opened.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from schemactl.errors import ConfigError
from schemactl.project.looked_up import REFERENCE, Seeking, expanded, looked_up
from schemactl.project.secrets import secret_spans

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LOGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^:@/?#]*(?=:)")


class UrlSetting(NamedTuple):
    """`written`: the value as the file has it, without any password; `at`: its `file:line`."""

    written: str
    at: str

    def check(self) -> None:
        """Refuse a literal password and a `${` that names no variable. Looks nothing up."""
        if self.written.startswith("cmd:"):
            self._refuse_password(any("://" in word and secret_spans(word) for word in self.written.split()))
            return
        if self.written.startswith("file:"):
            return
        for match in REFERENCE.finditer(self.written):
            if match.group() == "${":
                raise ConfigError(
                    "`${` without the name of a variable and `}`",
                    at=self.at,
                    do="write ${NAME}; a plain `${` is written `$${`",
                    kind="reference",
                )
        passwords = (self.written[start:end] for start, end in secret_spans(self.written))
        self._refuse_password(any(REFERENCE.sub(_left_over, password) for password in passwords))

    def _refuse_password(self, found: bool) -> None:
        if found:
            raise ConfigError(
                "a password stands in the file",
                at=self.at,
                do="put it into a variable and write ${NAME} in its place, or use file:PATH or cmd:COMMAND; "
                "then change the password, since this file has held it",
                kind="literal_password",
            )

    def value(self, root: Path, environ: Mapping[str, str]) -> str:
        """The URL itself.

        root    what a relative `file:` path starts from, and where `cmd:` runs
        raises  ConfigError where a variable, file or command does not give one
        """
        found = looked_up(self.written, Seeking("URL", self.at, lambda text: bool(secret_spans(text))), root, environ)
        if found is not None:
            return found
        # A variable holds the bare password, so one with `@` or `/` in it is encoded where a URL wants it encoded.
        slots = [*secret_spans(self.written), *(match.span() for match in _LOGIN.finditer(self.written))]

        def encoded(match: re.Match[str], value: str) -> str:
            inside = any(start <= match.start() and match.end() <= end for start, end in slots)
            return quote(value, safe="") if inside else value

        return expanded(self.written, environ, at=self.at, write=encoded)


def _left_over(match: re.Match[str]) -> str:
    """What is literal in a match: nothing of `${NAME}`, all of an escape."""
    return "" if match[1] else match.group()
