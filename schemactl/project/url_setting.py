"""A URL as schemactl.toml writes it, and how it becomes a real one: `${VAR}`, `file:path`, `cmd:argv`.

Passwords come by reference only. Nothing is looked up before a target is opened.
"""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from schemactl.errors import ConfigError
from schemactl.project.secrets import Masker, secret_spans

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COMMAND_TIMEOUT_S = 10

_REFERENCE = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{")
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
        for match in _REFERENCE.finditer(self.written):
            if match.group() == "${":
                raise ConfigError(
                    "`${` without the name of a variable and `}`",
                    at=self.at,
                    do="write ${NAME}; a plain `${` is written `$${`",
                    kind="reference",
                )
        passwords = (self.written[start:end] for start, end in secret_spans(self.written))
        self._refuse_password(any(_REFERENCE.sub(_left_over, password) for password in passwords))

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
        if self.written.startswith("file:"):
            return self._from_file(root, environ)
        if self.written.startswith("cmd:"):
            return self._from_command(root, environ)
        return self._expanded(self.written, environ, encode=True)

    def _expanded(self, text: str, environ: Mapping[str, str], *, encode: bool) -> str:
        # A variable holds the bare password, so one with `@` or `/` in it is encoded where a URL wants it encoded.
        slots = [*secret_spans(text), *(match.span() for match in _LOGIN.finditer(text))] if encode else []

        def replace(match: re.Match[str]) -> str:
            if not match[1]:
                return "${"
            value = self._variable(match[1], environ)
            inside = any(start <= match.start() and match.end() <= end for start, end in slots)
            return quote(value, safe="") if inside else value

        return _REFERENCE.sub(replace, text)

    def _variable(self, name: str, environ: Mapping[str, str]) -> str:
        value = environ.get(name)
        if not value:
            state = "is not set" if value is None else "is empty"
            raise ConfigError(f"the variable {name} {state}", at=self.at, do=f"set {name}", kind="variable")
        return value

    def _from_file(self, root: Path, environ: Mapping[str, str]) -> str:
        name = self._expanded(self.written.removeprefix("file:").strip(), environ, encode=False)
        if name.startswith("~/"):
            name = self._variable("HOME", environ) + name[1:]
        path = root / name
        try:
            mode = path.stat().st_mode
            value = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = (error.strerror or "cannot be read") if isinstance(error, OSError) else "it is not UTF-8"
            raise ConfigError(
                f"{path}: {why}", at=self.at, do="write the URL into that file, mode 0600", kind="url_file"
            ) from error
        if not value:
            raise ConfigError(f"{path} is empty", at=self.at, do="write the URL into that file", kind="url_file")
        if mode & (stat.S_IRWXG | stat.S_IRWXO) and secret_spans(value):
            raise ConfigError(
                f"{path} holds a password, and others than its owner may read or write it (mode {mode & 0o777:04o})",
                at=self.at,
                do=f"chmod 600 {path}",
                kind="url_file",
            )
        return value

    def _from_command(self, root: Path, environ: Mapping[str, str]) -> str:
        import shlex
        import subprocess

        try:
            argv = shlex.split(self.written.removeprefix("cmd:"))
            if not argv:
                raise ValueError("no command after `cmd:`")
            done = subprocess.run(
                argv,
                cwd=root,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=COMMAND_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise self._command_error(f"gave no answer within {COMMAND_TIMEOUT_S} s") from error
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise self._command_error(f"cannot be run: {why}") from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()[-500:]
            raise self._command_error(f"ended with {done.returncode}" + (f": {said}" if said else ""))
        value = done.stdout.decode("utf-8", "replace").strip()
        if not value:
            raise self._command_error("printed nothing")
        return value

    def _command_error(self, what: str) -> ConfigError:
        return ConfigError(
            Masker(()).hide(f"`{self.written}` {what}"),
            at=self.at,
            do="run the command by hand in the project's folder; it prints the URL and nothing else",
            kind="url_command",
        )


def _left_over(match: re.Match[str]) -> str:
    """What is literal in a match: nothing of `${NAME}`, all of an escape."""
    return "" if match[1] else match.group()
