"""A runner's words about itself: short enough for every server, and what it does can be read from them."""

from __future__ import annotations

import os
import socket

import pytest

from schemactl.running.owner import application, doing, done_by, this_runner


def test_what_it_does_is_told_whatever_the_host_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "h" * 63)
    with doing("rollback"):
        assert len(this_runner().encode()) <= 80
        assert this_runner().endswith(f", process {os.getpid()}, rollback")
        assert done_by(this_runner()) == "rollback"
    assert done_by(this_runner()) == ""


def test_a_target_is_not_taken_for_what_is_done() -> None:
    assert done_by(f"backend 1 ({application('migrate/rollback')}, user u)") == ""
    with doing("recover"):
        assert done_by(f"backend 1 ({application('migrate/rollback')}, user u)") == "recover"
