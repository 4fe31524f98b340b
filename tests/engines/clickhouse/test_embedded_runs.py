"""Runs on chdb: one process at a time has the folder, and one that was killed leaves it free and to be recovered."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import schemactl
from schemactl.session import Workspace
from schemactl.workflows.execute import RunResult
from tests.engines.clickhouse.scene import succeeded
from tests.fixtures.absence import not_run
from tests.fixtures.clickhouse_embedded import connect
from tests.projects.make import make_project

FILES = {
    "0001_base.sql": """-- migrate:up
CREATE TABLE word (n UInt64, said String) ENGINE = MergeTree ORDER BY n;
INSERT INTO word VALUES (1, 'it''s;'), (2, 'two');
CREATE MATERIALIZED VIEW said ENGINE = MergeTree ORDER BY said AS SELECT said FROM word;
ALTER TABLE word UPDATE said = upper(said) WHERE n = 2;
-- migrate:down
DROP TABLE said;
DROP TABLE word;
""",
    "0002_long.sql": """-- migrate:up
-- schemactl: idempotent
INSERT INTO word SELECT 3, 'long' FROM numbers(1) WHERE sleepEachRow(1) = 0 AND (SELECT count() FROM word) = 2;
ALTER TABLE word ADD COLUMN age UInt8;
""",
}


class Scene:
    """Target `app` of platform `shop` in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = make_project(root / "project", {"app": FILES}, engine="clickhouse")
        (root / "data").mkdir()
        self.url = f"chdb://{root / 'data'}"

    def workspace(self) -> Workspace:
        return schemactl.open(self.root, urls={"app": self.url})

    def migrate(self) -> RunResult:
        workspace = self.workspace()
        return workspace.migrate(workspace.plan())

    def program(self, *command: str) -> subprocess.Popen[str]:
        given = os.environ | {"SCHEMACTL_URL__SHOP__APP": self.url}
        arguments = [sys.executable, "-m", "schemactl", "-C", str(self.root), "--json", *command]
        return subprocess.Popen(arguments, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def ask(self, sql: str) -> list[Any]:
        link = connect(self.url)
        try:
            return link.ask(sql)
        finally:
            link.close()


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    if find_spec("chdb") is None:
        not_run("clickhouse", "ClickHouse 26.9", "chdb is not installed", "pip install 'schemactl[chdb]'")
    return Scene(tmp_path)


def until(child: subprocess.Popen[str], event: str, **facts: Any) -> Iterator[dict[str, Any]]:
    """The events up to the one that is looked for."""
    assert child.stdout is not None
    for line in child.stdout:
        told = json.loads(line)
        yield told
        if told["event"] == event and all(told.get(name) == value for name, value in facts.items()):
            return
    pytest.fail(f"the run ended without {event}")


@pytest.mark.soak
def test_up_down_and_up_again_is_where_it_was(scene: Scene) -> None:
    succeeded(scene.migrate())
    first = scene.workspace().catalog("app")
    assert scene.ask("SELECT n, said FROM word ORDER BY n") == [(1, "it's;"), (2, "TWO"), (3, "long")]
    child = scene.program("rollback", "app", "--to", "1", "--yes")
    child.communicate(timeout=60)
    assert child.returncode == 17, "0002 has no way back"
    assert scene.workspace().catalog("app") == first


def test_a_second_process_ends_with_the_code_of_a_lock(scene: Scene) -> None:
    link = connect(scene.url)
    child = scene.program("migrate")
    said, _ = child.communicate(timeout=60)
    link.close()
    assert child.returncode == 12, said
    assert json.loads(said.splitlines()[-1])["error"]["kind"] == "locked"
    succeeded(scene.migrate())


@pytest.mark.parametrize("version", ["0002"])
def test_a_run_that_was_killed_is_recovered_at_once(scene: Scene, version: str) -> None:
    child = scene.program("migrate")
    list(until(child, "step_started", version=version))
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=60)
    # Nothing that it began is at work any more: neither is the folder locked, nor has a lease to run out.
    workspace = scene.workspace()
    recovered = workspace.recover(wait_s=30)
    if recovered.exit_code != 0:
        # An INSERT that no catalogue shows: it is looked at, as the message says.
        rows = scene.ask("SELECT count() FROM word")
        succeeded(workspace.recover(wait_s=30, mark="done" if rows != [(0,)] else "undone"))
    succeeded(scene.migrate())
    assert scene.ask("SELECT n, said FROM word ORDER BY n") == [(1, "it's;"), (2, "TWO"), (3, "long")]
    # The view was made after the first rows.
    assert scene.ask("SELECT said FROM said") == [("long",)]
