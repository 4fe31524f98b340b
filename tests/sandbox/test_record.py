"""The record of a sandbox is changed by one at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schemactl.sandbox import record


def test_never_two_are_within_though_each_removes_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    within: list[int] = []
    most: list[int] = []

    def enter(number: int) -> None:
        for _ in range(100):
            with record.alone(tmp_path):
                within.append(number)
                most.append(len(within))
                within.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(8)))
    assert (len(most), max(most)) == (800, 1)
