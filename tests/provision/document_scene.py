"""A platform of MongoDB targets with names of their own, provisioned, migrated and then logged in to by SCRAM."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from pymongo.errors import OperationFailure

from schemactl.events import Event
from schemactl.session import Workspace
from schemactl.workflows.execute import RunResult
from schemactl.workflows.provision import Provisioned, ProvisionPlan
from tests.fixtures.mongodb import Client, Mongo, client_of

ROLES = """
[[roles]]
name = "${database}_owner"
owns = true

[[roles]]
name = "${database}_migrator"
migrates = true

[[roles]]
name = "${database}_app"
can = ["read", "insert", "update", "delete", "execute"]
[[roles.instead]]
objects = ["audit_log"]
can = ["read", "insert"]

[[roles]]
name = "${database}_read"
can = ["read"]
connections = 2
[[roles.instead]]
objects = ["secrets", "schema_versions"]
can = []

[[cluster_roles]]
engine = "mongodb"
name = "platform_backup"
member_of = ["backup", "clusterMonitor"]
"""
COLLECTIONS = (
    {"create": "users"},
    {"createIndexes": "users", "indexes": [{"key": {"mail": 1}, "name": "mail", "unique": True}]},
    {"insert": "users", "documents": [{"_id": 1, "mail": "a@example.org"}]},
    {"create": "audit_log"},
)
UNAUTHORIZED, AUTHENTICATION_FAILED = 13, 18


class DocumentScene:
    """`admin`: the administrator's URL; `target`: its database too; `file`: of passwords."""

    def __init__(self, root: Path, server: Mongo, *, roles: str = ROLES, tables: Sequence[str] = ()) -> None:
        self.root, self.server, self.admin = root / "project", server, server.url
        self.target = f"shop_{secrets.token_hex(4)}"
        self.backup = f"backup_{self.target}"
        self.file = root / "passwords.toml"
        self.state = root / "state"
        self.events: list[Event] = []
        self._open = ExitStack()
        self._superuser: Client | None = None
        self.write("schemactl.toml", "")
        listed = f"tables = {json.dumps(list(tables))}\n" if tables else ""
        self.write(
            "schemas/jobs/platform.toml", f'name = "jobs"\n[targets.{self.target}]\nengine = "mongodb"\n{listed}'
        )
        # Users of the whole server are shared by all who are on it: each scene has one of its own.
        self.write("seeds/jobs/roles.toml", roles.replace("platform_backup", self.backup))
        (self.root / "migrations/jobs" / self.target).mkdir(parents=True)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def migration(self, name: str, *up: Mapping[str, Any]) -> None:
        self.write(f"migrations/jobs/{self.target}/{name}", json.dumps({"up": up}))

    def workspace(self, urls: Mapping[str, str] | None = None) -> Workspace:
        return Workspace.open(self.root, urls=urls, environ={"XDG_STATE_HOME": str(self.state)})

    def plan(self) -> ProvisionPlan:
        return self.workspace().plan_provision(admin_urls={"mongodb": self.admin}, passwords=self.file)

    def provision(self, *, wait_s: float = 0.0) -> Provisioned:
        workspace = self.workspace()
        plan = workspace.plan_provision(admin_urls={"mongodb": self.admin}, passwords=self.file)
        return workspace.provision(plan, emit=self.events.append, wait_s=wait_s)

    def provisioned(self) -> DocumentScene:
        result = self.provision()
        assert result.error is None, result.error.lines()
        return self

    def migrate(self) -> RunResult:
        workspace = self.workspace({self.target: self.url("migrator")})
        result = workspace.migrate(workspace.plan([self.target]), emit=self.events.append)
        assert result.error is None, result.error.lines()
        return result

    def migrated(self) -> DocumentScene:
        self.migration("0001_collections.json", *COLLECTIONS)
        self.provisioned().migrate()
        return self

    def started(self, *arguments: str) -> subprocess.Popen[str]:
        """The program itself, a process of its own."""
        command = [sys.executable, "-m", "schemactl", "--json", "provision", "--yes", "--passwords", str(self.file)]
        given = {"SCHEMACTL_ADMIN_URL__MONGODB": self.admin, "XDG_STATE_HOME": str(self.state)}
        return subprocess.Popen(
            [*command, *arguments],
            cwd=self.root,
            env=os.environ | given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def role(self, name: str) -> str:
        return f"{self.target}_{name}"

    def passwords(self) -> dict[str, str]:
        """Every password of the file, by role."""
        found = tomllib.loads(self.file.read_text(encoding="utf-8"))
        return {role: word for roles in found.values() for role, word in roles.items()}

    def url(self, name: str, *, password: str | None = None) -> str:
        """Where `…_name` logs in: its user lives in the target's database."""
        role = self.role(name)
        return url_of(self.server, role, password or self.passwords()[role], self.target)

    def code(self, name: str, command: Mapping[str, Any], *, database: str = "", password: str | None = None) -> int:
        """The code with which a command of this role fails, 0 for none."""
        return code_of(self.url(name, password=password), database or self.target, command)

    def ask(self, command: Mapping[str, Any], *, database: str = "") -> dict[str, Any]:
        """As the superuser."""
        if self._superuser is None:
            self._superuser = self._open.enter_context(client_of(self.server.url))
        return self._superuser[database or self.target].command(dict(command))

    def rights(self, name: str) -> set[tuple[str, str]]:
        """(collection, action) of a role as the server tells it, all of them in the target's database."""
        (role,) = self.ask({"rolesInfo": self.role(name), "showPrivileges": True})["roles"]
        assert {one["resource"]["db"] for one in role["privileges"]} <= {self.target}
        return {(one["resource"]["collection"], action) for one in role["privileges"] for action in one["actions"]}

    def clear(self) -> None:
        """The database, its users and its roles go."""
        for command in ("dropDatabase", "dropAllUsersFromDatabase", "dropAllRolesFromDatabase"):
            self.ask({command: 1})
        if self.ask({"usersInfo": self.backup}, database="admin")["users"]:
            self.ask({"dropUser": self.backup}, database="admin")
        self._open.close()


def url_of(server: Mongo, user: str, password: str, database: str, source: str = "") -> str:
    """Where a user logs in, by SCRAM-SHA-256 and nothing else; `source`: the database it lives in, else its own."""
    parts = urlsplit(server.url)
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@{parts.hostname}:{parts.port}"
    query = f"authSource={source or database}&authMechanism=SCRAM-SHA-256"
    return parts._replace(netloc=login, path=f"/{database}", query=query).geturl()


def code_of(url: str, database: str, command: Mapping[str, Any]) -> int:
    with client_of(url) as client:
        try:
            client[database].command(dict(command))
        except OperationFailure as error:
            return error.code or -1
    return 0
