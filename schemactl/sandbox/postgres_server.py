"""A throwaway PostgreSQL server on 127.0.0.1. Uses the server's own programs, never a driver.

A server that `start` brought up ends with the process that started it, and its folder goes with it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Literal

from schemactl.errors import ConfigError, ConnectError
from schemactl.sandbox import places, postgres_client, postgres_programs
from schemactl.sandbox.postgres_programs import Programs
from schemactl.sandbox.supervisor import Supervised

Auth = Literal["trust", "scram"]
StopMode = Literal["fast", "immediate"]

READY_WAIT_S = 60.0
STOP_WAIT_S = 60.0
PORT_TRIES = 10

_ALWAYS = {
    "listen_addresses": "127.0.0.1",
    # Dynamic memory as files of the data folder: /dev/shm would keep it after a SIGKILL.
    "dynamic_shared_memory_type": "mmap",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
# Commits still reach the kernel before they are acknowledged, so a killed server loses nothing; a killed machine may.
_NOT_DURABLE = {"fsync": "off"}
_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    url   of the superuser, with the password, database `postgres`
    bin   the folder of the server's and client's programs, of the same major
    data, log, pid   the cluster's folder, the server's log, the postmaster's process id (changes on `restart`)
    """

    url: str = field(repr=False)
    port: int
    major: int
    version: str
    bin: Path
    where: str
    _process: Supervised = field(repr=False)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def data(self) -> Path:
        return self._process.data

    @property
    def log(self) -> Path:
        return self._process.log

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server and remove its folder; a data folder that the caller gave stays."""
        _shut_down(self._process, mode)
        self._process.end()

    def restart(self, mode: StopMode = "fast") -> None:
        """Stop and start again on the same port and data; also starts a server that was killed.

        raises   ConnectError where it does not come up again
        """
        _shut_down(self._process, mode)
        _boot(self._process, self.bin, lambda: self.port, tries=1)

    def kill(self) -> None:
        """SIGKILL to all of the server's processes at once: what a power cut does, short of the disk's cache."""
        self._process.kill()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop("immediate" if self.log.parent in self.data.parents else "fast")


def start(
    *,
    major: int | None = None,
    settings: Mapping[str, str] = _NO_SETTINGS,
    auth: Auth = "scram",
    data: Path | None = None,
    durable: bool = False,
    ports: Callable[[], int] | None = None,
) -> Server:
    """Bring up a server from a local package and wait until it takes connections.

    major     None: that of `data` where it holds a cluster, else the newest at hand
    settings  lines of postgresql.conf, over this module's own
    auth      of TCP connections; with scram the superuser's password is set anew, so not for a standby
    data      a cluster to run, made where the folder is missing or empty, kept afterwards; None: made and removed
    durable   whether commits are forced to disk
    ports     the next port to try; None: one that is free now, as the system chooses
    raises    ConfigError where no such major is here; ConnectError, with the end of the log, where it does not come up
    """
    account = places.account()
    folder = places.new_name(account)
    cluster = data.resolve() if data is not None else folder / "data"
    holds = _major_of(cluster)
    programs = postgres_programs.runnable(choose(major or holds))
    if data is not None and holds is None:
        _make_for(account, cluster)
    template = None if holds else postgres_programs.template(programs, account)
    process = Supervised(folder, cluster, template=template, account=account)
    try:
        own = _ALWAYS | ({} if durable else _NOT_DURABLE) | {"unix_socket_directories": str(folder)}
        _configure(cluster, own | dict(settings), auth)
        port = _boot(process, programs.bin, ports or _free_port, tries=PORT_TRIES)
        login = "postgres" if auth == "trust" else f"postgres:{_new_password(programs, folder, port)}"
    except BaseException:
        process.end()
        raise
    url = f"postgresql://{login}@127.0.0.1:{port}/postgres"
    return Server(url, port, programs.major, programs.version, programs.bin, programs.where, process)


def _new_password(programs: Programs, folder: Path, port: int) -> str:
    password = secrets.token_hex(16)
    statement = f"ALTER ROLE postgres PASSWORD '{scram_verifier(password)}'"
    postgres_client.run(programs.bin, statement, url=f"postgresql://postgres@:{port}/postgres?host={folder}")
    return password


def choose(major: int | None) -> Programs:
    """The local programs that `start` uses for this major.

    raises   ConfigError, with the way to get them, where they are not here
    """
    here = postgres_programs.found()
    for programs in here:
        if major is None or programs.major == major:
            return programs
    known = ", ".join(str(programs.major) for programs in here) or "none"
    raise ConfigError(
        f"no programs of PostgreSQL {major or 'any major'} are on this machine (here: {known})",
        do=postgres_programs.remedy(major),
        kind="missing_server",
    )


def scram_verifier(password: str, *, iterations: int = 4096) -> str:
    """What PostgreSQL stores instead of `password`, so that the password itself travels nowhere.

    source   RFC 5802, section 3; PostgreSQL manual, pg_authid.rolpassword
    """
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    words = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${iterations}:{words[0]}${words[1]}:{words[2]}"


def _configure(cluster: Path, settings: Mapping[str, str], auth: Auth) -> None:
    # The socket lies in a folder that only the server's account and root can enter, so `trust` is safe there.
    method = "scram-sha-256" if auth == "scram" else "trust"
    rules = [
        f"{kind} {base} all {address} {how}".replace("  ", " ")
        for kind, address, how in (("local", "", "trust"), ("host", "127.0.0.1/32", method))
        for base in ("all", "replication")
    ]
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
    for name, text in (("pg_hba.conf", rules), ("schemactl.conf", lines)):
        (cluster / name).write_text("\n".join(text) + "\n")
        (cluster / name).chmod(0o644)
    main = cluster / "postgresql.conf"
    include = "include 'schemactl.conf'"
    if include not in main.read_text():
        with main.open("a") as file:
            file.write(f"\n{include}\n")


def _major_of(cluster: Path) -> int | None:
    version = cluster / "PG_VERSION"
    return int(version.read_text().split(".")[0]) if version.exists() else None


def _make_for(account: places.Account, cluster: Path) -> None:
    if cluster.is_dir() and any(cluster.iterdir()):
        raise ConfigError("the data folder holds something other than a cluster", at=str(cluster), do="name another")
    cluster.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account.is_other:
        os.chown(cluster, account.uid, account.gid)


def _boot(process: Supervised, programs: Path, ports: Callable[[], int], *, tries: int) -> int:
    """Start the postmaster on the first of `ports` that is free; return it once connections are taken."""
    for _ in range(tries):
        chosen = ports()
        before = process.log.stat().st_size if process.log.exists() else 0
        process.run([str(programs / "postgres"), "-D", str(process.data), "-p", str(chosen)])
        if _is_ready(process):
            return chosen
        said = process.log.read_text(errors="replace")[before:]
        # Another process can take the port between the choice and the start.
        if "could not bind" not in said:
            break
    raise ConnectError(
        f"PostgreSQL did not come up; the end of its log:\n{process.log_tail()}", at=str(process.data), kind="start"
    )


def _is_ready(process: Supervised) -> bool:
    status = process.data / "postmaster.pid"
    deadline = time.monotonic() + READY_WAIT_S
    while time.monotonic() < deadline:
        if process.has_ended(0.005):
            return False
        # Line 1 is the process id, line 8 the state (source: pg_ctl, miscadmin.h LOCK_FILE_LINE_PM_STATUS).
        try:
            lines = status.read_text().splitlines()
        except FileNotFoundError:  # not written yet, or a crashed server's being replaced
            lines = []
        if len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
            return True
    return False


def _shut_down(process: Supervised, mode: StopMode) -> None:
    process.send(signal.SIGINT if mode == "fast" else signal.SIGQUIT)
    if not process.has_ended(STOP_WAIT_S):
        process.send(signal.SIGQUIT)
        if not process.has_ended(STOP_WAIT_S):
            process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
