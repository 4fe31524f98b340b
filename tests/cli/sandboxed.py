"""A project whose sandbox is its own: records and servers' folders lie where the test can look for what is left."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from tests.cli.program import Program, Said

NAMES = ("users_db", "events_db")
# Servers of four engines start on a machine that is busy; a killed runner's lease lasts half a minute.
LONG_S = 300


@dataclass(slots=True)
class Sandboxed(Program):
    """`state`: where the record goes, `servers`: the temporary folder, which servers' accounts can reach."""

    state: Path = Path()
    servers: Path = Path()

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> Said:
        return self.run_for(LONG_S, *arguments, env=env)

    def up(self, *names: str) -> dict[str, Any]:
        """Bring up; what the result says."""
        said = self.json("sandbox", "up", *names)
        assert said.code == 0, said
        data: dict[str, Any] = said.data
        return data

    def standing(self) -> list[dict[str, Any]]:
        """The servers that `status` tells of."""
        servers: list[dict[str, Any]] = self.json("sandbox", "status").data["servers"]
        return servers

    def urls(self) -> dict[str, str]:
        """Target of the platform → URL with its password."""
        file = self.state / "urls"
        assert self.run("sandbox", "status", "--urls", str(file)).code == 0
        pairs = [shlex.split(line)[0].partition("=") for line in file.read_text(encoding="utf-8").splitlines()]
        file.unlink()
        return {name.rpartition("__")[2].lower(): url for name, _, url in pairs}

    def ask(self, target: str, query: str) -> list[Any]:
        """The answer of a target of the running sandbox."""
        with psycopg.connect(self.urls()[target], autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    @property
    def record(self) -> Path | None:
        found = list(self.state.glob("schemactl/sandbox-*.json"))
        assert len(found) <= 1
        return found[0] if found else None

    def written(self) -> dict[str, Any]:
        assert self.record is not None
        body: dict[str, Any] = json.loads(self.record.read_text())
        return body

    def folders(self) -> list[str]:
        return sorted(path.name for path in self.servers.iterdir())

    def files(self) -> list[str]:
        """Everything in the state folder."""
        return sorted(path.name for path in self.state.glob("schemactl/*"))

    def processes(self) -> list[int]:
        """Every process that was started with this temporary folder, names it, or stands in it."""
        return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _belongs(entry, str(self.servers))]

    def wait_for_end(self) -> None:
        """Until no such process is left; a failure where one stays."""
        while left := self.processes():
            for pid in left:
                with contextlib.suppress(ProcessLookupError), ended(pid) as descriptor:
                    assert select.select([descriptor], [], [], LONG_S)[0], f"process {pid} stays"


def _belongs(entry: Path, folder: str) -> bool:
    with contextlib.suppress(OSError):
        if entry.joinpath("stat").read_text().rpartition(")")[2].split()[0] in "ZX":
            return False
        named = entry.joinpath("cmdline").read_text(errors="replace") + entry.joinpath("environ").read_text(
            errors="replace"
        )
        return folder in named or str(entry.joinpath("cwd").readlink()).startswith(folder)
    return False


@contextlib.contextmanager
def ended(pid: int) -> Iterator[int]:
    """A descriptor that can be read once the process has ended."""
    descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def wait_ended(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError), ended(pid) as descriptor:
        assert select.select([descriptor], [], [], LONG_S)[0], f"process {pid} stays"


def killed(process: subprocess.Popen[str]) -> None:
    """SIGKILL, and away with its pipes."""
    process.kill()
    process.communicate(timeout=LONG_S)


_Project = TypeVar("_Project", bound=Sandboxed)


@contextlib.contextmanager
def own_sandbox(kind: type[_Project], folder: Path) -> Iterator[_Project]:
    """A project in `folder` whose records and servers are its own; nothing of them may be left in the end."""
    # Not below pytest's folders, which are closed to the account that servers run as.
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="sandboxed-") as servers:
        Path(servers).chmod(0o1777)
        program = kind(folder / "project", state=folder / "state", servers=Path(servers))
        program.environ = {"XDG_STATE_HOME": str(program.state), "TMPDIR": servers}
        try:
            yield program
        finally:
            program.run("sandbox", "down")
            program.wait_for_end()
