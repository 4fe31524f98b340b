"""How each tool is called, with which flags, and where its ledger is. Measures nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench import obtain
from tests.bench.obtain import NotHadError
from tests.bench.work import Layout

SCHEMACTL = "schemactl"
PSQL = "psql"


@dataclass(frozen=True, slots=True)
class Call:
    """One command with what it sees of the environment, beyond PATH, HOME and the language."""

    argv: list[str]
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that is at hand.

    flags      what of its call or set-up is not the default, and why, in a line for people
    call       given the folder of its files and the database's URL
    ledger     a query that answers the number of migrations the tool says are applied
    own        names of its own tables in schema public, left out when effects are compared
    """

    name: str
    layout: Layout
    version: str
    flags: str
    call: Callable[[Path, str], Call]
    ledger: str
    own: tuple[str, ...]
    prepare: Callable[[Path], None] = lambda folder: None


def named() -> dict[str, Callable[[Path], Tool]]:
    """Each tool's maker, in the order of the rounds. Given the folder of the server's programs; raises NotHadError."""
    return {
        SCHEMACTL: _schemactl,
        PSQL: _psql,
        "goose": _goose,
        "golang-migrate": _golang_migrate,
        "dbmate": _dbmate,
        "alembic": _alembic,
    }


def _schemactl(programs: Path) -> Tool:
    python = obtain.schemactl()
    command = python.parent / "schemactl"
    told = (
        subprocess.run([command, "--help"], capture_output=True, text=True, check=False) if command.exists() else None
    )
    if told is None or told.returncode != 0 or "migrate" not in told.stdout:
        raise NotHadError("this checkout's command has no `migrate`", "build a checkout that has it")
    version = subprocess.run([command, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return Tool(
        name=SCHEMACTL,
        layout="schemactl",
        version=version,
        flags="from its wheel, in an environment of its own",
        call=lambda folder, url: Call(
            [str(command), "-C", str(folder), "migrate"], {"SCHEMACTL_URL__BENCH__BENCH": url}
        ),
        ledger="SELECT count(*) FROM schemactl.schema_versions WHERE state = 'applied'",
        own=(),
    )


def _psql(programs: Path) -> Tool:
    program = programs / "psql"
    return Tool(
        name=PSQL,
        layout="psql",
        version=_version([str(program), "--version"]),
        flags="-X -q -v ON_ERROR_STOP=1 -f; BEGIN, statements, INSERT into a ledger, COMMIT each",
        call=lambda folder, url: Call(
            [str(program), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(folder / "all.sql")], _as_environment(url)
        ),
        ledger="SELECT count(*) FROM ledger",
        own=("ledger",),
    )


def _goose(programs: Path) -> Tool:
    program = str(obtain.goose())
    return Tool(
        name="goose",
        layout="goose",
        version=obtain.GOOSE,
        flags="defaults: one transaction a file",
        call=lambda folder, url: Call(
            [program, "-dir", str(folder), "up"], {"GOOSE_DRIVER": "postgres", "GOOSE_DBSTRING": _plain(url)}
        ),
        ledger="SELECT count(*) FROM goose_db_version WHERE version_id > 0 AND is_applied",
        own=("goose_db_version",),
    )


def _golang_migrate(programs: Path) -> Tool:
    program = str(obtain.golang_migrate())
    return Tool(
        name="golang-migrate",
        layout="golang-migrate",
        version=obtain.GOLANG_MIGRATE,
        flags="driver pgx5; defaults: a file is one message, its version is written before and after it",
        call=lambda folder, url: Call(
            [program, "-path", str(folder), "-database", _plain(url).replace("postgresql:", "pgx5:", 1), "up"], {}
        ),
        # Its ledger is the last version alone.
        ledger="SELECT version FROM schema_migrations WHERE NOT dirty",
        own=("schema_migrations",),
    )


def _dbmate(programs: Path) -> Tool:
    program = str(obtain.dbmate())
    options = ["--no-dump-schema", "--env", "BENCH_URL"]
    return Tool(
        name="dbmate",
        layout="dbmate",
        version=obtain.DBMATE,
        flags="--no-dump-schema, since the others write no schema file; the program without its Node script",
        call=lambda folder, url: Call(
            [program, *options, "-d", str(folder), "migrate"], {"BENCH_URL": _plain(url).replace("ql:", ":", 1)}
        ),
        ledger="SELECT count(*) FROM schema_migrations",
        own=("schema_migrations",),
    )


_ENV_PY = """\
import os
from alembic import context
from sqlalchemy import create_engine, pool
engine = create_engine(os.environ["BENCH_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""


def _alembic(programs: Path) -> Tool:
    python = str(obtain.alembic())
    started = [python, "-m", "alembic"]

    def prepare(folder: Path) -> None:
        revisions = folder / "versions"
        revisions.mkdir()
        for path in folder.glob("*.py"):
            path.rename(revisions / path.name)
        (folder / "env.py").write_text(_ENV_PY)
        (folder / "alembic.ini").write_text(f"[alembic]\nscript_location = {folder}\n")
        # Its users' revisions are compiled after the first run.
        subprocess.run([python, "-m", "compileall", "-q", str(folder)], check=True)

    return Tool(
        name="alembic",
        layout="alembic",
        version=_version([*started, "--version"]),
        flags="psycopg 3, op.execute; transaction_per_migration=True as the others do; revisions compiled beforehand",
        call=lambda folder, url: Call(
            [*started, "-c", str(folder / "alembic.ini"), "upgrade", "head"],
            {"BENCH_URL": url.replace("postgresql:", "postgresql+psycopg:", 1)},
        ),
        # Its ledger is the last revision alone.
        ledger="SELECT version_num::int FROM alembic_version",
        own=("alembic_version",),
        prepare=prepare,
    )


def _version(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _plain(url: str) -> str:
    # Go's drivers ask for TLS first, or insist on it; the server has none.
    return f"{url}?sslmode=disable"


def _as_environment(url: str) -> dict[str, str]:
    at = urlsplit(url)
    return {
        "PGHOST": str(at.hostname),
        "PGPORT": str(at.port),
        "PGUSER": at.username or "",
        "PGPASSWORD": at.password or "",
        "PGDATABASE": at.path.lstrip("/"),
    }
