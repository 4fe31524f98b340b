"""PgBouncer before a PostgreSQL server, as a throwaway process. Installs nothing, touches no running service."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from urllib.parse import unquote, urlsplit

from schemactl.sandbox import places
from schemactl.sandbox.supervisor import Supervised

PoolMode = Literal["session", "transaction", "statement"]

REMEDY = "install the package pgbouncer, or run `apt-get update` where apt-get and dpkg are at hand"
READY_WAIT_S = 20.0
PORT_TRIES = 5
_PACKAGE = "pgbouncer"
# What a minimal Debian lacks of its libraries; the names carry the version of their interface.
_LIBRARIES = ("libc-ares", "libcares", "libevent-2")
_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


class NotHadError(Exception):
    """PgBouncer cannot be had on this machine: why. `REMEDY` says how to get it."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the program is, and the folder of libraries it needs beside the system's."""

    program: Path
    libraries: Path | None
    where: str


@dataclass(frozen=True, slots=True)
class Bouncer:
    """A running PgBouncer. `url`: the server's by way of it, same user, password and database; `log`: its log."""

    url: str = field(repr=False)
    port: int
    log: Path
    version: str


def programs() -> Programs:
    """The installed program, or Debian's package unpacked into the cache.

    raises   NotHadError where neither can be had
    """
    installed = shutil.which(_PACKAGE, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if installed is not None:
        return Programs(Path(installed), None, installed)
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise NotHadError("it is not installed, and there is no apt-get and dpkg to unpack it with")
    root = places.publish("pgbouncer-debian", _unpack)
    found = next(root.glob("usr/lib/*/libcares.so.2"), None)
    return Programs(root / "usr/sbin/pgbouncer", found.parent if found else None, f"Debian's package, in {root}")


@contextlib.contextmanager
def pgbouncer(
    url: str, *, pool_mode: PoolMode = "transaction", settings: Mapping[str, str] = _NO_SETTINGS
) -> Iterator[Bouncer]:
    """PgBouncer on a free port of 127.0.0.1, for the user of `url`, for all databases of its server.

    url        with user, password, host, port
    settings   of pgbouncer.ini, over this module's own
    raises     NotHadError where there is no PgBouncer or it does not come up
    """
    using = programs()
    account = places.account()
    folder = places.new_name(account)
    process = Supervised(folder, folder / "data", template=None, account=account)
    try:
        for name, text in _files(url, pool_mode, settings).items():
            path = folder / name
            path.touch(mode=0o600)
            path.write_text(text)
            os.chown(path, account.uid, account.gid)
        port = _boot(process, using)
        at = urlsplit(url)
        login = at.netloc.rpartition("@")[0]
        here = at._replace(netloc=f"{login}@127.0.0.1:{port}").geturl()
        yield Bouncer(here, port, process.log, _version(using))
    finally:
        process.send(signal.SIGTERM)
        process.end()


def _files(url: str, pool_mode: PoolMode, settings: Mapping[str, str]) -> dict[str, str]:
    at = urlsplit(url)
    # In plain text, since PgBouncer logs in to the server with it under SCRAM; the folder is its account's alone.
    user, password = (unquote(part or "").replace('"', '""') for part in (at.username, at.password))
    options = {
        "listen_addr": "127.0.0.1",
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": "users.txt",
        "admin_users": user,
        "pool_mode": pool_mode,
        "ignore_startup_parameters": "extra_float_digits,options",
    }
    lines = [f"{name} = {value}" for name, value in (options | dict(settings)).items()]
    server = f"* = host={at.hostname} port={at.port or 5432}"
    return {
        "pgbouncer.ini": "\n".join(["[databases]", server, "[pgbouncer]", *lines, "%include port.ini", ""]),
        "users.txt": f'"{user}" "{password}"\n',
    }


def _boot(process: Supervised, using: Programs) -> int:
    for _ in range(PORT_TRIES):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        (process.folder / "port.ini").write_text(f"listen_port = {port}\n")
        (process.folder / "port.ini").chmod(0o644)
        # Supervised gives servers none of the caller's environment.
        prefix = ["env", f"LD_LIBRARY_PATH={using.libraries}"] if using.libraries else []
        start = 'cd "$1" && shift && exec "$@" pgbouncer.ini'
        process.run(["sh", "-c", start, "sh", str(process.folder), *prefix, str(using.program)])
        if _listens(process, port):
            return port
    raise NotHadError(f"it did not come up; the end of its log:\n{process.log_tail()}")


def _listens(process: Supervised, port: int) -> bool:
    end = time.monotonic() + READY_WAIT_S
    while time.monotonic() < end and not process.has_ended():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        time.sleep(0.01)
    return False


def _version(using: Programs) -> str:
    environment = {"LD_LIBRARY_PATH": str(using.libraries)} if using.libraries else {}
    told = subprocess.run([using.program, "--version"], capture_output=True, text=True, check=True, env=environment)
    return told.stdout.split("\n", 1)[0]


def _unpack(empty: Path) -> None:
    needed = [_PACKAGE]
    for line in _said(["apt-cache", "depends", _PACKAGE], empty).splitlines():
        kind, _, name = line.strip().partition(": ")
        if kind.lstrip("|") == "Depends" and name.startswith(_LIBRARIES):
            needed.append(name)
    with tempfile.TemporaryDirectory() as here:
        # apt drops root's rights for a download, which a folder of root's refuses; the files are root's either way.
        download = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", *needed]
        _said(download, Path(here))
        for package in sorted(Path(here).glob("*.deb")):
            _said(["dpkg", "-x", str(package), str(empty)], Path(here))


def _said(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotHadError(f"`{' '.join(command)}` said: {done.stderr.strip() or done.returncode}")
    return done.stdout
