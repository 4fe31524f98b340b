"""Provisions at the same time, and provisions that are killed: the end is the same as of one that ran alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence

import psycopg
import pytest

from schemactl.sandbox.postgres import Server
from tests.provision.conftest import MakeScene
from tests.provision.scene import Scene, differing

PATIENCE_S = 120


def start(scene: Scene, *arguments: str) -> subprocess.Popen[str]:
    state = scene.root.parent / "state"
    return subprocess.Popen(
        [sys.executable, "-m", "schemactl", "--json", "provision", "--yes", *arguments, "--passwords", str(scene.file)],
        cwd=scene.root,
        env=os.environ | {"SCHEMACTL_ADMIN_URL__POSTGRES": scene.admin, "XDG_STATE_HOME": str(state)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ends(processes: Sequence[subprocess.Popen[str]]) -> list[tuple[int, str]]:
    found = []
    for process in processes:
        out, err = process.communicate(timeout=PATIENCE_S)
        found.append((process.returncode, out + err))
    return found


def test_ten_at_once_do_not_collide_and_agree_on_the_passwords(make_scene: MakeScene) -> None:
    scene = make_scene(both=True)
    ended = ends([start(scene, "--wait", "100s") for _ in range(10)])
    assert [code for code, _ in ended] == [0] * 10, [text for code, text in ended if code]
    assert differing(scene.plan()) == []
    assert scene.state("app", "SELECT 1") == ""
    assert len(scene.passwords()) == 6
    assert not any(word in text for word in scene.passwords().values() for _, text in ended)


def test_one_that_does_not_wait_is_told_who_is_at_work(scene: Scene) -> None:
    from schemactl.engines.postgres.key import PROVISION_KEY

    with psycopg.connect(scene.admin, autocommit=True) as holder:
        holder.execute("SELECT pg_advisory_lock(%s)", (PROVISION_KEY,))
        result = scene.provision()
    assert result.error is not None
    assert (result.error.code, result.error.kind) == (12, "locked")
    assert scene.ask(f"SELECT FROM pg_roles WHERE rolname LIKE '{scene.target}%'") == []


def test_one_that_waits_ends_when_it_is_asked_to(scene: Scene) -> None:
    from schemactl.engines.postgres.key import PROVISION_KEY

    with psycopg.connect(scene.admin, autocommit=True) as holder:
        holder.execute("SELECT pg_advisory_lock(%s)", (PROVISION_KEY,))
        process = start(scene, "--wait", "100s")
        assert process.stdout is not None
        assert any('"event": "waiting"' in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        ((code, text),) = ends([process])
    assert (code, "stopped while waiting for the lock" in text) == (130, True)
    assert scene.ask(f"SELECT FROM pg_roles WHERE rolname LIKE '{scene.target}%'") == []


@pytest.mark.parametrize("after", [1, 3, 6, 9, 12, 15])
def test_a_killed_run_is_finished_by_the_next(scene: Scene, after: int) -> None:
    """Killed as soon as so many changes were told."""
    process = start(scene)
    assert process.stdout is not None
    told = 0
    for line in process.stdout:
        told += '"event": "noted"' in line
        if told == after:
            process.send_signal(signal.SIGKILL)
            break
    process.communicate(timeout=PATIENCE_S)
    assert told == after
    scene.provision(wait_s=PATIENCE_S)
    assert differing(scene.plan()) == []
    assert scene.state("app", "SELECT 1") == ""
    assert scene.state("read", "CREATE TABLE t (id int)") == "42501"


def test_passwords_are_in_no_statement_that_the_server_logs(scene: Scene) -> None:
    # Of this scene's administrator alone: other tests share the server.
    scene.administrator("SUPERUSER")
    scene.ask(f"ALTER ROLE {scene.extra[0]} SET log_statement = 'all'")
    log = scene.server.log if isinstance(scene.server, Server) else None
    if log is None:
        pytest.skip("not run: the log of a given server cannot be read here")
    begins = log.stat().st_size
    scene.provisioned()
    logged = log.read_bytes()[begins:].decode("utf-8", "replace")
    said = logged + repr(scene.events) + repr(scene.plan())
    assert f'ALTER ROLE "{scene.role("app")}" PASSWORD' in logged
    assert [word for word in scene.passwords().values() if word in said] == []
