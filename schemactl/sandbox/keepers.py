"""Starts keepers, several at once, and hears what came of them; ends them. No thread: a keeper is a process of its own.

A keeper ends with whoever started it, however that ends, until it is told to stay.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from schemactl import errors
from schemactl.errors import SchemactlError
from schemactl.sandbox import marked
from schemactl.sandbox.record import Kept, Process, process_of

END_WAIT_S = 90.0

# So that it is found where schemactl is not installed, but run from its checkout.
_PROGRAM = "import sys; sys.path.append({path!r}); from schemactl.sandbox.keeper import _main; _main()"


class Starting:
    """A keeper on its way. `server` once it told of one, `error` where it told why there is none."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.server: Kept | None = None
        self.error: SchemactlError | None = None
        self.stays = False
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  (closed by `leave`)
        program = _PROGRAM.format(path=str(Path(__file__).parents[2]))
        self.process = subprocess.Popen(
            # -P: the folder that this was called in is no place to import from.
            [sys.executable, "-P", "-c", program, engine],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            # A command's end is not its end: whom it keeps its server for may be told to live on.
            env=marked.without(os.environ),
            start_new_session=True,
        )
        self._keeper = process_of(self.process.pid)

    def hear(self) -> None:
        """Read what the keeper tells, which is one line."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        told: dict[str, Any] = json.loads(line) if line else {"bug": self._last_words()}
        facts = told.get("server")
        if facts is not None:
            server, shell = (process_of(pid) if pid else None for pid in (facts.pop("pid"), facts.pop("shell")))
            since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            self.server = Kept(
                engine=self.engine, server=server, shell=shell, keeper=self._keeper, since=since, **facts
            )
        else:
            self.error = _error(told)

    def _last_words(self) -> str:
        self._said.seek(0)
        return self._said.read().decode(errors="replace").strip()[-2000:] or "its keeper was killed"

    def keep(self, record: Path) -> None:
        """Let it live on; `record` is the file that names it from now on."""
        self.stays = True
        self.order(f"keep {record}")

    def order(self, line: str) -> None:
        """Tell it something; one that was killed hears nothing, and needs not to."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()

    def leave(self) -> None:
        """Close our ends of its pipes; one that was not told to stay ends by that."""
        self._said.close()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


class Keepers:
    """Keepers of one command, started together. Those that were not told to stay end with the body."""

    def __init__(self) -> None:
        self.all: list[Starting] = []

    def start(self, engines: Sequence[str], *, at_once: int) -> Iterator[Starting]:
        """Start a keeper for each of `engines`, at most so many at once; each is given out when it has told."""
        waiting = list(engines)
        with selectors.DefaultSelector() as told:
            while waiting or told.get_map():
                while waiting and len(told.get_map()) < at_once:
                    one = Starting(waiting.pop(0))
                    self.all.append(one)
                    assert one.process.stdout is not None
                    told.register(one.process.stdout, selectors.EVENT_READ, one)
                for key, _ in told.select():
                    told.unregister(key.fileobj)
                    key.data.hear()
                    yield key.data

    def keep(self, servers: Sequence[Kept], record: Path) -> None:
        """Let those of `servers` that were started here live on; `record` names them."""
        named = {server.keeper for server in servers}
        for one in self.all:
            if one.server is not None and one.server.keeper in named:
                one.keep(record)

    def hold(self, server: Kept, databases: Sequence[str]) -> None:
        """Have databases on a given server dropped where we are killed; to be said before they are made."""
        for one in self.all:
            if one.server is not None and one.server.keeper == server.keeper and server.given and databases:
                one.order(f"holds {' '.join(databases)}")

    def mark(self) -> dict[str, str]:
        """What a command is to have in its environment, so that all its processes are ended where we are killed."""
        token = secrets.token_hex(12)
        for one in self.all:
            one.order(f"ends {token}")
        return marked.environment(token, os.environ)

    def __enter__(self) -> Keepers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end([one.server.keeper for one in self.all if one.server is not None and not one.stays])
        for one in self.all:
            one.leave()
            if one.stays:
                # It is nobody's child from now on: the interpreter need not warn of it.
                one.process.returncode = 0
            else:
                one.process.wait()


def end(keepers: Sequence[Process]) -> None:
    """End these keepers and wait until they are gone, and with each its server and the server's folder."""
    with contextlib.ExitStack() as stack:
        descriptors = []
        for keeper in keepers:
            with contextlib.suppress(ProcessLookupError):
                descriptor = os.pidfd_open(keeper.pid)
                stack.callback(os.close, descriptor)
                # Opened first: what it names now can be no other process later.
                if keeper.lives:
                    signal.pidfd_send_signal(descriptor, signal.SIGTERM)
                    descriptors.append(descriptor)
        for descriptor in descriptors:
            if not _ended(descriptor, END_WAIT_S):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                _ended(descriptor, END_WAIT_S)


def await_end(kept: Kept) -> None:
    """Wait until the server of a keeper that was killed is gone too, and its folder: its shell is about to end it."""
    for one in (kept.server, kept.shell):
        if one is not None:
            _await(one)


def _await(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(process.pid)
        try:
            if process.lives:
                _ended(descriptor, END_WAIT_S)
        finally:
            os.close(descriptor)


def _ended(descriptor: int, wait_s: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(wait_s * 1000))


def _error(told: dict[str, Any]) -> SchemactlError:
    body = told.get("error")
    if body is None:
        return errors.ConnectError(f"a server could not be brought up:\n{told.get('bug')}", kind="start")
    made: type[SchemactlError] = getattr(errors, body.pop("type"))
    what = body.pop("what")
    return made(what, **{name: body[name] for name in ("at", "now", "do", "kind", "target")})
