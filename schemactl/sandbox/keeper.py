"""The process that keeps one sandbox server: `python -m schemactl.sandbox.keeper ENGINE`, a session of its own.

It brings the server up, tells of it in one line of JSON on standard output, and waits for orders on standard input.
`keep RECORD` lets it live on after whoever started it; where the input ends before that, it ends too, and before it the
processes of a command (`ends`) and the databases made on a given server (`holds`). It ends on SIGTERM, when its server
does, and when the record no longer names it. Nothing outlives it: the supervisor's shell sees
its death, also by SIGKILL, and ends the server and removes the folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from schemactl.errors import SchemactlError
from schemactl.sandbox import marked, record
from schemactl.sandbox.kinds import Running, is_given, kind_of
from schemactl.sandbox.supervisor import children

LAST_S = 60.0
"""How long it may take to end what a killed `sandbox run` leaves."""
LOOK_S = 2.0
"""How often it looks whether it is still named, for whoever removed the record or the project by hand."""


class Orders:
    """What standard input says.

    record   the file that names this keeper, None before `keep`
    holding  once there is a server: drops databases on it, by their names
    """

    def __init__(self) -> None:
        self.record: Path | None = None
        self.holding: Callable[[list[str]], None] | None = None
        self._names: list[str] = []
        self._token = ""
        threading.Thread(target=self._listen, name="orders", daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            word, _, rest = line.rstrip("\n").partition(" ")
            if word == "keep":
                _close_streams()
                self.record = Path(rest)
                return
            if word == "holds":
                self._names += rest.split()
            if word == "ends":
                self._token = rest
        self._end_of_owner()

    def _end_of_owner(self) -> None:
        # Whatever comes of the rest, it ends: there is nobody left to tell of a server that does not answer.
        last = threading.Timer(LAST_S, os.killpg, (0, signal.SIGKILL))
        last.daemon = True
        last.start()
        with contextlib.suppress(Exception):
            if self._token:
                marked.end(self._token)
            if self.holding is not None and self._names:
                self.holding(self._names)
        # Whoever started this is gone. What is under way (initdb, Maven) goes too; the servers have their own shells.
        os.killpg(0, signal.SIGKILL)


def _close_streams() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def main(engine: str) -> int:
    os.chdir("/")
    orders = Orders()
    try:
        server = kind_of(engine).find()
    except SchemactlError as error:
        _tell({"error": {"type": type(error).__name__, **error.as_json()}})
        return 1
    except Exception:
        _tell({"bug": traceback.format_exc()})
        return 1
    try:
        if is_given(engine, server.url):
            orders.holding = partial(kind_of(engine).drop, server.url)
        heard = _hear_the_end()
        _tell({"server": _facts(engine, server)})
        _wait(orders, heard, getattr(server, "pid", 0))
    finally:
        server.stop()
    return 0


def _tell(body: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(body) + "\n")
    sys.stdout.flush()


def _facts(engine: str, server: Running) -> dict[str, Any]:
    return {
        "version": server.version,
        "where": server.where,
        "port": server.port,
        "url": server.url,
        "given": is_given(engine, server.url),
        "pid": getattr(server, "pid", 0),
        "shell": next(iter(children(os.getpid())), 0),
    }


def _hear_the_end() -> int:
    """A descriptor that can be read once SIGTERM came."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGTERM, _heard)
    return reader


def _heard(number: int, frame: FrameType | None) -> None:
    """The pipe has it."""


def _wait(orders: Orders, heard: int, server_pid: int) -> None:
    poll = select.poll()
    poll.register(heard, select.POLLIN)
    if server_pid:
        try:
            poll.register(os.pidfd_open(server_pid), select.POLLIN)
        except ProcessLookupError:
            return
    this = record.process_of(os.getpid())
    while not poll.poll(LOOK_S * 1000):
        if orders.record is not None and not record.names(orders.record, this):
            return


def _main() -> NoReturn:
    code = main(sys.argv[1])
    sys.stdout.flush()
    # The thread that waits for orders may hold standard input.
    os._exit(code)


if __name__ == "__main__":
    _main()
