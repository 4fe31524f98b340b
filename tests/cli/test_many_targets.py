"""Many targets of four engines in one command: connections and memory stay within bounds, each target has one line."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from schemactl.sandbox.kinds import kind_of
from tests.cli.program import command
from tests.cli.sandboxed import Sandboxed, own_sandbox
from tests.fixtures.absence import not_run

FILES = {
    "postgres": ("0001_one.sql", "-- migrate:up\nCREATE TABLE one (id int);\n-- migrate:down\nDROP TABLE one;\n"),
    "clickhouse": (
        "0001_one.sql",
        "-- migrate:up\nCREATE TABLE one (id Int32) ENGINE = TinyLog;\n-- migrate:down\nDROP TABLE one;\n",
    ),
    "mongodb": ("0001_one.json", '{"up": [{"create": "one"}], "down": [{"drop": "one"}]}'),
    "neo4j": ("0001_one.cypher", "// migrate:up\nCREATE (:One);\n// migrate:down\nMATCH (o:One) DELETE o;\n"),
}
AT_ONCE = 4
# For the run, for the heartbeat of its lease, for the driver's own look at the server, and one to spare.
SOCKETS_EACH = 4
MORE_MB = 60
# A Neo4j server holds one target, and takes a quarter of a gigabyte.
NEO4J = 2


class Peak(NamedTuple):
    """The most that a process held at any time."""

    sockets: int
    memory_mb: float


@pytest.fixture(
    scope="module",
    params=[pytest.param(each, marks=pytest.mark.soak) for each in (12, 66)],
    ids=lambda each: f"{3 * each + 2} targets",
)
def many(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxed]:
    """A project with so many targets of each engine, whose sandbox is up."""
    for engine in FILES:
        for missing in kind_of(engine).absent():
            not_run(engine, missing.what, missing.why, missing.remedy)
    with own_sandbox(Sandboxed, tmp_path_factory.mktemp("many")) as program:
        platform = 'name = "jobs"\n'
        for engine, (name, text) in FILES.items():
            for number in range(NEO4J if engine == "neo4j" else request.param):
                platform += f'[targets.{engine}_{number}]\nengine = "{engine}"\n'
                program.write(f"migrations/jobs/{engine}_{number}/{name}", text)
        program.write("schemas/jobs/platform.toml", platform)
        program.write("schemactl.toml", f"[defaults]\nconnections = {AT_ONCE}\n")
        run(program, "sandbox", "up")
        yield program


def names(program: Sandboxed) -> list[str]:
    return [f"jobs/{folder.name}" for folder in (program.root / "migrations/jobs").iterdir()]


def watched(process: subprocess.Popen[bytes]) -> Peak:
    """What the process holds, looked at from outside until it ends."""
    sockets, memory_mb = 0, 0.0
    proc = Path(f"/proc/{process.pid}")
    while process.poll() is None:
        try:
            status = proc.joinpath("status").read_text()
            links = [os.readlink(entry) for entry in proc.joinpath("fd").iterdir()]  # noqa: PTH115
        except OSError:
            continue  # A descriptor that was closed meanwhile, or all of them.
        sockets = max(sockets, sum(link.startswith("socket:") for link in links))
        if "VmHWM:" in status:
            memory_mb = max(memory_mb, int(status.partition("VmHWM:")[2].split()[0]) / 1024)
        time.sleep(0.02)
    return Peak(sockets, memory_mb)


def run(program: Sandboxed, *arguments: str) -> tuple[Peak, list[str]]:
    """What a command held at most, and its lines."""
    output = program.root / "output.txt"
    with (
        output.open("w") as file,
        subprocess.Popen(
            command(arguments), cwd=program.root, env=program.env(), stdout=file, stderr=subprocess.STDOUT
        ) as process,
    ):
        peak = watched(process)
    assert process.returncode == 0, output.read_text()
    return peak, output.read_text().splitlines()


def test_connections_and_memory_do_not_grow_with_the_number_of_targets(many: Sandboxed) -> None:
    few, _ = run(many, "status", *(f"{engine}_0" for engine in FILES))
    for words in (("migrate",), ("status", "--check"), ("rollback", "--all", "--yes")):
        peak, lines = run(many, *words)
        assert 0 < peak.sockets <= AT_ONCE * SOCKETS_EACH, words
        assert peak.memory_mb < few.memory_mb + MORE_MB, words
        told = [line.split()[0] for line in lines[_table(lines) :]]
        assert sorted(told) == sorted(names(many))


def _table(lines: list[str]) -> int:
    """The number of the line after the heading of the last table."""
    return max(place for place, line in enumerate(lines) if line.startswith("target ")) + 1
