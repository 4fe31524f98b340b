"""A project with one MongoDB target, run by the tool as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import schemactl
from schemactl.model.catalog import Catalog
from schemactl.model.version import Version
from schemactl.session import Workspace
from schemactl.workflows.execute import RunResult
from schemactl.workflows.rollback import Reach
from tests.fixtures.mongodb import MongoDatabase
from tests.projects.make import Files, make_project
from tests.tools.mongo_oracle import dump_of
from tests.tools.mongo_wire import MongoWire
from tests.tools.turnproxy import TurnProxy

VARIABLE = "SCHEMACTL_URL__SHOP__APP"


@dataclass(frozen=True)
class End:
    """Where a run ended: by the tool, by the server's own lists, by the documents, by the ledger."""

    catalog: Catalog
    dump: list[str]
    rows: dict[str, list[Any]]
    ledger: list[Any]


class Shop:
    """The project `shop/app` on one database. `lease`: how long its runs hold the lock without a sign of life."""

    def __init__(self, root: Path, database: MongoDatabase, files: Files, *, lease: str = "30s") -> None:
        self.root = make_project(root, {"app": files}, engine="mongodb", defaults=f'lease = "{lease}"')
        self.database = database

    def workspace(self, url: str | None = None) -> Workspace:
        return schemactl.open(self.root, urls={"app": url or self.database.url})

    def migrate(self) -> RunResult:
        workspace = self.workspace()
        return succeeded(workspace.migrate(workspace.plan()))

    def rollback(self) -> RunResult:
        workspace = self.workspace()
        return succeeded(workspace.rollback(workspace.plan_rollback(["app"], Reach(to=Version("0")))))

    def proxy(self) -> TurnProxy:
        at = urlsplit(self.database.url)
        return TurnProxy((at.hostname or "", at.port or 27017), MongoWire)

    def through(self, proxy: TurnProxy) -> str:
        at = urlsplit(self.database.url)
        login = at.netloc.rpartition("@")[0]
        where = f"{login}@{proxy.host}:{proxy.port}" if login else f"{proxy.host}:{proxy.port}"
        query = "&".join(filter(None, (at.query, "directConnection=true", "serverMonitoringMode=poll")))
        return at._replace(netloc=where, query=query).geturl()

    def program(self, *arguments: str, url: str | None = None, before: str = "") -> subprocess.Popen[str]:
        """The tool as a process; `before`: Python that runs in it first."""
        main = f"{before}\nimport sys\nfrom schemactl.__main__ import main\nsys.exit(main())"
        command = [sys.executable, *(["-c", main] if before else ["-m", "schemactl"])]
        return subprocess.Popen(
            [*command, "-C", str(self.root), "--json", *arguments],
            env=os.environ | {VARIABLE: url or self.database.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run_out(self) -> None:
        """The dead runner's lease is over: half a minute that no test waits for."""
        with self.database.asked() as db:
            db["schema_lock"].update_one({"_id": "lease"}, {"$set": {"until": datetime(2000, 1, 1, tzinfo=UTC)}})

    def end(self) -> End:
        with self.database.asked() as db:
            names = [one["name"] for one in db.list_collections() if not one["name"].startswith("schema_")]
            rows = {name: list(db[name].find(sort=[("_id", 1)])) for name in names}
            entries = db["schema_versions"].find(sort=[("_id", 1)])
            ledger = [(one["_id"], one["version"], one["state"], one["up_hash"], one["checksum"]) for one in entries]
            assert list(db["schema_steps"].find()) == []
            dump = dump_of(db)
        return End(self.workspace().catalog("app"), dump, rows, ledger)


def succeeded(result: RunResult) -> RunResult:
    assert result.exit_code == 0, result.error and result.error.lines()
    return result
