"""A platform of one or two PostgreSQL targets with names of their own, provisioned, migrated and then logged in to."""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from schemactl.events import Event
from schemactl.session import Workspace
from schemactl.workflows.execute import RunResult
from schemactl.workflows.provision import Provisioned, ProvisionPlan
from schemactl.workflows.rollback import Reach
from tests.fixtures.postgres import Postgres

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
[[roles.instead]]
objects = ["outbox_events"]
can = ["read", "insert", { update = ["published_at"] }]

[[roles]]
name = "${database}_read"
can = ["read"]
hidden = ["users.password_hash"]
connections = 2
"""
TABLES = """
CREATE TABLE users (id bigserial PRIMARY KEY, email text, password_hash text);
INSERT INTO users (email, password_hash) VALUES ('a@example.org', 'secret');
CREATE TABLE audit_log (id bigint GENERATED ALWAYS AS IDENTITY, what text);
INSERT INTO audit_log (what) VALUES ('began');
CREATE TABLE outbox_events (id bigint PRIMARY KEY, published_at timestamptz, body text);
CREATE TABLE plain (id bigint);
CREATE VIEW everybody AS SELECT id, email FROM users;
CREATE VIEW exposing AS SELECT * FROM users;
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
"""


class Scene:
    """`admin`: the administrator's URL; `targets`: `users_…` and `other_…`; `file`: of passwords."""

    def __init__(self, root: Path, server: Postgres, *, roles: str = ROLES, both: bool = False) -> None:
        end = secrets.token_hex(4)
        self.root, self.server, self.admin = root / "project", server, server.url
        self.target, self.other = f"users_{end}", f"other_{end}"
        self.targets = (self.target, self.other) if both else (self.target,)
        self.file = root / "passwords.toml"
        self.environ: dict[str, str] = {}
        self.events: list[Event] = []
        self.extra: list[str] = []
        self.write("schemactl.toml", "")
        listed = "".join(f'[targets.{name}]\nengine = "postgres"\n' for name in self.targets)
        self.write("schemas/jobs/platform.toml", f'name = "jobs"\n{listed}')
        self.write("seeds/jobs/roles.toml", roles)
        for name in self.targets:
            (self.root / "migrations/jobs" / name).mkdir(parents=True)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def migration(self, name: str, up: str, down: str = "") -> None:
        text = f"-- migrate:up\n{up}\n" + (f"-- migrate:down\n{down}\n" if down else "")
        self.write(f"migrations/jobs/{self.target}/{name}", text)

    def workspace(self, urls: Mapping[str, str] | None = None) -> Workspace:
        return Workspace.open(self.root, urls=urls, environ=self.environ)

    def plan(self, names: Sequence[str] = ()) -> ProvisionPlan:
        return self.workspace().plan_provision(names, admin_urls={"postgres": self.admin}, passwords=self.file)

    def provision(self, names: Sequence[str] = (), *, wait_s: float = 0.0) -> Provisioned:
        workspace = self.workspace()
        plan = workspace.plan_provision(names, admin_urls={"postgres": self.admin}, passwords=self.file)
        return workspace.provision(plan, emit=self.events.append, wait_s=wait_s)

    def provisioned(self) -> Scene:
        result = self.provision()
        assert result.error is None, result.error.lines()
        return self

    def as_migrator(self) -> Workspace:
        return self.workspace({self.target: self.url(self.role("migrator"))})

    def migrate(self) -> RunResult:
        workspace = self.as_migrator()
        result = workspace.migrate(workspace.plan([self.target]), emit=self.events.append)
        assert result.error is None, result.error.lines()
        return result

    def rollback(self) -> RunResult:
        """Undo the newest migration."""
        workspace = self.as_migrator()
        result = workspace.rollback(workspace.plan_rollback([self.target], Reach()), emit=self.events.append)
        assert result.error is None, result.error.lines()
        return result

    def migrated(self) -> Scene:
        self.migration("0001_tables.sql", TABLES)
        self.provisioned().migrate()
        return self

    def role(self, name: str) -> str:
        return f"{self.target}_{name}"

    def passwords(self) -> dict[str, str]:
        """Every password of the file, by role."""
        found = tomllib.loads(self.file.read_text(encoding="utf-8"))
        return {role: word for roles in found.values() for role, word in roles.items()}

    def url(self, role: str, password: str | None = None, database: str | None = None) -> str:
        parts = urlsplit(self.server.url)
        word = password if password is not None else self.passwords()[role]
        host = f"{parts.hostname}:{parts.port}"
        login = f"{quote(role, safe='')}:{quote(word, safe='')}@{host}"
        return parts._replace(netloc=login, path=f"/{database or self.target}").geturl()

    def state(self, role: str, query: str, *, database: str | None = None) -> str:
        """The SQLSTATE with which a query of this role fails, "" for none; "login: …" where it cannot log in."""
        try:
            connection = psycopg.connect(self.url(self.role(role), database=database), autocommit=True)
        except psycopg.OperationalError as error:
            return f"login: {str(error).strip()}"
        with connection:
            try:
                connection.execute(query.encode())
            except psycopg.Error as error:
                return error.sqlstate or "no SQLSTATE"
        return ""

    def ask(self, query: str, *, database: str = "", url: str | None = None) -> list[Any]:
        """As the superuser."""
        where = urlsplit(url or self.server.url)
        there = where._replace(path=f"/{database}").geturl() if database else where.geturl()
        with psycopg.connect(there, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            # Rows without columns have no description, and are rows all the same.
            told = cursor.pgresult is not None and cursor.pgresult.status == psycopg.pq.ExecStatus.TUPLES_OK
            return cursor.fetchall() if told else []

    def administrator(self, attributes: str) -> None:
        """From now on an administrator of its own with these attributes logs in."""
        name = f"admin_{secrets.token_hex(4)}"
        self.extra.append(name)
        self.ask(f"CREATE ROLE {name} LOGIN {attributes} PASSWORD 'admin-{name}'")
        self.admin = self.url(name, f"admin-{name}", "postgres")

    def clear(self) -> None:
        """Databases and roles of this scene go."""
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            for name in self.targets:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            rows = connection.execute(
                "SELECT rolname FROM pg_roles WHERE rolname LIKE ANY(%s) OR rolname = ANY(%s)",
                ([f"{name}%" for name in self.targets], self.extra),
            ).fetchall()
            # The administrator's last: it granted the others' memberships.
            for (name,) in sorted(rows, key=lambda row: row[0] in self.extra):
                connection.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(name)))


def differing(plan: ProvisionPlan) -> list[str]:
    return [f"{change.what} {change.name}: {change.now}" for target in plan.targets for change in target.differing]
