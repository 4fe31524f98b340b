"""A throwaway ZooKeeper on 127.0.0.1, for what ClickHouse's replicas agree on there. Knows no ClickHouse.

It ends with the process that started it, and its folder goes with it.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import time
from dataclasses import dataclass, field

from schemactl.errors import ConnectError
from schemactl.sandbox import places, zookeeper_programs
from schemactl.sandbox.supervisor import Supervised

READY_WAIT_S = 60.0
PORT_TRIES = 10

_CONFIGURATION = """\
dataDir={folder}/zookeeper
clientPort={port}
clientPortAddress=127.0.0.1
tickTime=500
maxSessionTimeout=60000
maxClientCnxns=0
admin.enableServer=false
4lw.commands.whitelist=conf
"""
# Without one its logger tells every packet.
_LOGGING = """\
<configuration>
  <appender name="log" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %-5level %logger{20} %msg%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="log"/></root>
</configuration>
"""
_MAIN = "org.apache.zookeeper.server.ZooKeeperServerMain"


@dataclass(frozen=True, slots=True)
class ZooKeeper:
    """A running server; what it keeps is gone with it, a SIGKILL alone loses nothing."""

    port: int
    version: str
    where: str
    _process: Supervised = field(repr=False)

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL; `start_again` brings it back with what it kept."""
        self._process.kill()

    def start_again(self) -> None:
        """Bring it up again on the same port.

        raises   ConnectError where it does not come up
        """
        if not _comes_up(self._process, self.port):
            raise _not_up(self._process)

    def pause(self) -> None:
        """SIGSTOP: its connections stay and get no answer; `go_on` ends that."""
        self._process.send(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send(signal.SIGCONT)

    def stop(self) -> None:
        """End it and remove its folder; a second call does nothing."""
        self._process.kill()
        self._process.end()


def start() -> ZooKeeper:
    """Bring up a server and wait until it answers.

    raises   ConfigError where its jars or Java are not here; ConnectError where it does not come up
    """
    zookeeper_programs.jars()
    account = places.account()
    folder = places.new_name(account)
    process = Supervised(folder, folder / "zookeeper", template=None, account=account, ends_with="KILL")
    try:
        for _ in range(PORT_TRIES):
            port = _free_port()
            if _comes_up(process, port):
                return ZooKeeper(port, zookeeper_programs.VERSION, zookeeper_programs.WHERE, process)
            # Another process can take the port between the choice and the start.
            if "Address already in use" not in process.log_tail(200):
                break
        raise _not_up(process)
    except BaseException:
        process.end()
        raise


def _comes_up(process: Supervised, port: int) -> bool:
    jars, folder = zookeeper_programs.jars(), process.folder
    for name, text in (("zoo.cfg", _CONFIGURATION.format(folder=folder, port=port)), ("logback.xml", _LOGGING)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
    java = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dzookeeper.forceSync=no"]
    logging = f"-Dlogback.configurationFile={folder}/logback.xml"
    program = shutil.which("java") or "java"
    process.run([program, *java, logging, "-cp", f"{jars}/*", _MAIN, str(folder / "zoo.cfg")])
    deadline = time.monotonic() + READY_WAIT_S
    while time.monotonic() < deadline and not process.has_ended(0.02):
        if _answers(process, port):
            return True
    return False


def _answers(process: Supervised, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"conf")
        with connection.makefile("rb") as answer:
            # Its own folder: another server may have taken the port.
            return str(process.folder).encode() in answer.read()
    return False


def _not_up(process: Supervised) -> ConnectError:
    return ConnectError(
        f"ZooKeeper did not come up; the end of its log:\n{process.log_tail()}", at=str(process.folder), kind="start"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
