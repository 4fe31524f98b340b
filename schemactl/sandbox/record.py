"""What runs in a project's sandbox, written down for the commands that come after (docs/formats.md, "Sandbox record").

A file that only this user can read, for it holds passwords; published by one rename, so that nobody reads half of it.
An entry is believed only while the keeper of its server lives.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from schemactl.errors import ConfigError
from schemactl.project.state_folder import make_state_folder, state_folder

FORMAT = 1
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Process(NamedTuple):
    """A process beyond doubt: its id comes round again, but not with the same start time since the same boot.

    started  clock ticks since the machine booted
    """

    pid: int
    started: int

    @property
    def lives(self) -> bool:
        return self.started == started_at(self.pid)


class Place(NamedTuple):
    """Where a target lives on a server. `database` is "" where the whole server is the target's."""

    target: str
    database: str
    url: str


class Kept(NamedTuple):
    """A server and the process that keeps it.

    url     of its administrator, with the password
    given   it was there before, named by SCHEMACTL_TEST_<ENGINE>_URL: databases are dropped, the server stays
    server  None where it is no process of this machine's
    since   ISO 8601, UTC
    shell   the process that ends the server and removes its folder once the keeper is gone; None where there is none
    """

    engine: str
    version: str
    where: str
    port: int
    url: str
    given: bool
    server: Process | None
    keeper: Process
    since: str
    places: tuple[Place, ...] = ()
    shell: Process | None = None

    def __repr__(self) -> str:
        return f"Kept(engine={self.engine!r}, port={self.port}, keeper={self.keeper.pid})"


def started_at(pid: int) -> int:
    """When a process started, in clock ticks since boot; 0 where there is none or it is a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    # Source: proc(5), /proc/PID/stat: field 3 is the state, field 22 the start time.
    return 0 if fields[0] in "ZX" else int(fields[19])


def process_of(pid: int) -> Process:
    return Process(pid, started_at(pid))


def record_path(root: Path) -> Path:
    """The file that a project's sandbox is written to. raises  ConfigError where there is no folder for it"""
    return make_state_folder() / file_name(root)


def read(root: Path) -> tuple[Kept, ...]:
    """All that is written down, also what has died since; empty where nothing is.

    raises  ConfigError where a newer schemactl wrote it
    """
    folder = state_folder()
    return _parsed(folder / file_name(root)) if folder else ()


def publish(root: Path, servers: Sequence[Kept]) -> None:
    """Replace what is written down, in one step; nothing is left where nothing runs."""
    path = record_path(root)
    if not servers:
        path.unlink(missing_ok=True)
        return
    body = {"format": FORMAT, "root": str(root), "boot": _boot(), "servers": [_as_json(one) for one in servers]}
    write_private(path, json.dumps(body, indent=1))


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read, in one step. raises  OSError; what stood there stays then"""
    # mkstemp makes it for this user alone, before anything is in it.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.stem}-", dir=path.parent)
    os.close(descriptor)
    draft = Path(name)
    try:
        draft.write_text(text, encoding="utf-8")
        draft.rename(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def url_of(root: Path, target: str, engine: str) -> str | None:
    """Where `platform/target` lives on the running sandbox, with its password; None where it does not."""
    found = place_of([kept for kept in read(root) if kept.keeper.lives], target, engine)
    return found[1].url if found else None


def place_of(servers: Sequence[Kept], target: str, engine: str) -> tuple[Kept, Place] | None:
    """The server and the place of `platform/target`; what it had before it changed its engine is none of its own."""
    for kept in servers:
        for place in kept.places:
            if (place.target, kept.engine) == (target, engine):
                return kept, place
    return None


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keep other processes from changing the project's sandbox during the body; a kill ends that too."""
    path = record_path(root)
    lock = path.with_suffix(".lock")
    descriptor = _locked(lock)
    try:
        # Nobody else writes drafts now: what is there was left by a kill.
        for draft in path.parent.glob(f".{path.stem}-*"):
            draft.unlink(missing_ok=True)
        yield
    finally:
        if not path.exists():
            lock.unlink()
        os.close(descriptor)


def _locked(path: Path) -> int:
    """A descriptor that holds the lock of the file at `path`."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Whoever held it may have removed the file meanwhile: then another could make and lock it anew.
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), path.stat()):
                    return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def names(path: Path, keeper: Process) -> bool:
    """Whether the record at `path` has a server of this keeper; true also where it cannot be read just now."""
    try:
        return any(one.keeper == keeper for one in _parsed(path))
    except (ConfigError, OSError):
        return True


def file_name(root: Path) -> str:
    """Of the record of the project at `root`, on this machine."""
    # A home may be shared between machines: each has its own sandbox.
    whole = f"{socket.gethostname()}\n{root.resolve()}"
    return f"sandbox-{hashlib.sha256(os.fsencode(whole)).hexdigest()[:16]}.json"


def _boot() -> str:
    return _BOOT_ID.read_text().strip()


def _parsed(path: Path) -> tuple[Kept, ...]:
    try:
        body = json.loads(path.read_bytes())
        newer = body["format"] > FORMAT
        found = () if newer or body["boot"] != _boot() else tuple(_of_json(one) for one in body["servers"])
    except FileNotFoundError:
        return ()
    except (ValueError, KeyError, TypeError):
        # The machine went down while it was written, and what it named with it; or somebody else wrote it.
        return ()
    if newer:
        raise ConfigError(
            f"a newer schemactl wrote down what runs in the sandbox: format {body['format']}, this one knows {FORMAT}",
            at=str(path),
            do="use that one, or end the sandbox with it: `schemactl sandbox down`",
            kind="newer_sandbox",
        )
    return found


def _as_json(one: Kept) -> dict[str, Any]:
    return one._asdict() | {
        "server": one.server._asdict() if one.server else None,
        "shell": one.shell._asdict() if one.shell else None,
        "keeper": one.keeper._asdict(),
        "places": [place._asdict() for place in one.places],
    }


def _of_json(body: dict[str, Any]) -> Kept:
    return Kept(
        **body
        | {
            "server": Process(**body["server"]) if body["server"] else None,
            "shell": Process(**body["shell"]) if body.get("shell") else None,
            "keeper": Process(**body["keeper"]),
            "places": tuple(Place(**place) for place in body["places"]),
        }
    )
