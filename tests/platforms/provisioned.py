"""PostgreSQL targets of a platform as `provision`, `migrate` and `seed` make them, in databases of the tests' own.

Expected facts belong to the tests; nothing here knows who may do what.
"""

from __future__ import annotations

import secrets
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from schemactl.session import Workspace
from schemactl.workflows.check import TargetChecked
from schemactl.workflows.planned_seeds import SeedsPlan
from schemactl.workflows.provision import ProvisionPlan
from schemactl.workflows.seed import SeedsResult
from tests.fixtures.absence import not_run
from tests.fixtures.postgres import Postgres
from tests.platforms.dashboard import ROOT

ROLES = ("owner", "migrator", "app", "read")
CLUSTER_ROLES = ("platform_backup", "platform_monitor")


class Provisioned:
    """A copy of a platform's files in `root`; `databases`: target → the name of its database on `server`.

    named   what its roles begin with: `database` or `target`
    beside  targets that are there already → their URLs
    environ what the files' `${VAR}` are looked up in
    """

    def __init__(
        self,
        root: Path,
        server: Postgres,
        platform: str,
        targets: Sequence[str],
        *,
        named: Literal["database", "target"] = "database",
        beside: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.root, self.server, self.targets = root / "project", server, tuple(targets)
        self._platform, self._beside = platform, dict(beside or {})
        self.environ = dict(environ or {})
        self._passwords = root / "passwords.toml"
        self._logins: dict[tuple[str, str], psycopg.Connection] = {}
        prefix = f"schemactl_test_{secrets.token_hex(6)}"
        self.databases = {target: f"{prefix}_{target}" for target in targets}
        begins = self.databases if named == "database" else {target: target for target in targets}
        self._roles = {(target, name): f"{begins[target]}_{name}" for target in targets for name in ROLES}
        found = self.ask("SELECT rolname::text FROM pg_roles WHERE rolname = ANY(%s)", self._all_roles())
        if found:
            why = f"the given server has roles of these names: {', '.join(name for (name,) in found)}"
            not_run("postgres", f"roles of {platform}", why, "give a server whose roles tests may make")
        for folder in ("schemas", "migrations", "seeds"):
            shutil.copytree(ROOT / folder / platform, self.root / folder / platform)
        (self.root / "schemactl.toml").write_text("", encoding="utf-8")
        self._place(self.root / "schemas" / platform / "platform.toml")

    def plan(self) -> ProvisionPlan:
        """What `provision` would still make."""
        admin = {"postgres": self.server.url}
        return self._workspace().plan_provision(self.targets, admin_urls=admin, passwords=self._passwords)

    def provision(self) -> None:
        """raises  the run's error"""
        error = self._workspace().provision(self.plan()).error
        if error is not None:
            raise error

    def migrate(self) -> None:
        """As the migrators. raises  the run's error"""
        ours = self._as_migrators()
        error = ours.migrate(ours.plan(self.targets)).error
        if error is not None:
            raise error

    def seeds(self) -> SeedsPlan:
        """What `seed` would do. raises  what keeps a target from being seeded"""
        found = self._as_migrators().plan_seeds(self.targets)
        if found.error is not None:
            raise found.error
        return found

    def seed(self) -> SeedsResult:
        """As the migrators. raises  the run's error"""
        result = self._as_migrators().seed(self.seeds())
        if result.run.error is not None:
            raise result.run.error
        return result

    def checked(self) -> tuple[TargetChecked, ...]:
        """The platform's own integrity checks, run as the migrators."""
        return self._as_migrators().check(self.targets)

    def role(self, target: str, name: str) -> str:
        return self._roles[target, name]

    def url(self, target: str, role: str) -> str:
        """Where a role logs in to the database of a target, with the password that was made for it."""
        found = tomllib.loads(self._passwords.read_text(encoding="utf-8"))
        words = {name: word for roles in found.values() for name, word in roles.items()}
        parts = urlsplit(self.server.url)
        login = f"{quote(role, safe='')}:{quote(words[role], safe='')}@{parts.hostname}:{parts.port}"
        return parts._replace(netloc=login, path=f"/{self.databases[target]}").geturl()

    def state(self, target: str, role: str, query: str) -> str:
        """The SQLSTATE with which a query of this role fails, "" for none; what it does is rolled back."""
        if (target, role) not in self._logins:
            self._logins[target, role] = psycopg.connect(self.url(target, role))
        connection = self._logins[target, role]
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
        for login in self._logins.values():
            login.close()
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            for name in self.databases.values():
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            for name in self._all_roles():
                if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is not None:
                    connection.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(name)))

    def _all_roles(self) -> list[str]:
        # The owner's last: others are its members.
        return sorted([*self._roles.values(), *CLUSTER_ROLES], key=lambda name: name.endswith("_owner"))

    def _place(self, file: Path) -> None:
        """Give each target the database of its own name in the tests."""
        text = file.read_text(encoding="utf-8")
        for target, database in self.databases.items():
            text = text.replace(f"[targets.{target}]\n", f'[targets.{target}]\ndatabase = "{database}"\n')
        file.write_text(text, encoding="utf-8")

    def _workspace(self, urls: Mapping[str, str] | None = None) -> Workspace:
        return Workspace.open(self.root, platform=self._platform, urls=urls, environ=self.environ)

    def _as_migrators(self) -> Workspace:
        urls = {target: self.url(target, self.role(target, "migrator")) for target in self.targets}
        return self._workspace(urls | self._beside)
