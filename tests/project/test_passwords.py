"""The file of passwords that were made, and references to passwords that others keep."""

from __future__ import annotations

import os
import stat
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schemactl.errors import ConfigError
from schemactl.project.password_setting import PasswordSetting
from schemactl.project.passwords import PasswordFile, password_file


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PasswordFile:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return PasswordFile(tmp_path / "made.toml")


def test_what_was_made_once_stays_and_is_found_again(file: PasswordFile) -> None:
    first = file.make({"jobs/a": ["x", 'quo"ted é']})
    second = file.make({"jobs/a": ["x"], "jobs/b": ["y"]})
    assert second["jobs/a"]["x"] == first["jobs/a"]["x"]
    assert file.read() == {"jobs/a": first["jobs/a"], "jobs/b": second["jobs/b"]}
    assert tomllib.loads(file.path.read_text("utf-8")) == file.read()
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_many_at_once_agree(file: PasswordFile) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: file.make({"jobs/a": ["x"]})["jobs/a"]["x"], range(40)))
    assert len(set(made)) == 1
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["made.toml", "state"]


def test_a_file_that_others_may_read_is_refused(file: PasswordFile) -> None:
    file.make({"jobs/a": ["x"]})
    file.path.chmod(0o640)
    with pytest.raises(ConfigError, match="others may read it") as raised:
        file.read()
    assert raised.value.kind == "password_file"


def test_a_file_that_holds_something_else_is_left_as_it_is(file: PasswordFile) -> None:
    file.path.write_text("title = 'not ours'\n")
    file.path.chmod(0o600)
    with pytest.raises(ConfigError):
        file.make({"jobs/a": ["x"]})
    assert file.path.read_text() == "title = 'not ours'\n"


def test_a_folder_that_is_not_there_is_told(file: PasswordFile) -> None:
    with pytest.raises(ConfigError, match="cannot be written") as raised:
        PasswordFile(file.path.parent / "no" / "made.toml").make({"jobs/a": ["x"]})
    assert raised.value.kind == "unwritable"


def test_each_project_and_environment_has_a_file_of_its_own(file: PasswordFile, tmp_path: Path) -> None:
    names = {password_file(tmp_path / root, name).path for root in ("a", "b") for name in ("dev", "prod")}
    assert len(names) == 4
    assert password_file(tmp_path, "dev", tmp_path / "given").path == tmp_path / "given"


def test_made_passwords_are_on_disk_before_anybody_hears_of_them(
    file: PasswordFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is forced to disk, in order, and whether the file had its name then."""
    forced: list[tuple[bool, int, bool]] = []
    really = os.fsync

    def fsync(descriptor: int) -> None:
        found = os.fstat(descriptor)
        forced.append((stat.S_ISDIR(found.st_mode), found.st_ino, file.path.exists()))
        really(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    file.make({"jobs/a": ["x"]})
    assert forced == [(False, file.path.stat().st_ino, False), (True, file.path.parent.stat().st_ino, True)]


def test_a_password_comes_from_a_variable_a_file_or_a_command(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    secret.chmod(0o600)
    for written, value in (("${A}", "from ${B}"), ("file:secret", "from a file"), ("cmd:echo from cmd", "from cmd")):
        assert PasswordSetting(written, "here:1").value(tmp_path, {"A": "from ${B}", "PATH": "/usr/bin:/bin"}) == value


def test_a_file_with_a_password_that_others_may_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("plain words")
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(ConfigError, match="others than its owner may read"):
        PasswordSetting("file:secret", "here:1").value(tmp_path, {})


def test_a_password_of_two_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="control character"):
        PasswordSetting("${A}", "here:1").value(tmp_path, {"A": "one\ntwo"})


@pytest.mark.parametrize("value", [b"\xff\xfe", b"w\xf6rd"])
def test_a_password_that_is_no_utf8_is_refused_and_not_repeated(tmp_path: Path, value: bytes) -> None:
    with pytest.raises(ConfigError, match="no UTF-8") as raised:
        PasswordSetting("${A}", "here:1").value(tmp_path, {"A": os.fsdecode(value)})
    assert (raised.value.kind, raised.value.at) == ("password", "here:1")
    assert os.fsdecode(value) not in "".join(raised.value.lines())
    (tmp_path / "said").write_bytes(value)
    with pytest.raises(ConfigError, match="printed what is no UTF-8"):
        PasswordSetting("cmd:cat said", "here:1").value(tmp_path, {"PATH": "/usr/bin:/bin"})
