"""A throwaway folder for chdb: made for its owner alone, gone with it."""

from __future__ import annotations

import contextlib
import os
import select
import stat
import subprocess
import sys
from pathlib import Path

from schemactl.sandbox import clickhouse_folder

OWNER = (
    "import sys; from schemactl.sandbox import clickhouse_folder\n"
    "made = clickhouse_folder.make('26.9', 'the package chdb')\n"
    "print(made.url, flush=True); sys.stdin.read()"
)


def folder_of(url: str) -> Path:
    return Path(url.removeprefix("chdb://"))


def test_each_target_has_an_empty_folder_that_only_its_owner_enters() -> None:
    made = clickhouse_folder.make("26.9", "the package chdb")
    try:
        clickhouse_folder.add(made.url, "clicks")
        target = folder_of(made.url) / "clicks"
        assert (list(target.iterdir()), stat.S_IMODE(target.stat().st_mode)) == ([], 0o700)
    finally:
        made.stop()
    assert not folder_of(made.url).exists()


def test_a_killed_owner_leaves_no_folder() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        folder = folder_of(owner.stdout.readline().strip())
        assert folder.is_dir()
        shells = [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _names(entry, folder)]
        watched = [os.pidfd_open(pid) for pid in shells]
        owner.kill()
    assert [bool(select.select([descriptor], [], [], 60)[0]) for descriptor in watched] == [True]
    for descriptor in watched:
        os.close(descriptor)
    assert not folder.exists()


def _names(entry: Path, folder: Path) -> bool:
    with contextlib.suppress(OSError):
        return str(folder) in entry.joinpath("cmdline").read_text(errors="replace")
    return False
