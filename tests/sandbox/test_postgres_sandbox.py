"""A sandbox PostgreSQL: comes up as any account, holds what it is told, leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from schemactl.errors import ConfigError, ConnectError
from schemactl.sandbox import places, postgres, postgres_programs
from tests.fixtures.absence import not_run

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=[18, 15], ids=["pg18", "pg15"])
def major(request: pytest.FixtureRequest) -> int:
    wanted: int = request.param
    for missing in postgres.absent([wanted]):
        not_run("postgres", missing.what, missing.why, missing.remedy)
    return wanted


@pytest.fixture
def server(major: int) -> Iterator[postgres.Server]:
    with postgres.start(major=major) as running:
        yield running


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the server's account can reach; pytest's own are closed to all but the caller."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def ask(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_server_is_of_the_major_that_was_asked_for(server: postgres.Server, major: int) -> None:
    assert str(ask(server.url, "SHOW server_version_num")).startswith(str(major))


def test_the_programs_beside_a_server_are_of_its_major(server: postgres.Server, major: int) -> None:
    said = subprocess.run([server.bin / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
    assert f"(PostgreSQL) {major}." in said


@pytest.mark.skipif(os.geteuid() != 0, reason="not run: this is not root, so no other account is needed")
def test_under_root_the_server_runs_as_nobody(server: postgres.Server) -> None:
    assert Path(f"/proc/{server.pid}").stat().st_uid == places.account().uid != 0


def test_a_server_listens_on_loopback_alone(server: postgres.Server) -> None:
    assert ask(server.url, "SHOW listen_addresses") == "127.0.0.1"


def test_scram_refuses_a_wrong_password(server: postgres.Server) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url, password="wrong")


def test_scram_refuses_to_go_without_a_password(server: postgres.Server) -> None:
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(f"postgresql://postgres@127.0.0.1:{server.port}/postgres")


def test_trust_asks_for_no_password(major: int) -> None:
    with postgres.start(major=major, auth="trust") as server:
        assert ask(f"postgresql://postgres@127.0.0.1:{server.port}/postgres", "SELECT current_user") == "postgres"


def test_the_password_stands_neither_in_the_log_nor_in_what_is_printed(major: int) -> None:
    with postgres.start(major=major, settings={"log_statement": "all"}) as server:
        password = psycopg.conninfo.conninfo_to_dict(server.url)["password"]
        assert str(password) not in server.log.read_text() + repr(server)
        assert "ALTER ROLE" in server.log.read_text()


def test_settings_reach_the_server_with_their_quotes(major: int) -> None:
    with postgres.start(major=major, settings={"log_line_prefix": "it's %p "}) as server:
        assert ask(server.url, "SHOW log_line_prefix") == "it's %p "


def test_a_setting_that_the_server_refuses_is_told_in_its_own_words(major: int) -> None:
    with pytest.raises(ConnectError, match="max_connections"):
        postgres.start(major=major, settings={"max_connections": "many"})


def test_a_server_that_does_not_come_up_leaves_no_folder(major: int) -> None:
    with pytest.raises(ConnectError) as stopped:
        postgres.start(major=major, settings={"max_connections": "many"})
    assert not Path(str(stopped.value.at)).parent.exists()


def test_commits_are_forced_to_disk_only_where_that_was_asked_for(server: postgres.Server, major: int) -> None:
    with postgres.start(major=major, durable=True) as durable:
        found = [ask(one.url, "SHOW fsync") for one in (server, durable)]
    assert found == ["off", "on"]


def test_a_restart_keeps_port_and_data(server: postgres.Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE city AS SELECT 7 AS id")
    before = server.pid
    server.restart()
    assert (ask(server.url, "SELECT id FROM city"), server.pid != before) == (7, True)


def test_a_killed_server_comes_back_with_what_was_committed(server: postgres.Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE city AS SELECT 7 AS id")
        server.kill()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    server.restart()
    assert ask(server.url, "SELECT id FROM city") == 7


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_stop_leaves_no_process_and_no_folder(major: int, mode: postgres.StopMode) -> None:
    server = postgres.start(major=major)
    server.stop(mode)
    assert (has_process(server.pid), server.log.parent.exists()) == (False, False)


def test_a_stopped_server_says_so_when_it_is_restarted(major: int) -> None:
    server = postgres.start(major=major)
    server.stop()
    with pytest.raises(ConnectError, match="was stopped"):
        server.restart()


def test_a_killed_owner_leaves_no_process_and_no_folder(major: int) -> None:
    with owner_of(major) as (owner, told):
        watched = [os.pidfd_open(pid) for pid in (told["pid"], parent_of(told["pid"]))]
        owner.send_signal(signal.SIGKILL)
        ended = [bool(select.select([pidfd], [], [], 60)[0]) for pidfd in watched]
        for pidfd in watched:
            os.close(pidfd)
    assert (ended, Path(told["folder"]).exists()) == ([True, True], False)


@pytest.mark.parametrize("sign", ["", "data/base", "data/schemactl.conf", "log", "data/postmaster.pid", ".s.PGSQL.*"])
def test_an_owner_killed_at_any_moment_of_the_start_leaves_nothing(sign: str, open_folder: Path) -> None:
    open_folder.chmod(0o1777)
    with owner_of(18, told=False, TMPDIR=str(open_folder)) as (owner, _):
        while not list(open_folder.glob(f"schemactl-*/{sign}")):
            time.sleep(0.0005)
            assert owner.poll() is None
        owner.kill()
        owner.wait()
    while left := processes_that_name(open_folder):
        assert [select.select([pidfd], [], [], 60)[0] for pidfd in left]
        for pidfd in left:
            os.close(pidfd)
    assert list(open_folder.iterdir()) == []


def test_an_owner_that_just_exits_leaves_no_folder(major: int) -> None:
    with owner_of(major) as (owner, told):
        shell = os.pidfd_open(parent_of(told["pid"]))
        assert owner.stdin is not None
        owner.stdin.close()
        owner.wait(60)
        assert select.select([shell], [], [], 60)[0]
        os.close(shell)
    assert not Path(told["folder"]).exists()


def test_a_killed_server_that_is_then_stopped_leaves_no_shared_memory(major: int) -> None:
    server = postgres.start(major=major)
    segment = (server.data / "postmaster.pid").read_text().splitlines()[6].split()[1]
    assert segment in shared_segments()
    server.kill()
    server.stop()
    assert segment not in shared_segments()


def test_servers_started_at_once_do_not_meet(major: int) -> None:
    with ThreadPoolExecutor(3) as pool, contextlib.ExitStack() as stack:
        servers = [stack.enter_context(one) for one in pool.map(lambda _: postgres.start(major=major), range(3))]
        assert len({(one.port, one.data) for one in servers}) == 3
        assert [ask(one.url, "SELECT 1") for one in servers] == [1, 1, 1]


def test_a_port_that_another_process_took_meanwhile_is_passed_over(major: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as spare:
        numbers = [taken.getsockname()[1], spare.getsockname()[1]]
        spare.close()
        candidates = iter(numbers)
        with postgres.start(major=major, ports=lambda: next(candidates)) as server:
            assert server.port == numbers[1]


def test_a_data_folder_that_was_given_is_kept_and_comes_up_again(major: int, open_folder: Path) -> None:
    data = open_folder / "cluster"
    with postgres.start(major=major, data=data) as first, psycopg.connect(first.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE city AS SELECT 7 AS id; CHECKPOINT")
    with postgres.start(data=data) as second:
        assert (second.major, ask(second.url, "SELECT id FROM city")) == (major, 7)


def test_a_data_folder_with_other_files_is_left_alone(major: int, open_folder: Path) -> None:
    (open_folder / "letter.txt").write_text("mine")
    with pytest.raises(ConfigError, match="something other than a cluster"):
        postgres.start(major=major, data=open_folder)
    assert [path.name for path in open_folder.iterdir()] == ["letter.txt"]


def test_a_major_that_is_not_here_names_the_way_to_get_it() -> None:
    with pytest.raises(ConfigError) as stopped:
        postgres.start(major=9)
    assert (stopped.value.kind, "unpack_postgres.sh 9" in str(stopped.value.do)) == ("missing_server", True)


def test_a_server_that_the_environment_names_comes_first(
    server: postgres.Server, major: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEMACTL_TEST_POSTGRES_URL", server.url)
    found = postgres.find(major)
    found.stop()
    assert isinstance(found, postgres.Given)
    assert (found.url, found.major, ask(server.url, "SELECT 1")) == (server.url, major, 1)
    assert postgres.available()[0] == postgres.Choice(major, "url", "SCHEMACTL_TEST_POSTGRES_URL", found.bin)


def test_a_named_server_that_does_not_answer_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    monkeypatch.setenv("SCHEMACTL_TEST_POSTGRES_URL", f"postgresql://u:hush@127.0.0.1:{port}/postgres")
    with pytest.raises(ConnectError, match="SCHEMACTL_TEST_POSTGRES_URL does not answer") as stopped:
        postgres.find(18)
    assert "hush" not in "\n".join(stopped.value.lines())


def test_programs_appear_in_the_cache_whole_or_not_at_all() -> None:
    name = f"test-{os.getpid()}-{os.urandom(4).hex()}"

    def fail(empty: Path) -> None:
        (empty / "half").touch()
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space left"):
        places.publish(name, fail)
    assert not list(places.cache().glob(f"*{name}*"))


def test_of_two_that_fill_the_cache_at_once_the_first_stays() -> None:
    name = f"test-{os.getpid()}-{os.urandom(4).hex()}"

    def second(empty: Path) -> None:
        places.publish(name, lambda inner: inner.joinpath("first").touch())
        empty.joinpath("second").touch()

    ready = places.publish(name, second)
    found = [path.name for path in ready.iterdir()]
    subprocess.run(["rm", "-r", ready], check=True)
    assert (found, list(places.cache().glob(f".{name}*"))) == (["first"], [])


@pytest.mark.skipif(os.geteuid() != 0, reason="not run: only root copies the package's programs")
def test_the_copied_programs_can_be_run_but_not_changed_by_others() -> None:
    copied = postgres_programs.runnable(postgres_programs.found()[0])
    modes = [path.stat().st_mode for path in (copied.bin, *copied.bin.iterdir())]
    assert all(mode & 0o005 == 0o005 and not mode & (stat.S_IWGRP | stat.S_IWOTH) for mode in modes)


@contextlib.contextmanager
def owner_of(
    major: int, *, told: bool = True, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A process that owns a server, and what it told of it; `told` false: without waiting for that."""
    command = [sys.executable, "-m", "tests.sandbox.owner", str(major)]
    pipe = subprocess.PIPE
    env = os.environ | environment
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, env=env) as owner:
        assert owner.stdout is not None
        try:
            yield owner, json.loads(owner.stdout.readline()) if told else {}
        finally:
            owner.kill()


def shared_segments() -> list[str]:
    return [line.split()[1] for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def processes_that_name(folder: Path) -> list[int]:
    """A pidfd of every process with `folder` in its arguments."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(folder) in entry.joinpath("cmdline").read_text(errors="replace"):
                found.append(os.pidfd_open(int(entry.name)))
    return found


def has_process(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
