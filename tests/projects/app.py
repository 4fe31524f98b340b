"""A project of one target on a real database, for tests that change files and run the tool in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg

import schemactl
from schemactl.errors import SchemactlError
from schemactl.events import Event
from schemactl.model.version import Version
from schemactl.session import Workspace
from schemactl.workflows.execute import RunResult
from schemactl.workflows.rollback import Reach
from tests.projects.make import make_project

UP, DOWN = "-- migrate:up\n", "-- migrate:down\n"


class App:
    """Target `app` of platform `shop` at `url`; `events`: what the last run told."""

    def __init__(self, root: Path, url: str, files: Mapping[str, str] | None = None) -> None:
        self.root = make_project(root / "project", {"app": files or {}})
        self.url = url
        self.events: list[Event] = []

    def write(self, name: str, up: str, down: str | None = None) -> Path:
        """A migration file; `down` None for none."""
        path = self.root / "migrations" / "shop" / "app" / name
        path.write_text(UP + up + "\n" + (DOWN + down + "\n" if down is not None else ""))
        return path

    def workspace(self, url: str | None = None) -> Workspace:
        return schemactl.open(self.root, urls={"app": url or self.url})

    def migrate(self, *, url: str | None = None, wait_s: float = 0.0) -> RunResult:
        self.events = []
        workspace = self.workspace(url)
        return workspace.migrate(workspace.plan(), emit=self.events.append, wait_s=wait_s)

    def rollback(self, *, to: str | None = None, steps: int = 1) -> RunResult:
        self.events = []
        workspace = self.workspace()
        plan = workspace.plan_rollback(["app"], Reach(steps=steps, to=Version(to) if to is not None else None))
        return workspace.rollback(plan, emit=self.events.append)

    def recover(self, **options: Any) -> RunResult:
        self.events = []
        return self.workspace().recover(emit=self.events.append, **options)

    def state(self) -> str:
        return self.workspace().status().targets[0].state

    def versions(self) -> list[str]:
        """What the ledger says is applied, by the test's own SQL."""
        return [row[0] for row in self.sql("SELECT version FROM schemactl.schema_versions ORDER BY version_id")]

    def sql(self, query: str) -> list[Any]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []


def failure(result: RunResult) -> SchemactlError:
    """The error of a run that must have failed."""
    assert result.error is not None
    return result.error


MakeApp = Callable[..., App]
