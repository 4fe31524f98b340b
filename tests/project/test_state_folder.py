"""The user's folder for what is remembered between commands: where it is, and that nobody else can look into it."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from schemactl.errors import ConfigError
from schemactl.project.state_folder import make_state_folder, state_folder


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a temporary folder of the test's own; no XDG_STATE_HOME."""
    for name in ("home", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path


def test_it_is_below_home_and_its_owners_alone(places: Path) -> None:
    assert state_folder() is None
    made = make_state_folder()
    assert (made, stat.S_IMODE(made.stat().st_mode)) == (places / "home/.local/state/schemactl", 0o700)
    assert state_folder() == make_state_folder() == made


def test_xdg_state_home_says_where_instead(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(places / "other"))
    assert make_state_folder() == places / "other/schemactl"


def test_a_relative_one_is_passed_over_as_the_specification_says(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "other")
    assert make_state_folder() == places / "home/.local/state/schemactl"


def test_where_the_home_cannot_be_used_it_is_in_the_temporary_folder(places: Path) -> None:
    (places / "home/.local").write_text("a file")
    assert make_state_folder() == places / f"temporary/schemactl-state-{os.geteuid()}"


@pytest.mark.parametrize("mode", [0o701, 0o750, 0o777])
def test_a_folder_that_others_can_enter_is_not_used(places: Path, mode: int) -> None:
    made = make_state_folder()
    made.chmod(mode)
    assert state_folder() is None
    assert make_state_folder() == places / f"temporary/schemactl-state-{os.geteuid()}"


@pytest.mark.skipif(os.geteuid() != 0, reason="not run: only root can give a folder away")
def test_another_users_home_is_left_alone(places: Path) -> None:
    os.chown(places / "home", 65534, 65534)
    assert make_state_folder().parent == places / "temporary"
    assert list((places / "home").iterdir()) == []


def test_where_no_place_will_do_that_is_an_error_with_its_way_out(places: Path) -> None:
    (places / "home/.local").write_text("a file")
    (places / f"temporary/schemactl-state-{os.geteuid()}").write_text("a file")
    with pytest.raises(ConfigError) as refused:
        make_state_folder()
    assert (refused.value.kind, "XDG_STATE_HOME" in (refused.value.do or "")) == ("state_folder", True)
