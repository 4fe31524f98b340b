"""The child processes that hold chdb's folders: one a folder, shared by all links of this process, ended with the last.

See embedded_child for what is said between the two.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

from schemactl.engines.clickhouse.failure import CANNOT_LOCK_FILE, GONE, ServerError, ServerFailure, from_server

_PROGRAM: Final = Path(__file__).with_name("embedded_child.py")
_CODE: Final = re.compile(r"Code: (\d+)\.\s*(?:DB::\w*Exception: )?")
_ENDS_S: Final = 10.0
_TRIES: Final = 3

_Answers = queue.SimpleQueue[dict[str, Any] | None]


class Child:
    """One process with one open folder. `folder` is chdb's connection string: a path, then `?` and options."""

    def __init__(self, folder: str, *, timeout_s: float) -> None:
        self._links: dict[int, _Answers] = {}
        self._number = 0
        self._guard = threading.Lock()
        self._dead = False
        self._listener = threading.Thread(target=self._listen, daemon=True)
        with tempfile.TemporaryFile() as said:
            # -P: the folder of the program is no place to import from. A session of its own: Ctrl-C is for its owner.
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_PROGRAM), folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                encoding="utf-8",
                cwd="/",
                start_new_session=True,
            )
            trouble = self._opened(timeout_s)
            if trouble is not None:
                self.end()
                said.seek(0)
                raise ServerError(_why_not_open(trouble, said.read().decode(errors="replace")))
        self._listener.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def dead(self) -> bool:
        return self._dead or self._process.poll() is not None

    def join(self) -> tuple[int, _Answers]:
        """A new link: its number, and where its answers come in; None there once the process is gone."""
        with self._guard:
            self._number += 1
            answers: _Answers = queue.SimpleQueue()
            self._links[self._number] = answers
            if self._dead:
                answers.put(None)
            return self._number, answers

    def leave(self, link: int) -> int:
        """How many links are left without this one."""
        with contextlib.suppress(OSError, ValueError):
            self.send(link=link, close=True)
        with self._guard:
            self._links.pop(link, None)
            return len(self._links)

    def send(self, **request: Any) -> None:
        """raises  OSError or ValueError where the process is gone"""
        assert self._process.stdin is not None
        line = json.dumps(request) + "\n"
        with self._guard:
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def end(self) -> None:
        """End the process and wait for it: a statement under way is cut off, as by a crash."""
        process = self._process
        with contextlib.suppress(OSError, ValueError):
            assert process.stdin is not None
            process.stdin.close()
        try:
            process.wait(_ENDS_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._listener.is_alive():
            self._listener.join()
        elif process.stdout is not None:
            process.stdout.close()

    def _opened(self, timeout_s: float) -> str | None:
        """None once the folder is open, else what is in the way."""
        assert self._process.stdout is not None
        late = threading.Timer(timeout_s, self._process.kill)
        late.start()
        line = self._process.stdout.readline()
        late.cancel()
        if not line:
            return f"chdb ended or did not open the folder within {timeout_s:g} s"
        answer: str = json.loads(line)["open"]
        return answer or None

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line)
            answers = self._links.get(answer["link"])
            if answers is not None:
                answers.put(answer)
        self._process.stdout.close()
        self._process.wait()
        with self._guard:
            self._dead = True
            with contextlib.suppress(OSError):
                assert self._process.stdin is not None
                self._process.stdin.close()
            for answers in self._links.values():
                answers.put(None)


_children: dict[tuple[int, str], Child] = {}
_opening = threading.Lock()


def share(folder: str, *, timeout_s: float) -> Child:
    """The child that holds `folder`, started where there is none.

    raises  ServerError, code 76 where another process has the folder open
    """
    key = (os.getpid(), folder)
    with _opening:
        child = _children.get(key)
        if child is None or child.dead:
            _children[key] = child = _opened(folder, timeout_s)
        return child


def _opened(folder: str, timeout_s: float) -> Child:
    for tried in range(1, _TRIES + 1):
        try:
            return Child(folder, timeout_s=timeout_s)
        except ServerError as error:
            # A process whose owner was just killed needs a moment to see it, and to let the folder go.
            if tried == _TRIES or error.failure.code != CANNOT_LOCK_FILE:
                raise
    raise AssertionError("a try either ends or fails")


def release(child: Child, link: int) -> None:
    """Let `link` go, and the child with the last one."""
    with _opening:
        if child.leave(link) == 0:
            for key in [key for key, one in _children.items() if one is child]:
                del _children[key]
            child.end()


def failure_of(words: str) -> ServerFailure:
    """The failure in chdb's words."""
    code = _CODE.search(words)
    if code is None:
        return ServerFailure(GONE, " ".join(words.split()))
    return from_server(int(code[1]), words[code.end() :])


def _why_not_open(trouble: str, said: str) -> ServerFailure:
    # The exception says only that it could not start; which file is locked stands on standard error.
    lines = [line for line in said.splitlines() if line.startswith("Code: ")]
    failure = failure_of(lines[-1] if lines else trouble)
    locked = "Cannot lock file" in failure.message or "already initialized" in failure.message
    return failure._replace(code=CANNOT_LOCK_FILE) if locked else failure
