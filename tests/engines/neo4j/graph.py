"""A project with one Neo4j target, run by the tool as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import schemactl
from schemactl.model.catalog import Catalog
from schemactl.model.version import Version
from schemactl.session import Workspace
from schemactl.workflows.execute import RunResult
from schemactl.workflows.rollback import Reach
from tests.fixtures.neo4j import Database
from tests.projects.make import Files, make_project
from tests.tools.bolt_wire import BoltWire
from tests.tools.turnproxy import TurnProxy

VARIABLE = "SCHEMACTL_URL__SHOP__APP"


@dataclass(frozen=True)
class End:
    """Where a run ended: by the tool, by the server's own statements, by nodes and relationships, by the ledger."""

    catalog: Catalog
    schema: list[str]
    nodes: list[Any]
    ledger: list[Any]


class Graph:
    """The project `shop/app` on one database."""

    def __init__(self, root: Path, database: Database, files: Files, *, lease: str = "30s") -> None:
        self.root = make_project(root, {"app": files}, engine="neo4j", defaults=f'lease = "{lease}"')
        self.database = database

    def workspace(self) -> Workspace:
        return schemactl.open(self.root, urls={"app": self.database.url})

    def migrate(self) -> RunResult:
        workspace = self.workspace()
        return succeeded(workspace.migrate(workspace.plan()))

    def rollback(self) -> RunResult:
        workspace = self.workspace()
        return succeeded(workspace.rollback(workspace.plan_rollback(["app"], Reach(to=Version("0")))))

    def proxy(self) -> TurnProxy:
        at = urlsplit(self.database.url)
        return TurnProxy((at.hostname or "", at.port or 7687), BoltWire)

    def through(self, proxy: TurnProxy) -> str:
        return through(self.database, proxy)

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

    def end(self) -> End:
        database = self.database
        nodes = database.ask(
            "MATCH (n) WHERE NOT any(label IN labels(n) WHERE label STARTS WITH 'Schema')"
            " OPTIONAL MATCH (n)-[r]->(m) RETURN labels(n), properties(n), properties(r), m.id ORDER BY n.id, m.id"
        )
        ledger = database.ask(
            "MATCH (v:SchemaVersion) RETURN v.version, v.state, v.up_hash, v.checksum ORDER BY v.version"
        )
        assert database.ask("MATCH (s:SchemaStep) RETURN s") == []
        return End(self.workspace().catalog("app"), database.schema(), nodes, ledger)


def run_out(database: Database) -> None:
    """The dead runner's lease is over: half a minute that no test waits for."""
    database.ask("MATCH (l:SchemaLock {name: 'lease'}) SET l.expires = 0")


def through(database: Database, proxy: TurnProxy) -> str:
    at = urlsplit(database.url)
    return at._replace(netloc=f"{at.username}:{at.password}@{proxy.host}:{proxy.port}").geturl()


def succeeded(result: RunResult) -> RunResult:
    assert result.exit_code == 0, result.error and result.error.lines()
    return result
