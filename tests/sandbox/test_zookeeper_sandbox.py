"""A sandbox ZooKeeper: comes up, keeps what it holds over a SIGKILL, leaves nothing behind."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemactl.sandbox import zookeeper, zookeeper_programs
from tests.fixtures.absence import not_run


@pytest.fixture
def server() -> Iterator[zookeeper.ZooKeeper]:
    if missing := zookeeper_programs.absent():
        not_run("clickhouse", missing.what, missing.why, missing.remedy)
    running = zookeeper.start()
    yield running
    running.stop()


@pytest.mark.soak
def test_it_listens_on_this_machine_alone(server: zookeeper.ZooKeeper) -> None:
    port = f":{server.port:04X}"
    listening = [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    listening += [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    # 0A is LISTEN; an address is written with its bytes in the machine's order.
    addresses = {row[1].removesuffix(port) for row in listening if row[1].endswith(port) and row[3] == "0A"}
    assert addresses <= {"0100007F", "0000000000000000FFFF00000100007F"} and len(addresses) == 1


def test_after_a_kill_it_comes_back_on_its_port(server: zookeeper.ZooKeeper) -> None:
    before = server.pid
    server.kill()
    server.start_again()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10):
        assert server.pid != before


@pytest.mark.soak
def test_once_stopped_nothing_of_it_is_left(server: zookeeper.ZooKeeper) -> None:
    folder = Path(f"/proc/{server.pid}/cmdline").read_text().split("\0")[-2]
    assert Path(folder).is_file()
    server.stop()
    assert not Path(folder).parent.exists()
