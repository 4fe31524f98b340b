"""The rows of the comparison: which work, which tools, which goals. Puts tools, rounds and results together."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemactl.sandbox.postgres_server import Server
from tests.bench import work
from tests.bench.obtain import ROOT, NotHadError
from tests.bench.result import Goal, Line, Row
from tests.bench.rounds import RunError, Times, check, database, in_turn, timed
from tests.bench.tools import SCHEMACTL, Call, Tool, named

ROUND_TRIP_MS = 10
PEERS = ("goose", "golang-migrate", "dbmate", "alembic")
IMPORT = "import psycopg"
_CHECKED = "tables, indexes, columns and rows as the work says; the ledger counts every migration"


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools at hand, in the order of the rounds, and why the others are not."""

    tools: list[Tool]
    missing: dict[str, str]


def toolbox(programs: Path, wanted: list[str]) -> Toolbox:
    """Get every tool of `wanted`, building or downloading what the cache lacks."""
    tools, missing = [], {}
    for name, make in named().items():
        if name not in wanted:
            continue
        try:
            tools.append(make(programs))
        except NotHadError as error:
            missing[name] = f"{error} (do: {error.remedy})"
    return Toolbox(tools, missing)


def migrate(server: Server, box: Toolbox, *, size: work.Size, count: int, runs: int) -> Row:
    """`count` migrations on an empty database, without delay."""
    what = "small migrations (one statement)" if size == "small" else "migrations (up to two statements, keys, indexes)"
    return _migrate(
        server,
        box,
        size=size,
        title=f"{count} {what}, empty PostgreSQL {server.version}, fsync and synchronous_commit on",
        count=count,
        runs=runs,
        goals=[_goal(PEERS, 0.7)],
        port=None,
    )


def migrate_far(server: Server, box: Toolbox, *, count: int, runs: int) -> Row:
    """The same on a server that is 10 ms away; `count` is smaller, since the peers wait for each statement."""
    with _proxy(server.port) as port:
        return _migrate(
            server,
            box,
            size="small",
            title=f"{count} small migrations, the same server {ROUND_TRIP_MS} ms away (delaying proxy)",
            count=count,
            runs=runs,
            goals=[_goal(PEERS, 0.3)],
            port=port,
        )


def idle(server: Server, box: Toolbox, *, count: int, runs: int) -> Row:
    """Nothing to do with `count` migrations applied, beside importing the driver in the same environment."""
    title = f"nothing to do, {count} applied"
    tool = next((tool for tool in box.tools if tool.name == SCHEMACTL), None)
    if tool is None:
        return _absent(title, box)
    with _folders([tool], count) as folders:
        url = database(server)
        call = tool.call(folders[0][1], url)
        try:
            timed(call)
            check(url, tool, expected=work.effects(count), applied=count)
            row = _against_import(title, tool, call, runs, checked="exit code 0; at the end the database as before")
            check(url, tool, expected=work.effects(count), applied=count)
        except RunError as error:
            return _absent(title, Toolbox([], {SCHEMACTL: str(error)}))
    return row


def show_help(box: Toolbox, *, runs: int) -> Row:
    """`--help`, beside importing the driver in the same environment."""
    tool = next((tool for tool in box.tools if tool.name == SCHEMACTL), None)
    if tool is None:
        return _absent("--help", box)
    return _against_import("--help", tool, Call([tool.call(Path(), "").argv[0], "--help"], {}), runs)


def _goal(references: tuple[str, ...], at_most: float) -> Goal:
    return Goal(subject=SCHEMACTL, references=references, at_most=at_most)


def _migrate(
    server: Server,
    box: Toolbox,
    *,
    size: work.Size,
    title: str,
    count: int,
    runs: int,
    goals: list[Goal],
    port: int | None,
) -> Row:
    expected = work.effects(count, size)
    with _folders(box.tools, count, size) as folders:
        times = in_turn(server, folders, runs=runs, expected=expected, applied=count, port=port)
    lines = [_line(tool, times[tool.name]) for tool in box.tools]
    absent = [Line(name=name, not_run=why) for name, why in box.missing.items()]
    return Row(title=title, checked=_CHECKED, lines=lines + absent, goals=goals)


def _line(tool: Tool, times: Times) -> Line:
    return Line(name=tool.name, version=tool.version, flags=tool.flags, seconds=times.seconds, not_run=times.failed)


def _absent(title: str, box: Toolbox) -> Row:
    why = box.missing.get(SCHEMACTL, "left out by --tools")
    return Row(title=title, checked="-", lines=[Line(name=SCHEMACTL, not_run=why)], goals=[_goal((IMPORT,), 1.5)])


def _against_import(title: str, tool: Tool, call: Call, runs: int, checked: str = "exit code 0") -> Row:
    python = str(Path(call.argv[0]).parent / "python")
    calls = {SCHEMACTL: call, IMPORT: Call([python, "-c", IMPORT], {})}
    times = {name: Times() for name in calls}
    for _ in range(runs + 1):
        for name, one in calls.items():
            try:
                times[name].seconds.append(timed(one))
            except RunError as error:
                times[name].failed = str(error)
    lines = [
        # The first round reads the files from disk and is not counted.
        Line(name=name, version=tool.version, seconds=told.seconds[1:], not_run=told.failed)
        for name, told in times.items()
    ]
    return Row(title=title, checked=checked, lines=lines, goals=[_goal((IMPORT,), 1.5)])


@contextlib.contextmanager
def _folders(tools: list[Tool], count: int, size: work.Size = "larger") -> Iterator[list[tuple[Tool, Path]]]:
    with tempfile.TemporaryDirectory(prefix="schemactl-bench-") as root:
        made = []
        for tool in tools:
            folder = Path(root) / tool.name
            folder.mkdir()
            work.write(tool.layout, folder, work.migrations(count, size))
            tool.prepare(folder)
            made.append((tool, folder))
        yield made


@contextlib.contextmanager
def _proxy(server_port: int) -> Iterator[int]:
    """A delaying proxy in a process of its own, so that this one does not compete with it for an interpreter."""
    command = [sys.executable, "-m", "tests.tools.pgproxy"]
    options = ["--to", f"127.0.0.1:{server_port}", "--delay-ms", str(ROUND_TRIP_MS)]
    with subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield int(child.stdout.readline())
        finally:
            child.terminate()
