"""A throwaway ClickHouse server on 127.0.0.1. Uses the server's own program, never a driver.

A server that `start` brought up ends with the process that started it, and its folder goes with it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from schemactl.errors import ConfigError, ConnectError
from schemactl.sandbox import clickhouse_hello, clickhouse_programs, places
from schemactl.sandbox.clickhouse_programs import Programs
from schemactl.sandbox.supervisor import Supervised

READY_WAIT_S: Final = 60.0
PORT_TRIES: Final = 10
READER: Final = "reader"
"""A user that may write nothing (readonly=1), with the same password."""

_NO_USERS: Mapping[str, str] = MappingProxyType({})

# Thirty lines an error: hence the limit. With `fatal` a server that dies at its start would not say why.
_CONFIG = """<?xml version="1.0"?>
<yandex>
  <logger><level>{level}</level><log>{folder}/server.log</log><errorlog>{folder}/error.log</errorlog>
    <size>10M</size><count>1</count></logger>
  <listen_host>127.0.0.1</listen_host>
  <tcp_port>{tcp}</tcp_port><http_port>{http}</http_port>
  <interserver_http_port>{interserver}</interserver_http_port>
  <interserver_http_host>127.0.0.1</interserver_http_host>
  <path>{data}/</path><tmp_path>{data}/tmp/</tmp_path><user_files_path>{data}/user_files/</user_files_path>
  <users_config>{folder}/users.xml</users_config>
  <default_profile>default</default_profile><default_database>default</default_database>
  <mark_cache_size>67108864</mark_cache_size>
  <timezone>UTC</timezone>
  {more}
</yandex>
"""
_USERS = """<?xml version="1.0"?>
<yandex>
  <profiles><default/><readonly><readonly>1</readonly></readonly></profiles>
  <quotas><default/></quotas>
  <users>{users}</users>
</yandex>
"""
_USER = """
    <{name}><password_sha256_hex>{hash}</password_sha256_hex><networks><ip>127.0.0.1</ip></networks>
      <profile>{profile}</profile><quota>default</quota></{name}>"""


class Ports(NamedTuple):
    """All that a server listens on."""

    tcp: int
    http: int
    interserver: int


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    url   of the user `default`, with the password, database `default`; `reader_url` of a user that may write nothing
    port  of the native protocol; `http_port`, `interserver_port` beside it
    pid   the server's process id (changes on `restart`)
    """

    url: str = field(repr=False)
    ports: Ports
    version: str
    where: str
    _programs: Programs = field(repr=False)
    _process: Supervised = field(repr=False)

    @property
    def port(self) -> int:
        return self.ports.tcp

    @property
    def http_port(self) -> int:
        return self.ports.http

    @property
    def reader_url(self) -> str:
        return self.url.replace("//default:", f"//{READER}:")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def data(self) -> Path:
        return self._process.data

    def stop(self) -> None:
        """End the server at once (its own orderly end waits for what runs) and remove its folder."""
        self._process.end()

    def restart(self) -> None:
        """Kill and start again on the same ports and data.

        raises   ConnectError where it does not come up again
        """
        self._process.kill()
        _boot(self._process, self._programs, self.url)

    def kill(self) -> None:
        """SIGKILL, as a power cut would end it; the folder stays."""
        self._process.kill()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    *,
    version: str | None = None,
    config: str = "",
    ports: Callable[[], Ports] | None = None,
    level: str = "error",
    password: str | None = None,
) -> Server:
    """Bring up a server from a local program and wait until it takes connections.

    version   the beginning of it, `18.16`; None: the first at hand
    config    more elements of the server's configuration: its Keeper, clusters, macros
    ports     the next ports to try; None: some that are free now
    level     of the server's log
    password  of its users; None: one of its own
    raises    ConfigError where no such program is here; ConnectError, with the log's end, where it does not come up
    """
    programs = choose(version)
    account = places.account()
    folder = places.new_name(account)
    process = Supervised(folder, folder / "data", template=None, account=account, ends_with="KILL")
    secret = password or secrets.token_hex(16)
    try:
        for tried in range(1, PORT_TRIES + 1):
            chosen = ports() if ports else free_ports()
            _configure(process, account, chosen, config=config, level=level, password=secret)
            url = f"clickhouse://default:{secret}@127.0.0.1:{chosen.tcp}/default"
            # Another process can take a port between the choice and the start.
            if _came_up(process, programs, url):
                return Server(url, chosen, programs.version, programs.where, programs, process)
            if tried == PORT_TRIES or "Address already in use" not in _said(process):
                break
    except BaseException:
        process.end()
        raise
    said = _said(process)
    process.end()
    raise ConnectError(f"ClickHouse did not come up; the end of its log:\n{said}", at=str(folder), kind="start")


def choose(version: str | None) -> Programs:
    """The local program that `start` uses for this version.

    raises   ConfigError, with the way to get it, where it is not here
    """
    here = clickhouse_programs.found()
    for programs in here:
        if version is None or f"{programs.version}.".startswith(f"{version}."):
            return programs
    known = ", ".join(programs.version for programs in here) or "none"
    raise ConfigError(
        f"no server program of ClickHouse {version or 'any version'} is on this machine (here: {known})",
        do=clickhouse_programs.REMEDY,
        kind="missing_server",
    )


def free_ports() -> Ports:
    """Three ports that are free now."""
    probes = [socket.socket() for _ in Ports._fields]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return Ports(*(int(probe.getsockname()[1]) for probe in probes))
    finally:
        for probe in probes:
            probe.close()


def _configure(
    process: Supervised, account: places.Account, ports: Ports, *, config: str, level: str, password: str
) -> None:
    folder, data = process.folder, process.data
    data.mkdir(exist_ok=True)
    if account.is_other:
        os.chown(data, account.uid, account.gid)
    hashed = hashlib.sha256(password.encode()).hexdigest()
    users = "".join(
        _USER.format(name=name, hash=hashed, profile=profile)
        for name, profile in (("default", "default"), (READER, "readonly"))
    )
    text = _CONFIG.format(folder=folder, data=data, level=level, more=config, **ports._asdict())
    for name, content in (("config.xml", text), ("users.xml", _USERS.format(users=users))):
        (folder / name).write_text(content)
        (folder / name).chmod(0o644)


def _boot(process: Supervised, programs: Programs, url: str) -> None:
    if not _came_up(process, programs, url):
        raise ConnectError(
            f"ClickHouse did not come up; the end of its log:\n{_said(process)}", at=str(process.data), kind="start"
        )


def _came_up(process: Supervised, programs: Programs, url: str) -> bool:
    process.run([*programs.command, f"--config-file={process.folder}/config.xml"])
    port = urlsplit(url).port or 0
    deadline = time.monotonic() + READY_WAIT_S
    while time.monotonic() < deadline:
        if process.has_ended(0.005):
            return False
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                continue
        # What listens may be another's server, which does not know the password.
        try:
            clickhouse_hello.version(url)
        except ConnectError:
            continue
        return True
    return False


def _said(process: Supervised) -> str:
    logs = [process.folder / "error.log", process.folder / "server.log"]
    texts = [process.log_tail(), *(log.read_text(errors="replace") for log in logs if log.exists())]
    return "\n".join("\n".join(texts).splitlines()[-12:])
