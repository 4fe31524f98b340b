"""A platform's PostgreSQL targets provisioned and migrated in databases of the tests' own, for their snapshots alone.

Every role is called after its database here, so that platforms do not meet on one server; `named` puts that back.
"""

from __future__ import annotations

import re
import secrets
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from schemactl.project.config import load
from schemactl.project.platform import load_platform
from schemactl.project.snapshots import FORMATS
from schemactl.session import Workspace
from tests.fixtures.postgres import Postgres

ROOT = Path(__file__).parents[2]
PLATFORMS = sorted(path.parent.name for path in ROOT.glob("schemas/*/platform.toml"))


def targets(platform: str, engine: str = "postgres") -> tuple[str, ...]:
    """The platform's targets on an engine."""
    found = load_platform(load(ROOT, environ={}), platform)
    return tuple(target.name for target in found.targets if target.engine == engine)


def committed(platform: str, target: str, engine: str = "postgres") -> Path:
    return ROOT / "schemas" / platform / f"{target}.{FORMATS[engine]}"


@contextmanager
def provisioned(
    root: Path, server: Postgres, platform: str, beside: Mapping[str, str]
) -> Iterator[tuple[Workspace, str]]:
    """The migrated targets as their migrators reach them, and what the names of databases begin with.

    beside  targets on other engines that are there already → their URLs
    """
    prefix = f"schemactl_test_{secrets.token_hex(6)}_"
    before = _names(server)
    _copy(root, platform, prefix)
    found = load_platform(load(root, environ={}), platform)
    names = [target.name for target in found.targets if target.engine == "postgres"]
    passwords = root / "passwords.toml"
    try:
        made = Workspace.open(root, platform=platform, environ={})
        admin = {"postgres": server.url}
        plan = made.plan_provision(names, admin_urls=admin, passwords=passwords)
        _raise(made.provision(plan).error)
        parts, logins = urlsplit(server.url), _logins(passwords)
        urls = {
            name: parts._replace(
                netloc=f"{logins[name]}@{parts.hostname}:{parts.port}", path=f"/{prefix}{name}"
            ).geturl()
            for name in names
        }
        ours = Workspace.open(root, platform=platform, urls=urls | dict(beside), environ={})
        _raise(ours.migrate(ours.plan(names)).error)
        yield ours, prefix
    finally:
        _clear(server, before)


def _copy(root: Path, platform: str, prefix: str) -> None:
    for folder in ("schemas", "migrations", "seeds"):
        shutil.copytree(ROOT / folder / platform, root / folder / platform)
    (root / "schemactl.toml").write_text("", encoding="utf-8")
    file = root / "schemas" / platform / "platform.toml"
    text = re.sub(r'(?m)^database = ".*"\n', "", file.read_text(encoding="utf-8"))
    text = re.sub(r"(?m)^\[targets\.(\w+)\]\n", rf'\g<0>database = "{prefix}\1"\n', text)
    file.write_text(text, encoding="utf-8")
    for roles in root.glob("seeds/*/**/roles.toml"):
        # Every password is made here, whatever it is taken from elsewhere.
        text = re.sub(r"(?m)^password = .*\n", "", roles.read_text(encoding="utf-8"))
        roles.write_text(text.replace("${target}", "${database}"), encoding="utf-8")


def _logins(passwords: Path) -> dict[str, str]:
    """Target → `user:password` of its migrator."""
    found = {}
    for target, words in tomllib.loads(passwords.read_text(encoding="utf-8")).items():
        for role, password in words.items():
            if role.endswith("_migrator"):
                found[target.rpartition("/")[2]] = f"{quote(role, safe='')}:{quote(password, safe='')}"
    return found


def _names(server: Postgres) -> tuple[set[str], set[str]]:
    with psycopg.connect(server.url, autocommit=True) as connection:
        databases = {str(row[0]) for row in connection.execute("SELECT datname FROM pg_database")}
        return databases, {str(row[0]) for row in connection.execute("SELECT rolname FROM pg_roles")}


def _clear(server: Postgres, before: tuple[set[str], set[str]]) -> None:
    """Databases and roles that were not there before go; an owner's role last, since others are its members."""
    databases, roles = _names(server)
    with psycopg.connect(server.url, autocommit=True) as connection:
        for name in databases - before[0]:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        for name in sorted(roles - before[1], key=lambda role: role.endswith("_owner")):
            connection.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(name)))


def _raise(error: Exception | None) -> None:
    if error is not None:
        raise error
