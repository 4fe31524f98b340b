"""A sandbox Neo4j: comes up as any account, takes only its own password, leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemactl.errors import ConfigError, ConnectError
from schemactl.sandbox import neo4j as sandbox
from schemactl.sandbox import neo4j_archive, neo4j_client, neo4j_programs, places
from schemactl.sandbox.kinds import kind_of
from tests.fixtures.absence import not_run
from tests.fixtures.neo4j import driver_of


@pytest.fixture(scope="module")
def server() -> Iterator[sandbox.Server]:
    for missing in sandbox.absent():
        not_run("neo4j", missing.what, missing.why, missing.remedy)
    with sandbox.start() as running:
        yield running


def count_of(url: str) -> int:
    with driver_of(url) as driver:
        return int(driver.execute_query("MATCH (c:City) RETURN count(c) AS n").records[0]["n"])


def test_its_version_is_told_as_the_server_tells_it(server: sandbox.Server) -> None:
    with driver_of(server.url) as driver:
        agent = driver.get_server_info().agent
    assert agent == f"Neo4j/{server.version}"


@pytest.mark.skipif(os.geteuid() != 0, reason="not run: this is not root, so no other account is needed")
def test_under_root_the_server_runs_as_nobody(server: sandbox.Server) -> None:
    assert Path(f"/proc/{server.pid}").stat().st_uid == places.account().uid != 0


def test_it_listens_on_loopback_alone_and_on_no_second_port(server: sandbox.Server) -> None:
    owned = set()
    for entry in Path(f"/proc/{server.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # Closed since it was listed; a listening socket stays open.
            owned.add(str(entry.readlink()))
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in owned:
                listening.append(fields[1])
    hexed = f"{server.port:04X}"
    assert listening in ([f"0100007F:{hexed}"], [f"0000000000000000FFFF00000100007F:{hexed}"])


def test_a_java_that_makes_no_archive_is_told_and_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for missing in sandbox.absent_own():
        not_run("neo4j", missing.what, missing.why, missing.remedy)
    real = neo4j_programs.choose().java
    java = tmp_path / "bin/java"
    java.parent.mkdir()
    java.write_text(f'#!/bin/sh\n[ "$1" != -version ] || exec {real} -version\n')
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    folder = neo4j_programs.choose().archive.parent
    folder.mkdir()  # As a run before left it.
    for _ in range(2):
        with pytest.raises(ConnectError, match="no archive"):
            neo4j_archive.archive()
        assert not folder.exists()


def test_the_way_to_get_one_names_no_variable_that_the_sandbox_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PATH": "", "JAVA_HOME": "", "DOCKER_HOST": "unix:///nowhere"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SCHEMACTL_TEST_NEO4J_URL", "bolt://127.0.0.1:1/neo4j")
    (missing,) = kind_of("neo4j").absent()
    assert "SCHEMACTL_TEST_NEO4J_URL" not in missing.remedy


def test_a_wrong_password_is_refused(server: sandbox.Server) -> None:
    with pytest.raises(ConnectError, match="refused the login") as refused:
        neo4j_client.version(f"bolt://neo4j:wrong@127.0.0.1:{server.port}/neo4j")
    assert refused.value.kind == "authentication"


def test_the_password_stands_neither_in_its_files_nor_in_what_is_printed(server: sandbox.Server) -> None:
    password = server.url.split(":")[2].split("@")[0]
    told = "".join(
        path.read_text(errors="replace") for path in server.home.rglob("*") if path.suffix in (".log", ".conf", ".ini")
    )
    assert password not in told + repr(server)
    command = Path(f"/proc/{server.pid}/cmdline").read_text() + Path(f"/proc/{server.pid}/environ").read_text()
    assert password not in command


@pytest.mark.soak
def test_a_killed_server_comes_back_on_its_port_with_what_was_committed(server: sandbox.Server) -> None:
    with driver_of(server.url) as driver:
        driver.execute_query("CREATE (:City {name: 'Ulm'})")
    before = server.pid
    server.kill()
    with pytest.raises(ConnectError, match="no answer"):
        neo4j_client.version(server.url)
    server.restart()
    assert (count_of(server.url), server.pid != before) == (1, True)


def test_stop_leaves_no_process_and_no_folder() -> None:
    for missing in sandbox.absent():
        not_run("neo4j", missing.what, missing.why, missing.remedy)
    server = sandbox.start()
    server.stop()
    assert (Path(f"/proc/{server.pid}").exists(), server.home.parent.exists()) == (False, False)


def test_a_setting_that_the_server_does_not_know_is_told_in_its_own_words(server: sandbox.Server) -> None:
    with pytest.raises(ConnectError, match=r"server\.no_such_setting") as stopped:
        sandbox.start(settings={"server.no_such_setting": "1"})
    assert not Path(str(stopped.value.at)).exists()


@pytest.mark.soak
def test_a_port_that_another_process_took_meanwhile_is_passed_over(server: sandbox.Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as spare:
        number = spare.getsockname()[1]
    candidates = iter([server.port, number])
    with sandbox.start(ports=lambda: next(candidates)) as second:
        assert (second.port, count_of(second.url)) == (number, 0)


def test_a_server_that_the_environment_names_comes_first(
    server: sandbox.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEMACTL_TEST_NEO4J_URL", server.url)
    found = sandbox.find()
    found.stop()
    assert isinstance(found, sandbox.Given)
    assert (found.url, found.version) == (server.url, server.version)
    assert sandbox.available()[0] == sandbox.Choice(server.version, "url", "SCHEMACTL_TEST_NEO4J_URL")


def test_a_named_server_that_does_not_answer_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    monkeypatch.setenv("SCHEMACTL_TEST_NEO4J_URL", f"bolt://u:hush@127.0.0.1:{port}/neo4j")
    with pytest.raises(ConnectError, match="SCHEMACTL_TEST_NEO4J_URL does not answer") as stopped:
        sandbox.find()
    assert "hush" not in "\n".join(stopped.value.lines())


def test_without_java_the_way_to_get_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.delenv("SCHEMACTL_TEST_NEO4J_URL", raising=False)
    with pytest.raises(ConfigError) as stopped:
        sandbox.start()
    assert (stopped.value.kind, "Java 17" in str(stopped.value.do)) == ("missing_server", True)
    assert [missing.what for missing in sandbox.absent()] == [neo4j_programs.WHAT]
