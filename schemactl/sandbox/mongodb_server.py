"""A throwaway MongoDB-compatible server on 127.0.0.1: SecantusDB, always a process of its own, never imported.

A server that `start` brought up ends with the process that started it, and its folder goes with it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from types import TracebackType

from schemactl.errors import ConfigError, ConnectError
from schemactl.sandbox import mongodb_wire, places
from schemactl.sandbox.supervisor import Supervised

PACKAGE = "SecantusDB"
PROGRAM = "secantusd-py"
READY_WAIT_S = 60.0
PORT_TRIES = 10
REMEDY = "pip install 'schemactl[sandbox]'"

# What it acknowledged must outlive a SIGKILL: without --sync-on-commit its log is kept in the process.
_ALWAYS = ("--host", "127.0.0.1", "--cache-size", "2G", "--sync-on-commit", "--log-level", "WARNING")


@dataclass(slots=True)
class Server:
    """A running server.

    url   with the password of its only user where it has one, database `admin`
    log   what it says of itself; `pid` its process (changes on `restart`)
    """

    url: str = field(repr=False)
    port: int
    version: str
    where: str
    _process: Supervised = field(repr=False)
    _command: tuple[str, ...] = field(repr=False)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def data(self) -> Path:
        return self._process.data

    @property
    def log(self) -> Path:
        return self._process.log

    def stop(self) -> None:
        """End the server at once and remove its folder."""
        self._process.kill()
        self._process.end()

    def kill(self) -> None:
        """SIGKILL: what a power cut does, short of the disk's cache."""
        self._process.kill()

    def restart(self) -> None:
        """Kill it and start it again on the same port and data; also starts one that was killed.

        raises   ConnectError where it does not come up again
        """
        self._process.kill()
        _boot(self._process, self._command, lambda: self.port, tries=1)

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def program() -> Path | None:
    """The server's program, or None where its package is not installed. Found by metadata: the package stays unread."""
    try:
        entries = metadata.distribution(PACKAGE).entry_points
    except metadata.PackageNotFoundError:
        return None
    found = Path(sys.prefix) / "bin" / PROGRAM
    return found if found.is_file() and any(entry.name == PROGRAM for entry in entries) else None


def start(*, options: Sequence[str] = (), auth: bool = False, ports: Callable[[], int] | None = None) -> Server:
    """Bring up a server and wait until it answers.

    options  more of its own options: `--standalone`, `--enable-test-commands`, `--tls-cert-file PATH`, …
    auth     whether it asks for the password of its only user, `root`, who may do everything
    ports    the next port to try; None: one that is free now, as the system chooses
    raises   ConfigError where the program is not here; ConnectError, with the end of the log, where it does not come up
    """
    found = program()
    if found is None:
        raise ConfigError(f"no {PACKAGE} is installed here", do=REMEDY, kind="missing_server")
    # Its program lies in the caller's own environment, which another account may not be able to read.
    account = places.Account(os.geteuid(), os.getegid())
    folder = places.new_name(account)
    process = Supervised(folder, folder / "data", template=None, account=account, ends_with="KILL")
    login = ""
    try:
        # Without one that is named, it would read a configuration from the home folder.
        settings = folder / "secantusd.toml"
        settings.touch()
        command = (str(found), "--config", str(settings), "--storage-path", str(process.data), *_ALWAYS, *options)
        port = _boot(process, command, ports or _free_port, tries=PORT_TRIES)
        if auth:
            login, command = f"root:{_new_user(port)}@", (*command, "--auth")
            process.kill()
            _boot(process, command, lambda: port, tries=1)
        version = str(_asked(command, port, {"buildInfo": 1, "$db": "admin"}).get("version"))
    except BaseException:
        process.end()
        raise
    url = f"mongodb://{login}127.0.0.1:{port}/admin"
    return Server(url, port, version, f"the package {PACKAGE} {metadata.version(PACKAGE)}", process, command)


def _new_user(port: int) -> str:
    password = secrets.token_hex(16)
    user = {"createUser": "root", "pwd": password, "roles": [{"role": "root", "db": "admin"}], "$db": "admin"}
    mongodb_wire.command(port, user)
    return password


def _boot(process: Supervised, command: Sequence[str], port: Callable[[], int], *, tries: int) -> int:
    for _ in range(tries):
        chosen = port()
        process.run([*command, "--port", str(chosen)])
        if _is_ready(process, command, chosen):
            return chosen
        # Another process can take the port between the choice and the start.
        if "already in use" not in process.log_tail():
            break
        process.kill()
    raise ConnectError(
        f"{PACKAGE} did not come up; the end of its log:\n{process.log_tail()}", at=str(process.data), kind="start"
    )


def _is_ready(process: Supervised, command: Sequence[str], port: int) -> bool:
    deadline = time.monotonic() + READY_WAIT_S
    while time.monotonic() < deadline:
        if process.has_ended(0.02):
            return False
        with contextlib.suppress(OSError):
            _asked(command, port, {"hello": 1, "$db": "admin"})
            # On a port that somebody else has taken, that one answers and ours is about to end.
            return not process.has_ended(0.05)
    return False


def _asked(command: Sequence[str], port: int, document: dict[str, object]) -> dict[str, object]:
    return mongodb_wire.command(port, document, tls="--tls-cert-file" in command)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
