"""A sandbox ClickHouse: comes up as any account, holds what it is told, leaves nothing behind."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_driver.errors import NetworkError, ServerException

from schemactl.errors import ConfigError, ConnectError
from schemactl.sandbox import clickhouse, clickhouse_hello, clickhouse_server, places
from tests.fixtures.absence import not_run
from tests.fixtures.clickhouse import ask

ROOT = Path(__file__).parents[2]
OWNER = """
import json, sys
from schemactl.sandbox import clickhouse
server = clickhouse.start()
print(json.dumps({"pid": server.pid, "folder": str(server.data.parent)}), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server() -> Iterator[clickhouse.Server]:
    for missing in clickhouse.absent(["18.16"]):
        not_run("clickhouse", missing.what, missing.why, missing.remedy)
    with clickhouse.start(version="18.16") as running:
        yield running


def test_a_server_is_of_the_version_that_was_asked_for(server: clickhouse.Server) -> None:
    assert ask(server.url, "SELECT version()") == [(server.version,)]
    assert server.version.startswith("18.16.")
    assert clickhouse_hello.version(server.url) == "18.16"


@pytest.mark.skipif(os.geteuid() != 0, reason="not run: this is not root, so no other account is needed")
def test_under_root_the_server_runs_as_nobody(server: clickhouse.Server) -> None:
    assert Path(f"/proc/{server.pid}").stat().st_uid == places.account().uid != 0


def test_a_wrong_password_is_refused(server: clickhouse.Server) -> None:
    with pytest.raises(ServerException, match="Wrong password"):
        ask(server.url.replace("default:", "default:x"), "SELECT 1")
    with pytest.raises(ConnectError, match="Wrong password"):
        clickhouse_hello.version(server.url.replace("default:", "default:x"))


def test_the_reader_may_read_and_not_write(server: clickhouse.Server) -> None:
    assert ask(server.reader_url, "SELECT 1") == [(1,)]
    with pytest.raises(ServerException, match="readonly"):
        ask(server.reader_url, "CREATE TABLE t (a Int8) ENGINE = Memory")


def test_the_password_is_in_no_argument_of_the_process(server: clickhouse.Server) -> None:
    password = server.url.split(":")[2].split("@")[0]
    assert password not in Path(f"/proc/{server.pid}/cmdline").read_text()


def test_a_server_keeps_its_data_and_its_address_over_a_kill(server: clickhouse.Server) -> None:
    ask(server.url, "CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a")
    ask(server.url, "INSERT INTO t VALUES", [(7,)])
    before = server.pid
    server.kill()
    with pytest.raises(NetworkError):
        ask(server.url, "SELECT 1")
    server.restart()
    assert (ask(server.url, "SELECT a FROM t"), server.pid != before) == ([(7,)], True)


def test_a_taken_port_is_given_up_for_another(server: clickhouse.Server) -> None:
    taken = [server.ports, clickhouse.free_ports()]
    with clickhouse.start(ports=lambda: taken.pop(0)) as second:
        assert ask(second.url, "SELECT 1") == [(1,)]
    assert taken == []


def test_a_server_that_cannot_start_says_why_and_leaves_nothing() -> None:
    for missing in clickhouse.absent(["18.16"]):
        not_run("clickhouse", missing.what, missing.why, missing.remedy)
    with pytest.raises(ConnectError) as refused:
        clickhouse.start(config="<no such")
    assert "did not come up" in refused.value.what
    assert not Path(refused.value.at or "").exists()


def test_stopping_removes_the_process_and_the_folder(server: clickhouse.Server) -> None:
    folder, pid = server.data.parent, server.pid
    server.stop()
    assert (folder.exists(), Path(f"/proc/{pid}").exists()) == (False, False)


def test_a_server_goes_when_its_owner_is_killed(server: clickhouse.Server) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert owner.stdin is not None and owner.stdout is not None
    told = json.loads(owner.stdout.readline())
    gone = os.pidfd_open(told["pid"])
    owner.kill()
    owner.wait()
    poll = select.poll()
    poll.register(gone, select.POLLIN)
    assert poll.poll(20_000)
    os.close(gone)
    owner.stdin.close()
    owner.stdout.close()


def test_a_version_that_is_not_here_is_told_with_the_way_to_get_it() -> None:
    with pytest.raises(ConfigError) as told:
        clickhouse_server.choose("1.1")
    assert told.value.do and "ClickHouse 1.1" in told.value.what
    assert [missing.what for missing in clickhouse.absent(["1.1"])] == ["ClickHouse 1.1"]


def test_a_given_url_comes_first_and_is_left_running(
    server: clickhouse.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEMACTL_TEST_CLICKHOUSE_URL", server.url)
    given = clickhouse.find()
    assert (given.url, given.where) == (server.url, "SCHEMACTL_TEST_CLICKHOUSE_URL")
    given.stop()
    assert ask(server.url, "SELECT 1") == [(1,)]
    assert clickhouse.available()[0].source == "url"


def test_a_given_url_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEMACTL_TEST_CLICKHOUSE_URL", "clickhouse://127.0.0.1:1/default")
    with pytest.raises(ConnectError, match="SCHEMACTL_TEST_CLICKHOUSE_URL"):
        clickhouse.find()
