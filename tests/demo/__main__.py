"""`make demo`, from its first part to its last: what each shows, and what has to hold for the next one to begin."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from schemactl.sandbox import clickhouse
from tests.cli.sandboxed import Sandboxed, own_sandbox
from tests.demo.given import roles_dropped
from tests.demo.story import Story
from tests.demo.terminal import BrokenError, Terminal

ENGINES = ("postgres", "clickhouse", "mongodb", "neo4j")
# What would lead a command to other servers than the demo's own.
_ELSEWHERE = ("SCHEMACTL_URL__", "SCHEMACTL_ADMIN_URL__")


def main() -> int:
    """The exit code: 0 where all of it holds, 1 where something does not, 130 and 143 where it was stopped."""
    for name in [name for name in os.environ if name.startswith(_ELSEWHERE)]:
        del os.environ[name]
    os.environ["SCHEMACTL_REQUIRE"] = ",".join(ENGINES)
    if library := _library():
        os.environ["SCHEMACTL_SANDBOX_CLICKHOUSE"] = library
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, _stopped)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="schemactl-demo-") as folder,
            roles_dropped() as roles,
            own_sandbox(Sandboxed, Path(folder)) as program,
        ):
            program.root.mkdir()
            # The library is asked in this process, and has to find the same sandbox.
            os.environ.update(program.environ)
            return _told(Story(program, Terminal(program), roles).tell)
    except KeyboardInterrupt:
        print("\nstopped; the servers are ended, their files are gone", file=sys.stderr)
        return 128 + signal.SIGINT


def _library() -> str:
    """The version of chdb where an older server would be taken, which cannot have all of the platform's migrations."""
    found = clickhouse.library()
    return found.version if found and {one.source for one in clickhouse.available()} == {"package"} else ""


def _told(tell: Callable[[], None]) -> int:
    try:
        tell()
    except BrokenError as error:
        print(f"\nerror: {error}", file=sys.stderr)
        if error.do:
            print(f"  do: {error.do}", file=sys.stderr)
        return 1
    return 0


def _stopped(number: int, frame: object) -> NoReturn:
    # Once: what is being ended is not to be left half-way.
    with suppress(ValueError):
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    raise SystemExit(main())
