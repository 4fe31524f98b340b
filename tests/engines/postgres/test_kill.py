"""A runner killed at any moment leaves what `recover` and another run bring to where an undisturbed run ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

import schemactl
from schemactl.model.catalog import Catalog
from schemactl.model.version import Version
from schemactl.session import Workspace
from schemactl.workflows.rollback import Reach
from tests.fixtures.postgres import Database
from tests.projects.make import make_project
from tests.projects.mixed import MIXED
from tests.tools.kills import unlike
from tests.tools.pgproxy import POINTS, Fault, PgProxy, Point, Seen

Databases = Callable[[], Database]
ROLL_BACK = ("rollback", "app", "--to", "0", "--yes")
MIGRATE = ("migrate",)


@dataclass(frozen=True)
class End:
    """Where a run ended: by the tool, by pg_dump, by the rows, by the ledger."""

    catalog: Catalog
    dump: str
    rows: dict[str, list[Any]]
    ledger: list[Any]


def dump_of(database: Database) -> str:
    """pg_dump -s without our own schema; the random key of its \\restrict line and comments left out."""
    command = [str(database.server.bin / "pg_dump"), "-s", "--exclude-schema=schemactl", "-d", database.url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return "\n".join(line for line in text.splitlines() if line and not line.startswith(("--", "\\")))


def end_of(workspace: Workspace, database: Database) -> End:
    with psycopg.connect(database.url, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT oid::regclass::text FROM pg_class"
            " WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text IN ('public', 'aside')"
        ).fetchall()
        rows = {
            name: connection.execute(f"SELECT t::text FROM {name} t ORDER BY 1".encode()).fetchall()
            for (name,) in tables
        }
        steps = connection.execute("SELECT * FROM schemactl.schema_steps").fetchall()
        ledger = connection.execute(
            "SELECT service_name, version, name, checksum, up_hash, state"
            " FROM schemactl.schema_versions ORDER BY version"
        ).fetchall()
        invalid = connection.execute("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid").fetchall()
    assert steps == [] and invalid == []
    return End(workspace.catalog("app"), dump_of(database), rows, ledger)


class Runs:
    """Runs the tool on new databases, undisturbed or killed."""

    def __init__(self, root: Path, databases: Databases) -> None:
        self.root = make_project(root / "project", {"app": MIXED})
        self._databases = databases

    def workspace(self, database: Database) -> Workspace:
        return schemactl.open(self.root, urls={"app": database.url})

    def prepared(self, command: tuple[str, ...]) -> Database:
        """A new database from which `command` has something to do."""
        database = self._databases()
        if command == ROLL_BACK:
            workspace = self.workspace(database)
            assert workspace.migrate(workspace.plan()).exit_code == 0
        return database

    def child(self, url: str, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
        environment = os.environ | {"SCHEMACTL_URL__SHOP__APP": url}
        arguments = [sys.executable, "-m", "schemactl", "-C", str(self.root), "--json", *command]
        return subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def undisturbed(self, command: tuple[str, ...]) -> tuple[list[Seen], End]:
        """What passes the wire in a run that nothing disturbs, and where it ends."""
        database = self.prepared(command)
        with proxy_to(database) as proxy:
            child = self.child(through(database, proxy), command)
            out, _ = child.communicate(timeout=60)
            assert child.returncode == 0, out.decode()
            return proxy.seen, end_of(self.workspace(database), database)

    def killed(self, command: tuple[str, ...], seen: Seen, point: Point) -> End:
        """Kill the run at `seen`, recover, run again: where that ends."""
        database = self.prepared(command)
        with proxy_to(database) as proxy:
            fault = proxy.arm(Fault.at(seen, point=point))
            child = self.child(through(database, proxy), command)
            try:
                fault.wait()
            finally:
                child.send_signal(signal.SIGKILL)
                child.communicate()
            proxy.release()
        wait_until_alone(database)
        workspace = self.workspace(database)
        recovered = workspace.recover()
        assert recovered.exit_code == 0, recovered.error and recovered.error.lines()
        again(workspace, command)
        return end_of(workspace, database)


def again(workspace: Workspace, command: tuple[str, ...]) -> None:
    if command == ROLL_BACK:
        result = workspace.rollback(workspace.plan_rollback(["app"], Reach(to=Version("0"))))
    else:
        result = workspace.migrate(workspace.plan())
    assert result.exit_code == 0, result.error and result.error.lines()


def proxy_to(database: Database) -> PgProxy:
    parts = urlsplit(database.url)
    assert parts.hostname and parts.port
    return PgProxy((parts.hostname, parts.port))


def through(database: Database, proxy: PgProxy) -> str:
    parts = urlsplit(database.url)
    return parts._replace(netloc=f"{parts.username}:{parts.password}@{proxy.host}:{proxy.port}").geturl()


def wait_until_alone(database: Database) -> None:
    """Until the dead run's backend has noticed."""
    with psycopg.connect(database.server.url, autocommit=True) as connection:
        for _ in range(600):
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'",
                (database.name,),
            ).fetchone()
            if row == (0,):
                return
            time.sleep(0.05)
    raise AssertionError("the dead run's backend is still there")


def check(runs: Runs, command: tuple[str, ...], points: Sequence[Point], *, sample: int | None) -> None:
    passed, expected = runs.undisturbed(command)

    def killed(seen: Seen, point: Point) -> End:
        return runs.killed(command, seen, point)

    found = unlike(passed, points, killed, expected, seed=str(command), sample=sample)
    assert [
        (point, seen.sql[:80], seen.nth, [str(d) for d in expected.catalog.difference(end.catalog)])
        for point, seen, end in found
    ] == []


@pytest.mark.parametrize("command", [MIGRATE, ROLL_BACK], ids=["migrate", "rollback"])
def test_a_killed_run_is_recovered(tmp_path: Path, new_database: Databases, command: tuple[str, ...]) -> None:
    check(Runs(tmp_path, new_database), command, POINTS, sample=2)


@pytest.mark.soak
@pytest.mark.parametrize("command", [MIGRATE, ROLL_BACK], ids=["migrate", "rollback"])
@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_at_any_of_its_statements_is_recovered(
    tmp_path: Path, new_database: Databases, command: tuple[str, ...], point: Point
) -> None:
    check(Runs(tmp_path, new_database), command, [point], sample=None)
