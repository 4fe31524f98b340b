"""The command line of the comparison: what to measure and how often. Prints the tables."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from schemactl.errors import SchemactlError
from schemactl.sandbox import postgres_server
from tests.bench import platforms, rows, seeds
from tests.bench.result import Row, as_json, table
from tests.bench.tools import named
from tests.bench.work import Size

MAJOR = 18
ROWS = ("small", "larger", "far", "idle", "help", "seed", "seeded", "platforms")


def main() -> int:
    """Measure, print, and return 0; 1 where the server cannot be had."""
    options = _options()
    # The newest major alone is compared; durable, since a migration that a power cut can undo is not applied.
    try:
        server = postgres_server.start(major=MAJOR, durable=True)
    except SchemactlError as error:
        print(f"not run: {error.what}" + (f" (do: {error.do})" if error.do else ""))
        return 1
    with server:
        box = rows.toolbox(server.bin, options.tools)
        heading = _machine(server.version)
        if not options.json:
            print(heading)
            for tool in box.tools:
                print(f"{tool.name}: {tool.version}; {tool.flags}")
        measured = []
        for name in options.only:
            row = _measure(name, server, box, options)
            measured.append(row)
            if not options.json:
                print(f"\n{table(row)}", flush=True)
    if options.json:
        print(json.dumps({"machine": heading, "rows": [as_json(row) for row in measured]}, ensure_ascii=False))
    return 0


def _measure(name: str, server: postgres_server.Server, box: rows.Toolbox, options: argparse.Namespace) -> Row:
    if name in ("small", "larger"):
        size: Size = "small" if name == "small" else "larger"
        return rows.migrate(server, box, size=size, count=options.count, runs=options.runs)
    if name == "far":
        return rows.migrate_far(server, box, count=options.far_count, runs=options.runs)
    if name == "idle":
        return rows.idle(server, box, count=options.count, runs=options.runs)
    if name in ("seed", "seeded"):
        return seeds.seed(server, box, count=options.rows, runs=options.runs, again=name == "seeded")
    if name == "platforms":
        return platforms.platforms(server, box, runs=options.runs)
    return rows.show_help(box, runs=options.runs)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Speed beside other tools, in turn.")
    parser.add_argument("--only", nargs="+", choices=ROWS, default=list(ROWS), help="rows to measure")
    parser.add_argument("--tools", nargs="+", choices=list(named()), default=list(named()), help="tools to run")
    parser.add_argument("--runs", type=int, default=5, help="rounds, at least 1")
    parser.add_argument("--count", type=int, default=1000, help="migrations")
    parser.add_argument("--far-count", type=int, default=200, help="migrations where the server is far away")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of a seed")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    options = parser.parse_args()
    if min(options.runs, options.count, options.far_count, options.rows) < 1:
        parser.error("--runs, --count, --far-count and --rows start at 1")
    return options


def _machine(server_version: str) -> str:
    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or "unknown processor",
    )
    memory = next((int(line.split()[1]) // 2**20 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"{when}; {cpu}, {os.cpu_count()} cores, {memory} GiB; Linux {platform.release()};"
        f" load {os.getloadavg()[0]:.1f}; PostgreSQL {server_version}; Python {platform.python_version()}"
    )


def _lines(path: str) -> list[str]:
    found = Path(path)
    return found.read_text().splitlines() if found.exists() else []


if __name__ == "__main__":
    sys.exit(main())
