"""`make demo`: a real server, the dashboard platform planned, migrated, rolled back and migrated again.

Uses nothing but the command line, as a new user would, and a sandbox server that goes when this ends.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from schemactl.sandbox import postgres as sandbox

ROOT = Path(__file__).resolve().parent.parent
TARGETS = ("user_service_db", "resume_service_db", "ai_service_db")
COUNTS = """
SELECT (SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace),
       (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
       (SELECT count(*) FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace),
       (SELECT count(*) FROM pg_class WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace)
"""


def main() -> int:
    began = time.monotonic()
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    with sandbox.start() as server:
        print(f"PostgreSQL {server.version}, brought up in {time.monotonic() - began:.1f} s on a port of its own\n")
        urls = dict(databases(server.url))
        environment = os.environ | {f"SCHEMACTL_URL__DASHBOARD__{name.upper()}": url for name, url in urls.items()}

        def run(command: str) -> None:
            print(f"{bold}$ schemactl {command}{plain}", flush=True)
            program = [sys.executable, "-m", "schemactl", *shlex.split(command)]
            subprocess.run(program, cwd=ROOT, env=environment, check=True)
            print(flush=True)

        run("plan user_service_db")
        run("migrate")
        counted(urls)
        run("status")
        run("rollback --all --to 0 --yes")
        counted(urls)
        run("migrate")
        counted(urls)
    print(f"done in {time.monotonic() - began:.1f} s; the server is stopped, its files are gone")
    return 0


def databases(admin: str) -> list[tuple[str, str]]:
    """One database for each service."""
    with psycopg.connect(admin, autocommit=True) as connection:
        for name in TARGETS:
            connection.execute(f"CREATE DATABASE {name}".encode())
    return [(name, urlsplit(admin)._replace(path=f"/{name}").geturl()) for name in TARGETS]


def counted(urls: dict[str, str]) -> None:
    """What the servers' own catalogues say is there now."""
    total = [0, 0, 0, 0]
    for url in urls.values():
        with psycopg.connect(url) as connection:
            row = connection.execute(COUNTS).fetchone()
            total = [had + got for had, got in zip(total, row or total, strict=True)]
    counts = zip(total, ("tables", "functions", "views", "indexes"), strict=True)
    print("   in the databases: " + ", ".join(f"{count} {word}" for count, word in counts) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
