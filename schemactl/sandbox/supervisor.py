"""One throwaway server process, tied to its owner's life. Knows signals and folders, no engine.

A small shell stands between owner and server. It makes the server's folder, starts the server as its own child, and
reads a pipe whose other end only the owner holds. When the owner ends, however it ends, the pipe closes, and the shell
ends the server and removes the folder. (A fork of the owner that never execs keeps the pipe open until it ends too.)
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from schemactl.errors import ConnectError
from schemactl.sandbox.places import Account

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
"""What servers and their programs see: nothing of the owner's, so no password and no PG* setting leaks in."""

END_WAIT_S = 30.0

# The signal is repeated because a server that has only just been forked still ignores it. A postmaster that was killed
# leaves its postmaster.pid with the id of its System V segment on line 7; nobody else would remove that.
_SHELL = r"""
trap '' HUP INT QUIT TERM PIPE
folder=$1 template=$2 data=$3 ends_with=$4 pid=
mkdir -m 700 "$folder" || exit 1
if [ -n "$template" ]; then
  mkdir -p "$data" && { cp -a --reflink=auto "$template/." "$data" 2>/dev/null || cp -a "$template/." "$data"; } ||
    { rm -rf -- "$folder"; exit 1; }
fi
echo made
while read -r line; do
  [ -z "$pid" ] || wait "$pid"
  eval "$line" </dev/null >>"$folder/log" 2>&1 &
  pid=$!
  echo "$pid"
done
tries=0
while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; do
  tries=$((tries + 1))
  if [ $tries -lt 200 ]; then kill -"$ends_with" "$pid"; else kill -KILL "$pid"; fi
  sleep 0.05
done 2>/dev/null
if [ -n "$pid" ] && [ "$(sed -n 1p "$data/postmaster.pid" 2>/dev/null)" = "$pid" ]; then
  ipcrm -m "$(sed -n '7s/.* //p' "$data/postmaster.pid")" 2>/dev/null
fi
rm -rf -- "$folder"
"""


class Supervised:
    """A server's folder, its log, and its process, once `run` was called.

    folder    made here, removed by `end` or by the owner's death; holds `log`
    template  copied to `data` before anything else, or None
    ends_with  what makes the server end at once: QUIT where that is its own immediate shutdown, else KILL
    """

    def __init__(
        self,
        folder: Path,
        data: Path,
        *,
        template: Path | None,
        account: Account,
        ends_with: Literal["QUIT", "KILL"] = "QUIT",
    ) -> None:
        self.folder = folder
        self.data = data
        self.log = folder / "log"
        self.pid = 0
        self._account = account
        self._pidfd = -1
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _SHELL, "schemactl-server", str(folder), str(template or ""), str(data), ends_with],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,
            user=account.uid if account.is_other else None,
            group=account.gid if account.is_other else None,
            extra_groups=[] if account.is_other else None,
        )
        if self._answer() != "made":
            _, said = self._shell.communicate()
            who = account.name or "this account"
            raise ConnectError(
                f"{who} could not make the files of a server: {said.strip()}",
                at=str(folder),
                do="free some space, or give a data folder that the account can write to and reach",
                kind="start",
            )

    def run(self, command: Sequence[str]) -> None:
        """Start the server; `command` replaces the shell that starts it, so `pid` is the server's own."""
        if self._shell.poll() is not None or self._shell.stdin is None or self._shell.stdin.closed:
            raise ConnectError("the server was stopped and its folder removed", at=str(self.folder), do="start another")
        quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in command)
        self._close_pidfd()
        self._shell.stdin.write(f"exec {quoted}\n")
        self._shell.stdin.flush()
        self.pid = int(self._answer() or 0)
        if not self.pid:
            raise ConnectError("the process that watches over a server is gone", at=str(self.folder))
        self._pidfd = os.pidfd_open(self.pid)

    def has_ended(self, wait_s: float = 0.0) -> bool:
        """Whether the server ended, after at most `wait_s` seconds; true also where none was started."""
        return self._pidfd < 0 or _ends_within(wait_s, self._pidfd)

    def send(self, number: signal.Signals) -> None:
        if self._pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    def kill(self) -> None:
        """SIGKILL to the server and to its children, as a power cut would end them; the folder stays."""
        if self.has_ended():
            return
        with contextlib.ExitStack() as stack:
            below = []
            for child in children(self.pid):
                with contextlib.suppress(ProcessLookupError):
                    below.append(os.pidfd_open(child))
                    stack.callback(os.close, below[-1])
            self.send(signal.SIGKILL)
            for child in below:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(child, signal.SIGKILL)
            for pidfd in (self._pidfd, *below):
                _ends_within(END_WAIT_S, pidfd)

    def end(self) -> None:
        """Let the shell end what still runs and remove the folder; a second call does nothing."""
        if self._shell.poll() is None:
            assert self._shell.stdin is not None
            self._shell.stdin.close()
            self._shell.wait()
        for stream in (self._shell.stdin, self._shell.stdout, self._shell.stderr):
            if stream is not None:
                stream.close()
        self._close_pidfd()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_tail(self, lines: int = 12) -> str:
        """The last lines of the log, or an empty text where there is none."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""

    def _answer(self) -> str:
        assert self._shell.stdout is not None
        return self._shell.stdout.readline().strip()

    def _close_pidfd(self) -> None:
        if self._pidfd >= 0:
            os.close(self._pidfd)
        self._pidfd = -1


def _ends_within(wait_s: float, pidfd: int) -> bool:
    # poll, not select: select refuses descriptors above 1023.
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(wait_s * 1000))


def children(pid: int) -> list[int]:
    """The processes whose parent this is; of a server's owner these are the shells that watch over its servers."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = entry.joinpath("stat").read_text().rpartition(")")[2].split()[1]
                if int(parent) == pid:
                    found.append(int(entry.name))
    return found
