"""`sandbox run`: one command beside servers of its own. Passes on its signals and its exit code; both end together.

Signals are waited for, not handled: which of them a terminal has sent to the command already is told by where they
come from, and none is lost between two waits.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from schemactl.cli import sandbox_text
from schemactl.cli.output import Answer
from schemactl.cli.usage import UsageError
from schemactl.project.address import variable_name
from schemactl.sandbox.keepers import Keepers
from schemactl.workflows import sandbox

if TYPE_CHECKING:
    from schemactl.cli.invocation import Invocation
    from schemactl.session import Workspace

NOT_FOUND = 127
NOT_RUN = 126

_PASSED_ON = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2}
# Sources: prctl(2), PR_SET_PDEATHSIG; sigaction(2), si_code: what kill(2) and its like sent is not positive.
_PR_SET_PDEATHSIG = 1


class _NotRunError(Exception):
    """Why the system does not run the command."""


def run(call: Invocation, command: Sequence[str]) -> Answer:
    """raises  what bringing up raised; UnsupportedError where a target can have no server here"""
    workspace = call.workspace()
    if shutil.which(command[0]) is None:
        return _not_run(call, command[0], "no such program", found="/" in command[0] and Path(command[0]).exists())
    try:
        return _with_servers(call, workspace, command)
    except _NotRunError as error:
        return _not_run(call, command[0], str(error), found=True)


def _with_servers(call: Invocation, workspace: Workspace, command: Sequence[str]) -> Answer:
    wanted = workspace.targets()
    with Keepers() as started:
        made = sandbox.bring_up(started, wanted, (), at_once=workspace.workers)
        try:
            # Without its URL a target would be looked for elsewhere, and found in another environment.
            error = sandbox_text.first_error(made, wanted, named=True)
            if error is not None:
                raise error
            urls = {variable_name(*target.split("/")): url for target, url in made.urls(wanted).items()}
            code = _beside(command, os.environ | urls | started.mark(), json=call.out.json)
        finally:
            sandbox_text.tell_stays(call, sandbox.leave(made))
    return Answer(data={"command": list(command), "targets": sorted(made.urls(wanted))}, exit=code)


def _beside(command: Sequence[str], environ: Mapping[str, str], *, json: bool) -> int:
    """Run the command to its end; its exit code as a shell tells it. With `json` standard output is not its own.

    raises  _NotRunError where the system refuses to
    """
    heard = {*_PASSED_ON, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, heard)
    try:
        # There is one thread, here as in sandbox/keepers.py, so what runs between fork and exec meets no lock.
        try:
            process = subprocess.Popen(
                command,
                env=environ,
                stdout=sys.stderr if json else None,
                preexec_fn=_tied(before, os.getpid()),  # noqa: PLW1509
            )
        except OSError as error:
            raise _NotRunError(error.strerror or str(error)) from error
        while process.poll() is None:
            told = signal.sigwaitinfo(heard)
            if told.si_signo != signal.SIGCHLD and told.si_code <= 0:
                process.send_signal(told.si_signo)
        while signal.sigtimedwait(heard, 0) is not None:
            pass  # Meant for the command, which has ended.
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _tied(mask: set[int], parent: int) -> Callable[[], None]:
    """What the command's process does before it becomes the command: it hears signals, and dies with its parent."""
    libc = ctypes.CDLL(None)

    def tie() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(NOT_RUN)

    return tie


def _not_run(call: Invocation, name: str, why: str, *, found: bool) -> Answer:
    error = UsageError(
        f"`{name}` could not be run: {why}", now="no server runs", do="name a program that this user can run"
    )
    if not call.out.json:
        call.out.error(error)
    return Answer(exit=NOT_RUN if found else NOT_FOUND, error=error)
