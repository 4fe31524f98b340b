"""A snapshot's file: read whole or refused, and replaced in one step whatever happens meanwhile."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from schemactl.errors import ConfigError
from schemactl.model.snapshot import Block, Snapshot
from schemactl.project import snapshots
from schemactl.project.config import Project, load
from schemactl.project.platform import Target, load_platform
from tests.project.folder import ProjectFolder

OLD = Snapshot(
    engine="postgres",
    target="jobs/users_db",
    version="0001",
    blocks=(Block("table", ("public", "users"), "CREATE TABLE public.users ();"),),
)
NEW = Snapshot(engine="postgres", target="jobs/users_db", version="0002", blocks=())


class Kept:
    """A project with the target users_db, and the file of its snapshot."""

    def __init__(self, root: Path) -> None:
        self.project: Project = load(root, environ={})
        self.target: Target = load_platform(self.project, "jobs").target("users_db")
        self.file = snapshots.file_of(self.project, self.target)

    def write(self, snapshot: Snapshot) -> None:
        snapshots.write(self.project, self.target, snapshots.text_of(snapshot))

    def read(self) -> Snapshot | None:
        return snapshots.read(self.project, self.target)

    def beside(self) -> set[str]:
        return {path.name for path in self.file.parent.iterdir()} - {"platform.toml", "checks"}


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    ProjectFolder(tmp_path)
    return Kept(tmp_path)


def test_what_is_written_is_read(kept: Kept) -> None:
    assert kept.read() is None
    kept.write(OLD)
    assert kept.read() == OLD
    kept.write(NEW)
    assert kept.read() == NEW
    assert kept.beside() == {"users_db.sql"}
    assert stat.S_IMODE(kept.file.stat().st_mode) & 0o600 == 0o600


def test_a_checkout_with_other_line_ends_is_read_as_it_was(kept: Kept) -> None:
    kept.write(OLD)
    kept.file.write_bytes(b"\xef\xbb\xbf" + kept.file.read_bytes().replace(b"\n", b"\r\n"))
    assert kept.read() == OLD


def test_line_ends_in_a_literal_are_kept(kept: Kept) -> None:
    block = Block("table", ("public", "t"), "COMMENT ON TABLE t IS 'a\r\nb';")
    odd = Snapshot(engine="postgres", target="jobs/users_db", version="", blocks=(block,))
    kept.write(odd)
    assert kept.read() == odd


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"CREATE TABLE t ();\n", "snapshot"),
        (b"-- schemactl snapshot, format 9\n", "newer_snapshot"),
        (b"-- schemactl snapshot, format 1\n-- target: jobs/users_db\n-- version: 1\n", "snapshot"),
        (b"-- schemactl snapshot, format 1\n-- target: jobs/other\n-- version: 1\n\n-- end\n", "snapshot"),
        (b"-- schemactl snapshot, format 1\n-- target: \xff\n", "encoding"),
        (b"", "snapshot"),
    ],
    ids=["foreign", "newer", "torn", "another target's", "not UTF-8", "empty"],
)
def test_what_is_no_snapshot_of_this_target_is_refused(kept: Kept, data: bytes, kind: str) -> None:
    kept.file.write_bytes(data)
    with pytest.raises(ConfigError) as refused:
        kept.read()
    assert (refused.value.kind, refused.value.code, refused.value.target) == (kind, 10, "jobs/users_db")
    assert refused.value.do and str(refused.value.at).startswith("schemas/jobs/users_db.sql")


def test_a_draft_that_a_killed_writer_left_is_taken_over(kept: Kept) -> None:
    kept.write(OLD)
    draft = kept.file.with_name(".users_db.sql.new")
    draft.write_text("half of it, and longer than what is to come" * 100)
    assert kept.read() == OLD
    kept.write(NEW)
    assert kept.read() == NEW
    assert kept.beside() == {"users_db.sql"}


def test_a_folder_that_takes_no_file_leaves_what_was_there(kept: Kept) -> None:
    kept.write(OLD)
    # A folder in the draft's place: also whoever may write everywhere cannot open it.
    kept.file.with_name(".users_db.sql.new").mkdir()
    with pytest.raises(ConfigError) as refused:
        kept.write(NEW)
    assert (refused.value.kind, refused.value.now) == ("unwritable", "the file is as it was")
    assert kept.read() == OLD


CHILD = """
import os, resource, signal, sys
from pathlib import Path
from tests.project.test_snapshots import Kept, NEW
from schemactl.project import snapshots
from schemactl.errors import ConfigError
how, root = sys.argv[1:]
kept = Kept(Path(root))
text = snapshots.text_of(NEW)
if how == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (40, 40))
    try:
        snapshots.write(kept.project, kept.target, text)
    except ConfigError as error:
        print(error.kind, "|", error.now, "|", error.what)
else:
    def die(self, to):
        os.kill(os.getpid(), signal.SIGKILL)
    Path.rename = die
    snapshots.write(kept.project, kept.target, text)
"""


def child(how: str, kept: Kept) -> subprocess.CompletedProcess[str]:
    """Write NEW in a process of its own, under some hardship."""
    command = [sys.executable, "-c", CHILD, how, str(kept.project.root)]
    root = Path(__file__).parents[2]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=60)


def test_a_full_disk_leaves_what_was_there(kept: Kept) -> None:
    kept.write(OLD)
    done = child("full", kept)
    assert done.stdout.startswith("unwritable | the file is as it was | cannot be written"), done.stderr
    assert kept.read() == OLD
    assert kept.beside() == {"users_db.sql"}


def test_a_kill_before_the_rename_leaves_what_was_there(kept: Kept) -> None:
    kept.write(OLD)
    assert child("kill", kept).returncode == -signal.SIGKILL
    assert kept.read() == OLD
    assert kept.beside() == {"users_db.sql", ".users_db.sql.new"}
    kept.write(NEW)
    assert (kept.read(), kept.beside()) == (NEW, {"users_db.sql"})
