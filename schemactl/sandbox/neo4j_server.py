"""A throwaway Neo4j server on 127.0.0.1. Uses the server's own classes, never a driver.

A server that `start` brought up ends with the process that started it, and its folder goes with it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType

from schemactl.errors import ConnectError
from schemactl.sandbox import neo4j_client, neo4j_programs, places
from schemactl.sandbox.neo4j_programs import Programs
from schemactl.sandbox.supervisor import Supervised

READY_WAIT_S = 120.0
PORT_TRIES = 10

_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
_ALWAYS = {
    "server.default_listen_address": "127.0.0.1",
    "server.http.enabled": "false",
    "server.https.enabled": "false",
    "dbms.security.auth_enabled": "true",
    "dbms.usage_report.enabled": "false",
    "server.memory.pagecache.size": "16m",
    # Else each database takes 256 MB of disk for its first log file (manual, "Transaction logging").
    "db.tx_log.preallocate": "false",
    "db.tx_log.rotation.size": "1m",
    "db.tx_log.rotation.retention_policy": "keep_none",
    "server.config.strict_validation.enabled": "true",
}
_HASHED = 1024
_TAKEN, _STARTED = "already in use", "Started."


@dataclass(slots=True)
class Server:
    """A running server.

    url   of the only user, `neo4j`, with the password and the database `neo4j`
    home  its folder; `log` what it says of itself; `pid` its process (changes on `restart`)
    """

    url: str = field(repr=False)
    port: int
    version: str
    where: str
    _programs: Programs = field(repr=False)
    _process: Supervised = field(repr=False)
    _settings: dict[str, str] = field(repr=False)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def home(self) -> Path:
        return self._process.data

    @property
    def log(self) -> Path:
        return self.home / "logs/neo4j.log"

    def stop(self) -> None:
        """End the server at once and remove its folder; an orderly shutdown takes ten seconds and leaves no more."""
        self._process.kill()
        self._process.end()

    def kill(self) -> None:
        """SIGKILL: what a power cut does, short of the disk's cache."""
        self._process.kill()

    def restart(self, settings: Mapping[str, str] = _NO_SETTINGS) -> None:
        """Kill it and start it again on the same port and data; also starts one that was killed.

        settings  lines of neo4j.conf that hold from now on
        raises    ConnectError where it does not come up again
        """
        self._process.kill()
        self._settings |= settings
        _boot(self._process, self._programs, self._settings, self.url, lambda: self.port, tries=1)

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(*, settings: Mapping[str, str] = _NO_SETTINGS, ports: Callable[[], int] | None = None) -> Server:
    """Bring up a server from the cached jars and wait until it takes logins.

    settings  lines of neo4j.conf, over this module's own
    ports     the next port to try; None: one that is free now, as the system chooses
    raises    ConfigError where jars or Java are not here; ConnectError, with its log's end, where it does not start
    """
    programs = neo4j_programs.choose()
    account = places.account()
    folder = places.new_name(account)
    process = Supervised(folder, folder / "home", template=None, account=account, ends_with="KILL")
    password = secrets.token_hex(16)
    own = _ALWAYS | dict(settings)
    try:
        _make_home(process.data, password, account)
        login = f"bolt://neo4j:{password}@127.0.0.1"
        port, version = _boot(process, programs, own, login, ports or _free_port, tries=PORT_TRIES)
    except BaseException:
        process.end()
        raise
    url = f"{login}:{port}/neo4j"
    return Server(url, port, version, neo4j_programs.WHERE, programs, process, own)


def verifier(password: str) -> str:
    """The line of `auth.ini` from which a server's first start takes its user, so that no program is told the password.

    source   what `neo4j-admin dbms set-initial-password` writes: SHA-256 of salt and password, hashed again
    """
    salt = secrets.token_bytes(32)
    digest = hashlib.sha256(salt + password.encode()).digest()
    for _ in range(_HASHED - 1):
        digest = hashlib.sha256(digest).digest()
    return f"neo4j:SHA-256,{digest.hex()},{salt.hex()},{_HASHED}:\n"


def _make_home(home: Path, password: str, account: places.Account) -> None:
    for folder in (home, home / "conf", home / "data", home / "data/dbms", home / "logs"):
        folder.mkdir(mode=0o700, exist_ok=True)
    first = home / "data/dbms/auth.ini"
    first.write_text(verifier(password))
    if account.is_other:
        for path in (home, *home.rglob("*")):
            os.chown(path, account.uid, account.gid)


def configure(home: Path, settings: Mapping[str, str], port: int) -> None:
    """Write the server's neo4j.conf; its folder is one that only the server's account and root can enter."""
    address = f"127.0.0.1:{port}"
    own = {"server.bolt.listen_address": address, "server.bolt.advertised_address": address}
    text = "".join(f"{name}={value}\n" for name, value in ({**settings, **own}).items())
    (home / "conf/neo4j.conf").write_text(text)
    (home / "conf/neo4j.conf").chmod(0o644)


def _boot(
    process: Supervised,
    programs: Programs,
    settings: Mapping[str, str],
    login: str,
    ports: Callable[[], int],
    *,
    tries: int,
) -> tuple[int, str]:
    """Start the server on the first of `ports` that is free; its port and version once logins are taken."""
    for _ in range(tries):
        port = ports()
        if not _is_free(port) and tries > 1:  # the server itself would say so only after ten seconds
            continue
        configure(process.data, settings, port)
        before = len(_log(process))
        process.run(programs.command(process.data))
        version = _version_when_ready(process, f"{login.rpartition('@')[0]}@127.0.0.1:{port}", before)
        if version:
            return port, version
        # Another process can take the port between the look at it and the start.
        if _TAKEN not in _log(process)[before:]:
            break
        process.kill()
    said = "\n".join([*_log(process).splitlines()[-12:], process.log_tail()]).strip()
    raise ConnectError(f"Neo4j did not come up; the end of its log:\n{said}", at=str(process.data), kind="start")


def _version_when_ready(process: Supervised, url: str, before: int) -> str:
    """The version once a login succeeds, "" where the server ends."""
    deadline = time.monotonic() + READY_WAIT_S
    while time.monotonic() < deadline and not process.has_ended(0.05):
        # Before that, whoever else has the port would count a wrong password, and lock its user out for a while.
        if _STARTED in _log(process)[before:]:
            with contextlib.suppress(ConnectError):
                return neo4j_client.version(url)
    return ""


def _log(process: Supervised) -> str:
    with contextlib.suppress(OSError):
        return (process.data / "logs/neo4j.log").read_text(errors="replace")
    return ""


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
