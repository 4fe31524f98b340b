"""What a test run says of a server that is not there, and what it keeps away of the developer's environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ABSENT = """
import pytest
from tests.fixtures.postgres import server_of

@pytest.fixture(scope="session")
def postgres9():
    yield from server_of(9)

def test_on_nine(postgres9):
    raise AssertionError("there is no such server")
"""
ENVIRONMENT = """
import os

def test_environment():
    assert not [name for name in os.environ if name.startswith("SCHEMACTL_URL__")]
"""


def run_inner(folder: Path, text: str, *options: str, **environment: str) -> tuple[int, str]:
    """Run a test module of its own under this suite's conftest; returns pytest's exit code and what it printed."""
    module = folder / "test_inner.py"
    module.write_text(text)
    without = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "SCHEMACTL_"))}
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-c"]
    finished = subprocess.run(
        [*command, str(ROOT / "pyproject.toml"), f"--rootdir={folder}", *options, str(module)],
        cwd=ROOT,
        env=without | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return finished.returncode, finished.stdout


@pytest.mark.parametrize(
    "options", [pytest.param([], marks=pytest.mark.soak), ["-n", "1"]], ids=["one process", "a worker"]
)
def test_an_absent_server_is_told_as_not_run_with_the_way_to_get_it(tmp_path: Path, options: list[str]) -> None:
    code, said = run_inner(tmp_path, ABSENT, *options)
    assert code == 0
    assert "1 skipped" in said
    assert "\nnot run: PostgreSQL 9: " in said
    assert "unpack_postgres.sh 9" in said


def test_an_absent_server_fails_where_it_is_required(tmp_path: Path) -> None:
    code, said = run_inner(tmp_path, ABSENT, SCHEMACTL_REQUIRE="clickhouse, postgres")
    assert code == 1
    assert "SCHEMACTL_REQUIRE names postgres" in said


def test_an_absent_server_of_an_engine_that_is_not_required_does_not_fail(tmp_path: Path) -> None:
    code, _ = run_inner(tmp_path, ABSENT, SCHEMACTL_REQUIRE="clickhouse")
    assert code == 0


def test_where_a_developers_targets_live_does_not_reach_the_tests(tmp_path: Path) -> None:
    code, said = run_inner(tmp_path, ENVIRONMENT, SCHEMACTL_URL__SHOP__USERS="postgresql://127.0.0.1/precious")
    assert (code, "1 passed" in said) == (0, True)
