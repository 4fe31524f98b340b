"""Two ClickHouse servers that are replicas of one shard, and the ZooKeeper they agree through: a throwaway cluster."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final

from schemactl.errors import ConnectError
from schemactl.sandbox import clickhouse_server, zookeeper, zookeeper_programs
from schemactl.sandbox.clickhouse_server import Ports, Server
from schemactl.sandbox.had import NotHad
from schemactl.sandbox.zookeeper import ZooKeeper

CLUSTER: Final = "town"
NAMES: Final = ("one", "two")
_TRIES: Final = 3

_REPLICA: Final = (
    "<replica><host>127.0.0.1</host><port>{port}</port><user>default</user><password>{password}</password></replica>"
)
_CONFIG: Final = """\
<remote_servers><{cluster}><shard><internal_replication>true</internal_replication>{replicas}</shard></{cluster}>
  </remote_servers>
  <macros><cluster>{cluster}</cluster><shard>01</shard><replica>{name}</replica></macros>
  {keeper}"""
_KEEPER: Final = """\
<zookeeper><node index="1"><host>127.0.0.1</host><port>{port}</port></node>
    <session_timeout_ms>{session_ms}</session_timeout_ms></zookeeper>
  <distributed_ddl><path>/clickhouse/task_queue/ddl</path></distributed_ddl>"""
_SESSION_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Pair:
    """A running cluster `town`, one shard, its replicas `one` and `two` (macro `replica`), one password for both.

    keeper  None where the two have none: a cluster on which no lock can be had
    """

    servers: tuple[Server, Server]
    keeper: ZooKeeper | None
    url: str = field(repr=False)

    @property
    def version(self) -> str:
        return self.servers[0].version

    @property
    def where(self) -> str:
        return self.servers[0].where

    def stop(self) -> None:
        """End all of it and remove its folders."""
        for server in self.servers:
            server.stop()
        if self.keeper is not None:
            self.keeper.stop()

    def __enter__(self) -> Pair:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def absent() -> tuple[NotHad, ...]:
    """What a cluster needs and this machine lacks, each with the way to get it, the server's program apart."""
    missing = zookeeper_programs.absent()
    return (missing,) if missing else ()


def start(*, version: str | None = None, keeper: bool = True) -> Pair:
    """Bring up the cluster and wait until both servers take connections; `url` leads to the first, `?cluster=town`.

    raises   ConfigError where a program is not here; ConnectError where one does not come up
    """
    kept = zookeeper.start() if keeper else None
    try:
        for tried in range(1, _TRIES + 1):
            try:
                servers = _servers(version, kept)
            except ConnectError as error:
                # The ports are chosen before the start, since each server is told the other's: one may be taken since.
                if tried == _TRIES or "Address already in use" not in error.what:
                    raise
            else:
                return Pair(servers, kept, f"{servers[0].url}?cluster={CLUSTER}")
        raise AssertionError("a try either ends or fails")
    except BaseException:
        if kept is not None:
            kept.stop()
        raise


def _servers(version: str | None, kept: ZooKeeper | None) -> tuple[Server, Server]:
    ports, password = (clickhouse_server.free_ports(), clickhouse_server.free_ports()), secrets.token_hex(16)
    first = _server(version, kept, ports, password, 0)
    try:
        return first, _server(version, kept, ports, password, 1)
    except BaseException:
        first.stop()
        raise


def _server(version: str | None, kept: ZooKeeper | None, ports: tuple[Ports, Ports], password: str, at: int) -> Server:
    config = _CONFIG.format(
        cluster=CLUSTER,
        name=NAMES[at],
        replicas="".join(_REPLICA.format(port=one.tcp, password=password) for one in ports),
        keeper=_KEEPER.format(port=kept.port, session_ms=_SESSION_MS) if kept else "",
    )
    return clickhouse_server.start(version=version, config=config, ports=lambda: ports[at], password=password)
