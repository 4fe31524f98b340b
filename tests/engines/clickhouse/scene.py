"""A project of one ClickHouse target on a database of a test's own, run in this process or as a program."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import schemactl
from schemactl.contract.engine import Engine
from schemactl.contract.opening import Opening, Patience, Stop
from schemactl.engines import open_engine
from schemactl.errors import SchemactlError
from schemactl.events import Event
from schemactl.model.version import Version
from schemactl.session import Workspace
from schemactl.workflows.execute import RunResult
from schemactl.workflows.rollback import Reach
from tests.fixtures.clickhouse import ClickHouseDatabase
from tests.fixtures.clickhouse_embedded import EmbeddedDatabase
from tests.projects.make import make_project
from tests.tools.clickhouse_wire import ClickHouseWire
from tests.tools.turnproxy import TurnProxy

LEASE_S = 2.0
UP, DOWN = "-- migrate:up\n", "-- migrate:down\n"


class Shop:
    """Target `app` of platform `shop`; `events`: what the last run told."""

    def __init__(
        self, root: Path, database: ClickHouseDatabase | EmbeddedDatabase, files: Mapping[str, str] | None = None
    ) -> None:
        lease = f'lease = "{round(LEASE_S * 1000)}ms"'
        self.root = make_project(root / "project", {"app": files or {}}, engine="clickhouse", defaults=lease)
        self.database = database
        self.url = database.url
        self.events: list[Event] = []

    def write(self, name: str, up: str, down: str | None = None) -> None:
        path = self.root / "migrations" / "shop" / "app" / name
        path.write_text(UP + up + "\n" + (DOWN + down + "\n" if down is not None else ""))

    def workspace(self) -> Workspace:
        return schemactl.open(self.root, urls={"app": self.url})

    def migrate(self, *, wait_s: float = 0.0) -> RunResult:
        self.events = []
        workspace = self.workspace()
        return workspace.migrate(workspace.plan(), emit=self.events.append, wait_s=wait_s)

    def rollback(self, to: str = "0") -> RunResult:
        self.events = []
        workspace = self.workspace()
        return workspace.rollback(workspace.plan_rollback(["app"], Reach(to=Version(to))), emit=self.events.append)

    def recover(self, **options: Any) -> RunResult:
        self.events = []
        return self.workspace().recover(emit=self.events.append, **options)

    def state(self) -> str:
        return self.workspace().status().targets[0].state

    def program(self, *command: str, url: str | None = None, **environment: str) -> subprocess.Popen[str]:
        """The tool as a process of its own."""
        given = os.environ | {"SCHEMACTL_URL__SHOP__APP": url or self.url} | environment
        arguments = [sys.executable, "-m", "schemactl", "-C", str(self.root), "--json", *command]
        return subprocess.Popen(arguments, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def proxy(self) -> TurnProxy:
        at = urlsplit(self.database.server.url)
        return TurnProxy((at.hostname or "", at.port or 9000), ClickHouseWire)

    def through(self, proxy: TurnProxy) -> str:
        at = urlsplit(self.url)
        return at._replace(netloc=f"{at.username}:{at.password}@{proxy.host}:{proxy.port}").geturl()

    def engine(self, *, stop: Stop | None = None, url: str | None = None) -> Engine:
        """The engine itself, opened; the caller closes it."""
        patience = Patience(lock_timeout_ms=5_000, tries=1)
        asked = stop if stop is not None else Stop()  # one that was not asked yet is false
        opening = Opening(url or self.url, "a test's database", "shop/app", asked, patience, lease_s=LEASE_S)
        return open_engine("clickhouse", opening)

    def ask(self, sql: str) -> list[Any]:
        return self.database.ask(sql)

    def has(self, name: str) -> bool:
        return bool(self.ask(f"EXISTS TABLE {name}")[0][0])


def failure(result: RunResult) -> SchemactlError:
    """The error of a run that must have failed."""
    assert result.error is not None
    return result.error


def succeeded(result: RunResult) -> None:
    assert result.exit_code == 0, result.error and result.error.lines()
