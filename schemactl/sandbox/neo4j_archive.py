"""Makes a Neo4j server start sooner: its jars fetched, its loaded classes archived once.

`python -m` does both; with `--jars` it only fetches, which is sooner done where one server is started once.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from schemactl.errors import ConnectError, SchemactlError
from schemactl.sandbox import neo4j_programs, places
from schemactl.sandbox.neo4j_server import configure
from schemactl.sandbox.supervisor import ENVIRONMENT

_START_WAIT_S = 120.0
_END_WAIT_S = 60.0


def archive() -> Path:
    """The folder with the archive of a server's classes, made where it is not here yet, by a start and an orderly end.

    source   Java manual, "Class Data Sharing", -XX:ArchiveClassesAtExit
    raises   ConnectError where Java makes none; the next call tries again
    """
    programs = neo4j_programs.choose()
    with contextlib.suppress(OSError):
        # One that a run before left without its archive; a folder that holds anything stays.
        programs.archive.parent.rmdir()
    return places.publish(neo4j_programs.archive_name(programs.java), lambda empty: _record(programs, empty))


def _record(programs: neo4j_programs.Programs, empty: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "conf").mkdir()
        configure(home, {"server.http.enabled": "false", "server.https.enabled": "false"}, 0)
        command = programs.command(home, f"-XX:ArchiveClassesAtExit={empty / 'classes.jsa'}")
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT
        ) as server:
            try:
                _await_started(server, home / "logs/neo4j.log")
                server.terminate()
                server.wait(_END_WAIT_S)
            finally:
                server.kill()
    made = empty / "classes.jsa"
    if not made.exists():
        raise ConnectError(
            "Java made no archive of Neo4j's classes", now="a server starts without it, slower", kind="start"
        )
    made.chmod(0o644)
    empty.chmod(0o755)


def _await_started(server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_WAIT_S
    while server.poll() is None and time.monotonic() < deadline:
        if log.exists() and "Started." in log.read_text(errors="replace"):
            return
        time.sleep(0.2)


def main() -> int:
    """Fetch and archive; what is missing is told on standard error, with the way to get it."""
    try:
        neo4j_programs.fetch()
        if "--jars" not in sys.argv[1:]:
            archive()
    except (SchemactlError, OSError, subprocess.TimeoutExpired, shutil.Error) as error:
        sys.stderr.write("\n".join(error.lines() if isinstance(error, SchemactlError) else [str(error)]) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
