"""What a reference in a file of the project stands for: `${VAR}`, `file:PATH`, `cmd:ARGV`. Says nothing of its form."""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING, NamedTuple

from schemactl.errors import ConfigError
from schemactl.project.secrets import Masker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

COMMAND_TIMEOUT_S = 10

REFERENCE = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{")


class Seeking(NamedTuple):
    """What a reference is to give.

    what    for messages: `URL`, `password`
    at      where the reference stands
    secret  whether a value of it must not be readable by others
    """

    what: str
    at: str
    secret: Callable[[str], bool]


def looked_up(written: str, seeking: Seeking, root: Path, environ: Mapping[str, str]) -> str | None:
    """The value of `file:PATH` or `cmd:ARGV`; None for any other text.

    root    what a relative path starts from, and where a command runs
    raises  ConfigError where the file or the command does not give one
    """
    if written.startswith("file:"):
        return _from_file(written, seeking, root, environ)
    if written.startswith("cmd:"):
        return _from_command(written, seeking, root, environ)
    return None


def expanded(
    text: str, environ: Mapping[str, str], *, at: str, write: Callable[[re.Match[str], str], str] | None = None
) -> str:
    """`text` with every `${NAME}` replaced; `write` makes of a variable's value what is to stand in its place.

    raises  ConfigError where a variable is not set, or empty
    """

    def replace(match: re.Match[str]) -> str:
        if not match[1]:
            return "${"
        value = _variable(match[1], environ, at)
        return write(match, value) if write is not None else value

    return REFERENCE.sub(replace, text)


def _variable(name: str, environ: Mapping[str, str], at: str) -> str:
    value = environ.get(name)
    if not value:
        state = "is not set" if value is None else "is empty"
        raise ConfigError(f"the variable {name} {state}", at=at, do=f"set {name}", kind="variable")
    return value


def _from_file(written: str, seeking: Seeking, root: Path, environ: Mapping[str, str]) -> str:
    at, write = seeking.at, f"write the {seeking.what} into that file"
    name = expanded(written.removeprefix("file:").strip(), environ, at=at)
    if name.startswith("~/"):
        name = _variable("HOME", environ, at) + name[1:]
    path = root / name
    try:
        mode = path.stat().st_mode
        value = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror or "cannot be read") if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"{path}: {why}", at=at, do=f"{write}, mode 0600", kind="url_file") from error
    if not value:
        raise ConfigError(f"{path} is empty", at=at, do=write, kind="url_file")
    if mode & (stat.S_IRWXG | stat.S_IRWXO) and seeking.secret(value):
        raise ConfigError(
            f"{path} holds a password, and others than its owner may read or write it (mode {mode & 0o777:04o})",
            at=at,
            do=f"chmod 600 {path}",
            kind="url_file",
        )
    return value


def _from_command(written: str, seeking: Seeking, root: Path, environ: Mapping[str, str]) -> str:
    import shlex
    import subprocess

    try:
        argv = shlex.split(written.removeprefix("cmd:"))
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
        raise _command_error(written, seeking, f"gave no answer within {COMMAND_TIMEOUT_S} s") from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise _command_error(written, seeking, f"cannot be run: {why}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[-500:]
        raise _command_error(written, seeking, f"ended with {done.returncode}" + (f": {said}" if said else ""))
    try:
        value = done.stdout.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise _command_error(written, seeking, "printed what is no UTF-8") from None
    if not value:
        raise _command_error(written, seeking, "printed nothing")
    return value


def _command_error(written: str, seeking: Seeking, what: str) -> ConfigError:
    return ConfigError(
        Masker(()).hide(f"`{written}` {what}"),
        at=seeking.at,
        do=f"run the command by hand in the project's folder; it prints the {seeking.what} and nothing else",
        kind="url_command",
    )
