"""One statement through psql. Passwords travel in the environment, statements on standard input, never in arguments."""

from __future__ import annotations

import subprocess
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from schemactl.errors import ConnectError
from schemactl.sandbox.supervisor import ENVIRONMENT

_FROM_QUERY = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "options": "PGOPTIONS", "host": "PGHOST"}


def run(programs: Path, statement: str, *, url: str) -> str:
    """Run `statement` and return what psql prints unaligned, without headers and the last line's end.

    url      `postgresql://user:password@host:port/database`; `?host=/folder` is a Unix socket's folder
    raises   ConnectError with psql's words where the server cannot be reached or refuses
    """
    finished = subprocess.run(
        [programs / "psql", "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1"],
        input=statement + ";\n",
        capture_output=True,
        text=True,
        env=ENVIRONMENT | _as_environment(url),
        cwd="/",
        check=False,
    )
    if finished.returncode:
        raise ConnectError(f"psql: {finished.stderr.strip()}", kind="psql")
    return finished.stdout.rstrip("\n")


def _as_environment(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    known = {
        "PGHOST": parts.hostname,
        "PGPORT": str(parts.port) if parts.port else None,
        "PGUSER": unquote(parts.username) if parts.username else None,
        "PGPASSWORD": unquote(parts.password) if parts.password else None,
        "PGDATABASE": unquote(parts.path.lstrip("/")),
        "PGCONNECT_TIMEOUT": "10",
    } | {_FROM_QUERY[name]: value for name, value in parse_qsl(parts.query) if name in _FROM_QUERY}
    return {name: value for name, value in known.items() if value}
