"""The program with its imports done: a process that has them forks one for each call.

Starting an interpreter and importing the drivers of four engines costs more than most commands, a thousand times in one
run of the tests. What is forked is a process of its own, runs the program's own `main` and ends as any other does. Who
asks about the start itself (imports, encodings, PYTHON…) starts one in full: see `Program.start`.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]
# Read by the interpreter or its libraries before there is a program.
_AT_START = ("PYTHON", "LANG", "LC_", "TZ", "LD_")
_OF_A_CALL = ("TMPDIR", "XDG_STATE_HOME")
_DRIVERS = ("psycopg", "clickhouse_driver", "pymongo", "neo4j", "rich.table", "rich.progress", "typer.main")
_HEADER = 4
_STDIN = 0


def can(env: Mapping[str, str]) -> bool:
    """Whether nothing in `env` would have made the interpreter itself start in another way."""
    return all(os.environ.get(name) == value for name, value in env.items() if name.startswith(_AT_START))


def run(arguments: Sequence[str], cwd: Path, env: Mapping[str, str], timeout_s: float) -> tuple[int, str, str]:
    """Run the program to its end; its exit code, standard output and standard error.

    raises  subprocess.TimeoutExpired: it was killed then
    """
    read_out, out = os.pipe()
    read_err, err = os.pipe()
    with socket.socket(socket.AF_UNIX) as line, open(os.devnull) as nothing:  # noqa: PTH123
        line.connect(_address())
        asked = json.dumps([list(arguments), str(cwd), dict(env)]).encode()
        socket.send_fds(line, [len(asked).to_bytes(_HEADER, "big")], [nothing.fileno(), out, err])
        line.sendall(asked)
        os.close(out)
        os.close(err)
        pid = int.from_bytes(_exactly(line, _HEADER), "big")
        try:
            found = _all_of((read_out, read_err), time.monotonic() + timeout_s)
            line.settimeout(timeout_s)
            code = int.from_bytes(_exactly(line, _HEADER), "big", signed=True)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(arguments), timeout_s) from None
        finally:
            os.close(read_out)
            os.close(read_err)
    told = [text.decode().replace("\r\n", "\n").replace("\r", "\n") for text in found]
    return code, told[0], told[1]


def _all_of(descriptors: tuple[int, int], until: float) -> list[bytes]:
    found = dict.fromkeys(descriptors, b"")
    waiting = set(descriptors)
    while waiting:
        ready, _, _ = select.select(list(waiting), [], [], max(0.0, until - time.monotonic()))
        if not ready:
            raise TimeoutError
        for descriptor in ready:
            more = os.read(descriptor, 1 << 16)
            found[descriptor] += more
            if not more:
                waiting.discard(descriptor)
    return [found[descriptor] for descriptor in descriptors]


@functools.cache
def _address() -> str:
    """Where the process listens: begun at the first call, ended with this one."""
    listener = socket.socket(socket.AF_UNIX)
    address = f"\0schemactl-tests-{os.getpid()}-{os.urandom(4).hex()}"
    listener.bind(address)
    listener.listen(64)
    # It outlives what a test or a demo looks for by its folders.
    env = {name: value for name, value in os.environ.items() if name not in _OF_A_CALL}
    # One thread of calculation: a process with more of them is not to be forked.
    env |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.tools.ready_made", str(listener.fileno())]
    # Pipes, as the program's own streams will be. The first one ends where this process does.
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, stderr=pipe, pass_fds=[listener.fileno()]
    )
    atexit.register(_end, listener, process)
    return address


def _end(listener: socket.socket, process: subprocess.Popen[bytes]) -> None:
    listener.close()
    process.communicate()


def _exactly(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = line.recv(size - len(found))
        if not more:
            raise ConnectionError("the process that forks the program is gone")
        found += more
    return found


def _import_all() -> None:
    import schemactl

    for module in pkgutil.walk_packages(schemactl.__path__, "schemactl."):
        if not module.name.endswith("__main__") and ".examples" not in module.name:
            importlib.import_module(module.name)
    for name in _DRIVERS:
        importlib.import_module(name)


def _asked(listener: socket.socket) -> tuple[list[str], str, dict[str, str]]:
    """Wait for calls; returns in each process that is to be the program, with what it is to do."""
    callers: dict[int, socket.socket] = {}
    ended, wakes = os.pipe2(os.O_NONBLOCK)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    waited: list[Any] = [listener, ended, _STDIN]
    while True:
        ready, _, _ = select.select(waited, [], [])
        if _STDIN in ready:
            os._exit(0)
        if ended in ready:
            os.read(ended, 1 << 10)
            _tell_of_ends(callers)
        if listener not in ready:
            continue
        line, _ = listener.accept()
        header, descriptors, _, _ = socket.recv_fds(line, _HEADER, 3)
        asked: list[Any] = json.loads(_exactly(line, int.from_bytes(header, "big")))
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for opened in (line, listener, *callers.values()):
                opened.close()
            for number, descriptor in enumerate(descriptors):
                os.dup2(descriptor, number)
            os.closerange(_STDIN + 3, max(*descriptors, ended, wakes) + 1)
            return asked[0], asked[1], asked[2]
        for descriptor in descriptors:
            os.close(descriptor)
        callers[pid] = line
        line.sendall(pid.to_bytes(_HEADER, "big"))


def _tell_of_ends(callers: dict[int, socket.socket]) -> None:
    while callers:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with callers.pop(pid) as line, contextlib.suppress(OSError):
            line.sendall(os.waitstatus_to_exitcode(status).to_bytes(_HEADER, "big", signed=True))


def _become(arguments: Sequence[str], cwd: str, env: Mapping[str, str]) -> NoReturn:
    from schemactl import __main__

    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path[0] = cwd
    sys.argv = [__main__.__file__, *arguments]
    code = 1
    try:
        __main__.main()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0
    except BaseException:
        traceback.print_exc()
    # As an interpreter ends, but for taking apart what is imported, which is not this call's.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _import_all()
    gc.collect()
    gc.freeze()
    _become(*_asked(socket.socket(fileno=int(sys.argv[1]))))
