"""Runs tools in turn, each on a new database, and checks afterwards that they did the same work. Prints nothing."""

from __future__ import annotations

import os
import secrets
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from schemactl.sandbox.postgres_server import Server
from tests.bench.tools import Call, Tool
from tests.bench.work import Effects

RUN_LIMIT_S = 900
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


class RunError(Exception):
    """A tool failed, took longer than RUN_LIMIT_S, or left something else behind than the work says."""


@dataclass(slots=True)
class Times:
    """Seconds of wall time, one a round; `failed`: why the tool takes no further part."""

    seconds: list[float] = field(default_factory=list)
    failed: str = ""


def environment(own: dict[str, str]) -> dict[str, str]:
    """What a measured process sees: no PYTHON… and no PG… setting of the caller, since they would change its work."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | own


def timed(call: Call) -> float:
    """Seconds from the start of the process to its end.

    raises   RunError with the last line it said
    """
    with tempfile.TemporaryFile("w+") as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            call.argv,
            env=environment(call.environment),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        # wait(timeout=…) looks in every 50 ms, which is a third of what some of these take: the limit is a timer's.
        late = threading.Timer(RUN_LIMIT_S, process.kill)
        late.start()
        code = process.wait()
        seconds = time.perf_counter() - started
        late.cancel()
        if seconds >= RUN_LIMIT_S:
            raise RunError(f"took longer than {RUN_LIMIT_S} s")
        if code != 0:
            said.seek(0)
            last = said.read().strip().splitlines()[-1:] or ["nothing said"]
            raise RunError(f"exit {code}: {last[0][:300]}")
    return seconds


def database(server: Server) -> str:
    """The URL of a new database, whose making is on disk, so that no run pays for it.

    It stays as long as the server: ext4 does not give out the inodes of deleted files again for minutes, and looks past
    each of them whenever a file is made (fs/ext4/ialloc.c, recently_deleted), which a dropped database is full of.
    """
    name = f"schemactl_bench_{secrets.token_hex(4)}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        connection.execute("CHECKPOINT")
    return urlsplit(server.url)._replace(path=f"/{name}").geturl()


def through(url: str, port: int | None) -> str:
    """The same database by way of a proxy on `port`, or directly where there is none."""
    if port is None:
        return url
    at = urlsplit(url)
    return at._replace(netloc=f"{at.netloc.rpartition(':')[0]}:{port}").geturl()


def in_turn(
    server: Server,
    tools: Sequence[tuple[Tool, Path]],
    *,
    runs: int,
    expected: Effects,
    applied: int,
    port: int | None = None,
) -> dict[str, Times]:
    """Each tool once, then each once more, `runs` times; a tool that fails takes no further part.

    tools     with the folder of their files
    expected  what must be in the database afterwards
    applied   what its ledger must say
    """
    times = {tool.name: Times() for tool, _ in tools}
    for _ in range(runs):
        for tool, folder in tools:
            if times[tool.name].failed:
                continue
            try:
                times[tool.name].seconds.append(_run(server, tool, folder, expected, applied, port))
            except RunError as error:
                times[tool.name].failed = str(error)
    return times


def _run(server: Server, tool: Tool, folder: Path, expected: Effects, applied: int, port: int | None) -> float:
    url = database(server)
    seconds = timed(tool.call(folder, through(url, port)))
    check(url, tool, expected=expected, applied=applied)
    return seconds


def check(url: str, tool: Tool, *, expected: Effects, applied: int) -> None:
    """RunError where the tables, their indexes, columns and rows, or the tool's ledger, are not those of the work."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = _effects(connection, tool.own)
        row = connection.execute(tool.ledger.encode()).fetchone()
    told = int(row[0]) if row is not None else 0
    if found != expected:
        raise RunError(f"left {found}, not {expected}")
    if told != applied:
        raise RunError(f"its ledger says {told} of {applied}")


def _effects(connection: psycopg.Connection[tuple[object, ...]], own: Sequence[str]) -> Effects:
    counts = []
    of_work = "c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> ALL(%s)"
    for what, extra in (("count(*)", ""), ("coalesce(sum(i.n), 0)", _INDEXES), ("coalesce(sum(a.n), 0)", _COLUMNS)):
        row = connection.execute(f"SELECT {what} FROM pg_class c {extra} WHERE {of_work}".encode(), [list(own)])
        counts.append(int(str((row.fetchone() or [0])[0])))
    names = connection.execute(f"SELECT c.relname::text FROM pg_class c WHERE {of_work}".encode(), [list(own)])
    rows = 0
    for (name,) in names.fetchall():
        counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(str(name)))).fetchone()
        rows += int(str((counted or [0])[0]))
    return Effects(tables=counts[0], indexes=counts[1], columns=counts[2], rows=rows)


_INDEXES = "CROSS JOIN LATERAL (SELECT count(*) n FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid) i"
_COLUMNS = (
    "CROSS JOIN LATERAL"
    " (SELECT count(*) n FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) a"
)
