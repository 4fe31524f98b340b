"""A project of one target on a real database, and seeds as files of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from schemactl.errors import SchemactlError
from schemactl.events import Event
from schemactl.session import Workspace
from schemactl.workflows.planned_seeds import SeedPlan, TargetSeeds
from schemactl.workflows.seed import SeedsResult
from tests.projects.make import make_project

PLACE = "seeds/shop/app/01_rows.toml"


class Seeds:
    """Target `app` of platform `shop`, a table made by `sql`, and seeds as files."""

    def __init__(self, root: Path, url: str) -> None:
        self.root = make_project(root / "project", {"app": {}}, defaults='lock_timeout = "1s"\ntries = 20')
        self.url = url
        self.events: list[Event] = []
        self.variables: dict[str, str] = {}

    def sql(self, query: str) -> list[Any]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def write(self, text: str, name: str = "01_rows.toml") -> None:
        path = self.root / "seeds" / "shop" / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def workspace(self) -> Workspace:
        return Workspace.open(self.root, urls={"app": self.url}, environ=self.variables)

    def plan(self) -> TargetSeeds:
        return self.workspace().plan_seeds().targets[0]

    def planned(self) -> SeedPlan:
        """The only seed's plan."""
        target = self.plan()
        assert target.error is None, target.error.lines()
        return target.seeds[0]

    def run(self) -> SeedsResult:
        self.events = []
        workspace = self.workspace()
        return workspace.seed(workspace.plan_seeds(), emit=self.events.append)

    def apply(self) -> tuple[int, int, int]:
        """What the only seed added, changed and found the same."""
        result = self.run()
        assert result.run.error is None, result.run.error.lines()
        (_, compared) = result.seeds["shop/app"][0]
        assert compared is not None
        return compared.added, compared.changed, compared.same

    def settled(self) -> None:
        """Another look finds every row as it should be."""
        planned = self.planned()
        assert planned.compared is not None
        assert (planned.due, planned.compared.differences) == (False, ())

    def refused(self) -> SchemactlError:
        """The error of a run, which left nothing of the seed."""
        error = self.run().run.error
        assert error is not None
        return error
