"""Gets the tools to compare with, each in its pinned version, into the cache; and this checkout as users install it.

Builds and downloads, never runs a migration. What cannot be had is told with its remedy.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from schemactl.sandbox import places

GOOSE = "v3.29.0"
GOLANG_MIGRATE = "v4.20.1"
DBMATE = "2.36.0"
ROOT = Path(__file__).parents[2]
BUILD_LIMIT_S = 900

_GOOSE_LEFT_OUT = "clickhouse duckdb libsql mssql mysql redshift spanner sqlite3 starrocks vertica ydb"


class NotHadError(Exception):
    """A tool that this machine cannot have: what, why. `remedy` says how to get it."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.remedy = remedy


def goose() -> Path:
    """The program, with the PostgreSQL driver alone where its tags allow that."""
    return _go(
        "goose",
        f"github.com/pressly/goose/v3/cmd/goose@{GOOSE}",
        " ".join(f"no_{name}" for name in _GOOSE_LEFT_OUT.split()),
    )


def golang_migrate() -> Path:
    return _go("migrate", f"github.com/golang-migrate/migrate/v4/cmd/migrate@{GOLANG_MIGRATE}", "pgx5")


def dbmate() -> Path:
    """The program that the npm package carries, without the Node script around it."""
    remedy = "install Node.js with npm, and let it reach a package registry"

    def fill(empty: Path) -> None:
        if shutil.which("npm") is None:
            raise NotHadError("there is no npm", remedy)
        install = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(empty), f"dbmate@{DBMATE}"]
        _said(install, remedy, cwd=empty)

    folder = places.publish(f"bench-dbmate-{DBMATE}", fill)
    found = next(folder.glob("node_modules/@dbmate/*/bin/dbmate"), None)
    if found is None:
        raise NotHadError(
            f"the npm package dbmate {DBMATE} has no program for this system", "use Linux on x64 or arm64"
        )
    return found


def alembic() -> Path:
    """The Python of an environment with Alembic and psycopg, at the versions of constraints.txt."""
    return _environment("alembic", ["alembic", "sqlalchemy", "psycopg[binary]"])


def schemactl() -> Path:
    """The Python of an environment into which this checkout's wheel is installed, with its extra `postgres`."""
    remedy = "run `make setup`, and commit or complete what the build misses"
    with tempfile.TemporaryDirectory() as made:
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        _said([*pip, "--wheel-dir", made, str(ROOT)], remedy)
        wheel = next(Path(made).glob("schemactl-*.whl"))
        return _environment("schemactl", [f"{wheel}[postgres]"], wheel.read_bytes())


def _go(program: str, module: str, tags: str) -> Path:
    remedy = "install Go 1.25 or newer, and let it reach a module proxy"

    def fill(empty: Path) -> None:
        if shutil.which("go") is None:
            raise NotHadError("there is no Go toolchain", remedy)
        environment = os.environ | {"GOBIN": str(empty), "CGO_ENABLED": "0"}
        _said(["go", "install", "-tags", tags, module], remedy, environment=environment)

    return places.publish(f"bench-{program}-{module.rpartition('@')[2]}", fill) / program


def _environment(name: str, requirements: list[str], content: bytes = b"") -> Path:
    """An environment in the cache; made where it lies, since its programs' first lines name that place."""
    constraints = ROOT / "constraints.txt"
    mark = hashlib.sha256(constraints.read_bytes() + content + sys.version.encode()).hexdigest()[:12]
    folder = places.cache() / f"bench-{name}-{mark}"
    python, ready = folder / "bin" / "python", folder / "ready"
    if ready.exists():
        return python
    for old in places.cache().glob(f"bench-{name}-*"):
        shutil.rmtree(old, ignore_errors=True)
    remedy = "let pip reach a package index"
    _said([sys.executable, "-m", "venv", str(folder)], "install Python's venv module")
    # pip compiles what it installs, as users have it, whatever PYTHONDONTWRITEBYTECODE says.
    install = [str(python), "-m", "pip", "install", "--quiet", "--compile", "-c", str(constraints)]
    _said([*install, *requirements], remedy)
    ready.touch()
    return python


def _said(
    command: list[str], remedy: str, *, cwd: Path | None = None, environment: dict[str, str] | None = None
) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=BUILD_LIMIT_S
    )
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise NotHadError(f"`{' '.join(command[:4])} …` failed: {''.join(last)}", remedy)
    return done.stdout
