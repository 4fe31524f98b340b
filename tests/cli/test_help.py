"""`--help` and `--version`: what a person reads, and what a program gets with `--json`."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from typer.main import get_command

import schemactl
from tests.cli.program import Program

GROUP: Any = get_command(importlib.import_module("schemactl.cli.app").app)
COMMANDS = sorted(GROUP.commands)


@pytest.mark.parametrize("words", [(), *((name,) for name in COMMANDS)], ids=lambda words: " ".join(words) or "program")
def test_help_is_plain_text(bare: Program, words: tuple[str, ...]) -> None:
    said = bare.run(*words, "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Usage: schemactl")
    assert [line for line in said.out.splitlines() if "\\" in line or "\b" in line or line != line.rstrip()] == []


@pytest.mark.parametrize("words", [(), *((name,) for name in COMMANDS)], ids=lambda words: " ".join(words) or "program")
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_with_json_is_in_the_result(bare: Program, words: tuple[str, ...], option: str) -> None:
    (result,) = bare.json(*words, option).events
    assert (result["event"], result["exit"], result["error"]) == ("result", 0, None)
    assert f"{result['data']['help']}\n" == bare.run(*words, option).out


def test_the_version_with_json_is_in_the_result(bare: Program) -> None:
    (result,) = bare.json("--version").events
    assert (result["exit"], result["data"]) == (0, {"version": schemactl.__version__})


@pytest.mark.parametrize("steps", ["0", "-1", "two", "1.5"])
def test_steps_that_are_no_number_from_1_are_refused(bare: Program, steps: str) -> None:
    said = bare.run("rollback", "users_db", f"--steps={steps}")
    assert said.code == 2
    assert f"`{steps}` is not a number from 1" in said.err
