"""Shows commands as a person would type them, runs them, and takes the time. Knows nothing of what they do."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.cli.program import command as program_of
from tests.cli.sandboxed import Sandboxed

_PIPE_WIDTH = 120

Cut = Callable[[Sequence[str]], list[str]]


class BrokenError(Exception):
    """What does not hold, and what to do about it."""

    def __init__(self, what: str, do: str = "") -> None:
        super().__init__(what)
        self.do = do


def outline(lines: Sequence[str], *, deep: int = 3, first: int = 8) -> list[str]:
    """Headings, and the first lines that are indented by `deep` or more; of the others only how many there are."""
    shown: list[str] = []
    details = 0
    for line in lines:
        if not line.strip():
            continue
        details += line.startswith(" " * deep)
        if details <= first or not line.startswith(" " * deep):
            shown.append(line)
    return [*shown, f"… and {details - first} lines of detail"] if details > first else shown


def closing(lines: Sequence[str]) -> list[str]:
    """What stands behind the last blank line: a run's table. Of what stands before only how much it is."""
    blank = max((number for number, line in enumerate(lines) if not line.strip()), default=-1)
    before = sum(1 for line in lines[: blank + 1] if line.strip())
    return [*([f"… {before} lines"] if before else []), *lines[blank + 1 :]]


class Terminal:
    """The demo's own output. `took`: part → seconds, in order."""

    def __init__(self, program: Sandboxed) -> None:
        self._program = program
        self._fancy = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self.took: dict[str, float] = {}

    @property
    def width(self) -> int:
        return shutil.get_terminal_size((_PIPE_WIDTH, 24)).columns

    @contextmanager
    def part(self, name: str, title: str) -> Iterator[None]:
        """A part of the demo under its title."""
        self.say(f"\n{self._in('1;36', f'{len(self.took) + 1}. {title}')}")
        began = time.monotonic()
        yield
        self.took[name] = time.monotonic() - began

    def run(self, command: str, cut: Cut | None = None) -> None:
        """Show a command and its output: whole and as it comes, or what `cut` leaves of it. raises  BrokenError"""
        self.say(self._in("1", f"$ schemactl {command}"))
        began = time.monotonic()
        environ = os.environ | self._program.environ
        if cut is not None and sys.stdout.isatty():
            environ["COLUMNS"] = str(self.width)
        done = subprocess.run(
            program_of(shlex.split(command)),
            cwd=self._program.root,
            env=environ,
            stdout=None if cut is None else subprocess.PIPE,
            text=True,
            check=False,
        )
        if cut is not None:
            lines = done.stdout.splitlines()
            self.say("\n".join(cut(lines) if done.returncode == 0 else lines))
        self.aside(f"{time.monotonic() - began:.1f} s")
        if done.returncode != 0:
            raise BrokenError(f"`schemactl {command}` ended with exit code {done.returncode}", "see what it says above")

    def ask(self, command: str) -> Any:
        """What a command answers with `--json`; nothing is shown. raises  BrokenError"""
        said = self._program.json(*shlex.split(command))
        if said.code != 0:
            error = said.result["error"] or {}
            raise BrokenError(f"`schemactl --json {command}` ended with exit code {said.code}: {error.get('what')}")
        return said.data

    def held(self, what: str) -> None:
        """A finding of the demo's own."""
        self.say(self._wrapped(f"held: {what}", indent=6).replace("held:", self._in("32", "held:"), 1))

    def aside(self, text: str) -> None:
        self.say(self._in("2", self._wrapped(f"({text})", indent=1)))

    def say(self, text: str) -> None:
        print(text, flush=True)

    def _wrapped(self, text: str, *, indent: int) -> str:
        margin = " " * indent
        return textwrap.fill(text, self.width, subsequent_indent=margin, break_on_hyphens=False)

    def _in(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._fancy else text
