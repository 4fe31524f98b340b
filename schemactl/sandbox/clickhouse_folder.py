"""A throwaway folder for chdb, ClickHouse as a library: no server, no port. It goes with the process that made it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from schemactl.sandbox import places
from schemactl.sandbox.supervisor import Supervised


@dataclass(frozen=True, slots=True)
class Folder:
    """`url`: chdb:///FOLDER, in which each target has a folder of its own. One process at a time opens one."""

    url: str
    version: str
    where: str
    _process: Supervised = field(repr=False)
    port: int = 0

    def stop(self) -> None:
        self._process.end()


def make(version: str, where: str) -> Folder:
    """A new folder of the caller's account, as what opens it is a process of the caller's."""
    account = places.Account(os.geteuid(), os.getegid())
    folder = places.new_name(account)
    process = Supervised(folder, folder / "data", template=None, account=account, ends_with="KILL")
    return Folder(f"chdb://{folder}", version, where, process)


def add(url: str, name: str) -> None:
    """An empty folder `name` in the one of `url`."""
    Path(url.removeprefix("chdb://"), name).mkdir(mode=0o700)
