"""Where throwaway servers keep their files and as whom they run. Starts nothing, knows no engine."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from schemactl.errors import ConfigError

STALE_DRAFT_S = 3600.0

SOCKET_FOLDER_LIMIT = 80
"""A Unix socket's path holds 107 bytes; PostgreSQL adds `/.s.PGSQL.65535.lock` to the folder's."""


@dataclass(frozen=True, slots=True)
class Account:
    """As whom a server runs: `name` is None for the caller's own account."""

    uid: int
    gid: int
    name: str | None = None

    @property
    def is_other(self) -> bool:
        return self.name is not None


def account() -> Account:
    """The caller's own account, or `nobody` where the caller is root: database servers refuse to run as root.

    raises   ConfigError where root has no `nobody` to hand over to
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise ConfigError(
            "this is root, and there is no account `nobody` to run a database server as",
            do="run as an ordinary user, or add the account",
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid, "nobody")


def cache() -> Path:
    """A folder that only the caller writes and everyone reads, made on the first call; what it holds can be made again.

    raises   ConfigError where neither the usual place nor the system's temporary folder will do
    """
    candidates = [Path(tempfile.gettempdir()) / f"schemactl-cache-{os.geteuid()}"]
    with contextlib.suppress(RuntimeError):
        home = Path.home() / ".cache"
        candidates.insert(0, (Path("/var/cache") if os.geteuid() == 0 else home) / "schemactl")
    for folder in candidates:
        with contextlib.suppress(OSError):
            if not folder.exists():
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(0o755)
            if _is_ours(folder):
                return folder
    raise ConfigError(
        f"no folder for the cache of server files: {' and '.join(map(str, candidates))} cannot be used",
        do=f"make {candidates[0]} a folder that belongs to this account and that no other may write to",
    )


def _is_ours(folder: Path) -> bool:
    # Programs are run from here, so a folder that someone else may write to is as good as theirs.
    found = folder.lstat()
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == os.geteuid()
        and not found.st_mode & 0o022
        and os.access(folder, os.W_OK | os.X_OK)
    )


def new_name(account: Account) -> Path:
    """A path for one server's folder, not made yet, short enough for a Unix socket, where `account` may make it."""
    usual = Path(tempfile.gettempdir())
    fits = len(os.fsencode(usual)) < SOCKET_FOLDER_LIMIT - 20
    open_to_all = usual.stat().st_mode & 0o1777 == 0o1777
    chosen = usual if fits and (open_to_all or not account.is_other) else Path("/tmp")
    return chosen / f"schemactl-{secrets.token_hex(4)}"


def publish(name: str, fill: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache, filled by `fill` where it is not there yet.

    It appears whole, by one rename; where two processes fill it at once, the first one's is kept.
    """
    ready = cache() / name
    if ready.is_dir():
        return ready
    _sweep(name)
    draft = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=cache()))
    try:
        filled = draft / "filled"
        filled.mkdir()
        draft.chmod(0o755)
        fill(filled)
        try:
            filled.rename(ready)
        except OSError:
            if not ready.is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return ready


def _sweep(name: str) -> None:
    # A process that was killed while it filled a draft left it behind; filling takes seconds.
    for draft in cache().glob(f".{name}-*"):
        with contextlib.suppress(OSError):
            if time.time() - draft.stat().st_mtime > STALE_DRAFT_S:
                shutil.rmtree(draft, ignore_errors=True)
