"""The dashboard on a server as `provision`, `migrate` and `seed` make it, its databases under names of the tests' own.

Expected facts belong to the tests; nothing here knows who may do what.
"""

from __future__ import annotations

import re
import secrets
import shutil
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from schemactl.session import Workspace
from schemactl.workflows.planned_seeds import SeedsPlan
from schemactl.workflows.provision import ProvisionPlan
from schemactl.workflows.seed import SeedsResult
from tests.fixtures.absence import not_run
from tests.fixtures.postgres import Postgres
from tests.platforms.dashboard import ROOT, TARGETS

CLUSTER_ROLES = ("platform_backup", "platform_monitor")


class Provisioned:
    """A copy of the platform's files in `root`; `databases`: target → the name of its database on `server`."""

    def __init__(self, root: Path, server: Postgres) -> None:
        self.root, self.server = root / "project", server
        self._prefix = f"schemactl_test_{secrets.token_hex(6)}"
        self._passwords = root / "passwords.toml"
        self.databases = {target: f"{self._prefix}_{target}" for target in TARGETS}
        if self.ask("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [*CLUSTER_ROLES]):
            why = f"the given server has a role {' or '.join(CLUSTER_ROLES)}"
            not_run("postgres", "roles of the dashboard", why, "give a server whose roles tests may make")
        for folder in ("schemas", "migrations", "seeds"):
            shutil.copytree(ROOT / folder / "dashboard", self.root / folder / "dashboard")
        (self.root / "schemactl.toml").write_text("", encoding="utf-8")
        file = self.root / "schemas" / "dashboard" / "platform.toml"
        text = re.sub(
            r"^\[targets\.(\w+)\]$",
            lambda match: f'{match[0]}\ndatabase = "{self.databases[match[1]]}"',
            file.read_text(encoding="utf-8"),
            flags=re.MULTILINE,
        )
        file.write_text(text, encoding="utf-8")

    def plan(self) -> ProvisionPlan:
        """What `provision` would still make."""
        return self._workspace().plan_provision(admin_urls={"postgres": self.server.url}, passwords=self._passwords)

    def provision(self) -> None:
        """raises  the run's error"""
        error = self._workspace().provision(self.plan()).error
        if error is not None:
            raise error

    def migrate(self) -> None:
        """As the migrators. raises  the run's error"""
        ours = self._as_migrators()
        error = ours.migrate(ours.plan()).error
        if error is not None:
            raise error

    def seeds(self) -> SeedsPlan:
        """What `seed` would do. raises  what keeps a target from being seeded"""
        found = self._as_migrators().plan_seeds()
        if found.error is not None:
            raise found.error
        return found

    def seed(self) -> SeedsResult:
        """As the migrators. raises  the run's error"""
        result = self._as_migrators().seed(self.seeds())
        if result.run.error is not None:
            raise result.run.error
        return result

    def role(self, target: str, name: str) -> str:
        return f"{self.databases[target]}_{name}"

    def url(self, target: str, role: str) -> str:
        """Where a role logs in to the database of a target, with the password that was made for it."""
        found = tomllib.loads(self._passwords.read_text(encoding="utf-8"))
        words = {name: word for roles in found.values() for name, word in roles.items()}
        parts = urlsplit(self.server.url)
        login = f"{quote(role, safe='')}:{quote(words[role], safe='')}@{parts.hostname}:{parts.port}"
        return parts._replace(netloc=login, path=f"/{self.databases[target]}").geturl()

    def state(self, target: str, role: str, query: str) -> str:
        """The SQLSTATE with which a query of this role fails, "" for none; what it does is rolled back."""
        with psycopg.connect(self.url(target, role)) as connection:
            try:
                connection.execute(query.encode())
            except psycopg.Error as error:
                return error.sqlstate or "no SQLSTATE"
            finally:
                connection.rollback()
        return ""

    def ask(self, query: str, *parameters: Any, target: str = "") -> list[tuple[Any, ...]]:
        """As the superuser, in the database of a target or in the server's maintenance database."""
        where = urlsplit(self.server.url)
        url = where._replace(path=f"/{self.databases[target]}").geturl() if target else where.geturl()
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(query.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def clear(self) -> None:
        """Databases and roles go."""
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            for name in self.databases.values():
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            rows = connection.execute(
                "SELECT rolname FROM pg_roles WHERE starts_with(rolname::text, %s) OR rolname = ANY(%s)",
                (self._prefix, [*CLUSTER_ROLES]),
            ).fetchall()
            for (name,) in rows:
                connection.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(name)))

    def _workspace(self, urls: dict[str, str] | None = None) -> Workspace:
        return Workspace.open(self.root, platform="dashboard", urls=urls, environ={})

    def _as_migrators(self) -> Workspace:
        return self._workspace({target: self.url(target, self.role(target, "migrator")) for target in TARGETS})
