"""A report is written whole or not at all, and a place that cannot be written is known before the work."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from schemactl.errors import ConfigError
from schemactl.report.publishing import Publication


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_what_stood_there_stays_until_the_whole_of_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    path.write_text("before")
    path.chmod(0o640)
    made = Publication(path)
    assert (path.read_text(), names(tmp_path)) == ("before", ["report.xml"])
    made.publish("after")
    assert (path.read_text(), names(tmp_path)) == ("after", ["report.xml"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_is_readable_as_any_new_file_is(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        Publication(tmp_path / "new").publish("x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o644


def test_what_a_link_leads_to_is_written_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("before")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    Publication(tmp_path / "link").publish("after")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "there").read_text() == "after"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    Publication(tmp_path / "pipe").publish("through it")
    assert (os.read(reader, 100), stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)) == (b"through it", True)
    os.close(reader)


@pytest.mark.parametrize("name", ["nowhere/report", "file/report", ".", "a" * 300])
def test_a_place_that_cannot_be_written_is_refused_at_once(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(ConfigError) as refused:
        Publication(tmp_path / name)
    assert (refused.value.code, refused.value.kind) == (10, "unwritable")
    assert refused.value.at == str(tmp_path / name)
    assert names(tmp_path) == ["file"]


def test_where_it_cannot_be_written_in_the_end_what_stood_there_stays(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    made = Publication(tmp_path / "folder" / "report")
    (tmp_path / "folder").rmdir()
    with pytest.raises(ConfigError) as refused:
        made.publish("x")
    assert refused.value.kind == "unwritable"
