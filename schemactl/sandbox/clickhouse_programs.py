"""ClickHouse's own server program on this machine: the unpacked packages of the distribution. Starts nothing.

Installed packages are used as well; they bring an account and a service along, the unpacked ones nothing.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemactl.sandbox import places
from schemactl.sandbox.supervisor import ENVIRONMENT

INSTALLED = Path("/usr/sbin/clickhouse-server")
REMEDY = "unpack your distribution's packages: tests/tools/unpack_clickhouse.sh FOLDER (Debian 12, as root)"


@dataclass(frozen=True, slots=True)
class Programs:
    """A server program that runs here. `libraries`: where it finds its shared libraries, "" for the system's own."""

    version: str
    where: str
    server: Path
    libraries: str

    @property
    def command(self) -> tuple[str, ...]:
        """What starts it, before its options."""
        if not self.libraries:
            return (str(self.server),)
        return ("/usr/bin/env", f"LD_LIBRARY_PATH={self.libraries}", str(self.server))


def found() -> tuple[Programs, ...]:
    """Every usable program, the unpacked before the installed."""
    return (*_unpacked(), *_installed())


def _unpacked() -> Iterator[Programs]:
    for root in sorted(places.cache().glob("clickhouse-[0-9]*")):
        libraries = f"{root}/usr/lib/x86_64-linux-gnu:{root}/lib/x86_64-linux-gnu"
        server = root / "usr/sbin/clickhouse-server"
        if _runs(server, libraries):
            yield Programs(root.name.removeprefix("clickhouse-"), f"the unpacked {root.name}", server, libraries)


def _installed() -> Iterator[Programs]:
    if not _runs(INSTALLED, ""):
        return
    # The program of 18.16 does not tell its version; the package does.
    asked = ["dpkg-query", "--show", "--showformat=${Version}", "clickhouse-server"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, check=False, env=ENVIRONMENT).stdout
    except OSError:
        return
    if version := re.match(r"\d+(?:\.\d+)+", told):
        yield Programs(version[0], "the installed clickhouse-server", INSTALLED, "")


def _runs(server: Path, libraries: str) -> bool:
    if not server.is_file():
        return False
    environment = ENVIRONMENT | ({"LD_LIBRARY_PATH": libraries} if libraries else {})
    try:
        # 18.16 knows no such option, and says so (EX_CONFIG); one that lacks a library does not come that far.
        asked = [str(server), "--help"]
        return subprocess.run(asked, capture_output=True, check=False, env=environment, cwd="/").returncode in (0, 78)
    except OSError:
        return False
