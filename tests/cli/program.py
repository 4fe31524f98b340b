"""The program as a user has it: a process of its own, in a project on disk, with databases on a real server."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.fixtures.postgres import Database
from tests.tools import ready_made

PATIENCE_S = 60
# What a terminal or a setting of the developer's would change in the output.
_NOT_INHERITED = ("NO_COLOR", "TERM", "COLUMNS", "LINES", "FORCE_COLOR", "PYTHONWARNINGS")


@dataclass(frozen=True, slots=True)
class Said:
    """What one call of the program left."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every line of standard output as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def result(self) -> dict[str, Any]:
        last = self.events[-1]
        assert last["event"] == "result", last
        return last

    @property
    def data(self) -> Any:
        return self.result["data"]


@dataclass(slots=True)
class Program:
    """A project and the environment that its commands run in."""

    root: Path
    databases: dict[str, Database] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def migration(self, target: str, name: str, up: str, down: str = "") -> Path:
        below = f"-- migrate:down\n{down}\n" if down else ""
        return self.write(f"migrations/jobs/{target}/{name}", f"-- migrate:up\n{up}\n{below}")

    def lives_at(self, target: str, url: str) -> None:
        self.environ[f"SCHEMACTL_URL__JOBS__{target.upper()}"] = url

    def password(self, target: str) -> str:
        password = urlsplit(self.databases[target].url).password
        assert password and len(password) > 8
        return password

    def sql(self, target: str, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.databases[target].url, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def tables(self, target: str) -> list[str]:
        rows = self.sql(target, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [str(row[0]) for row in rows]

    def env(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        return kept | self.environ | dict(more or {})

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command(arguments),
            cwd=self.root,
            env=self.env(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> Said:
        """Run a command with its standard streams in pipes."""
        return self.run_for(PATIENCE_S, *arguments, env=env)

    def run_for(self, timeout_s: float, *arguments: str, env: Mapping[str, str] | None = None) -> Said:
        """Run a command that ends within this time."""
        given = self.env(env)
        if ready_made.can(given):
            return Said(*ready_made.run(arguments, self.root, given, timeout_s))
        with self.start(*arguments, env=env) as process:
            return said(process, timeout_s)

    def json(self, *arguments: str) -> Said:
        return self.run("--json", *arguments)

    def on_terminal(self, *arguments: str, answer: str = "", env: Mapping[str, str] | None = None) -> Said:
        """Run a command on a terminal of its own and type `answer`; both streams come back as one text."""
        mine, theirs = pty.openpty()
        terminal = {"TERM": "xterm-256color", "COLUMNS": "100"} | dict(env or {})
        process = subprocess.Popen(
            command(arguments), cwd=self.root, env=self.env(terminal), stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        if answer:
            os.write(mine, f"{answer}\n".encode())
        try:
            return Said(code=process.wait(PATIENCE_S), out=_read_all(mine), err="")
        finally:
            os.close(mine)
            process.kill()


def command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "schemactl", *arguments]


def said(process: subprocess.Popen[str], timeout_s: float = PATIENCE_S) -> Said:
    out, err = process.communicate(timeout=timeout_s)
    return Said(process.returncode, out, err)


def interrupted(process: subprocess.Popen[str], number: int = signal.SIGINT) -> Said:
    process.send_signal(number)
    return said(process)


def wait_until(program: Program, target: str, query: str) -> None:
    """Until `query` finds a row; a failure where it never does."""
    until = time.monotonic() + PATIENCE_S
    while not program.sql(target, query):
        assert time.monotonic() < until, f"never true: {query}"
        time.sleep(0.05)


def _read_all(terminal: int) -> str:
    found = b""
    while select.select([terminal], [], [], 0)[0]:
        try:
            more = os.read(terminal, 65536)
        except OSError:
            break  # Linux: EIO once the last process has left the terminal.
        if not more:
            break
        found += more
    return found.decode().replace("\r\n", "\n")
