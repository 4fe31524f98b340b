"""Completion: the script for each shell, where it is put, and what a shell is answered that asks."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.program import Program, command

# Where each shell looks, and a line that belongs there.
PLACES = {
    "bash": (".bash_completions/schemactl.sh", "complete -o default -F _schemactl_completion schemactl"),
    "zsh": (".zfunc/_schemactl", "#compdef schemactl"),
    "fish": (".config/fish/completions/schemactl.fish", "complete --command schemactl"),
}
QUESTIONS = {
    "bash": {"COMP_WORDS": "schemactl mig", "COMP_CWORD": "1"},
    "zsh": {"_TYPER_COMPLETE_ARGS": "schemactl mig"},
    "fish": {"_TYPER_COMPLETE_ARGS": "schemactl mig", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
}


@pytest.fixture
def home(bare: Program, tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir()
    bare.environ["HOME"] = str(path)
    return path


@pytest.mark.parametrize("shell", PLACES)
def test_the_script_of_the_shell_in_use_is_shown(bare: Program, home: Path, shell: str) -> None:
    said = bare.run("--show-completion", env={"SHELL": f"/usr/bin/{shell}"})
    assert (said.code, said.err) == (0, "")
    assert PLACES[shell][1] in said.out
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("shell", PLACES)
def test_the_script_is_installed_below_home_and_the_place_told(bare: Program, home: Path, shell: str) -> None:
    said = bare.run("--install-completion", env={"SHELL": f"/usr/bin/{shell}"})
    name, line = PLACES[shell]
    assert (said.code, said.err) == (0, "")
    assert said.out == f"completion for {shell} is installed in {home / name}; a new shell has it\n"
    assert line in (home / name).read_text()


@pytest.mark.parametrize("option", ["--show-completion", "--install-completion"])
def test_with_json_the_result_has_it_and_stands_alone(bare: Program, home: Path, option: str) -> None:
    said = bare.run("--json", option, env={"SHELL": "/bin/bash"})
    (result,) = said.events
    assert (said.code, result["exit"], result["error"], result["data"]["shell"]) == (0, 0, None, "bash")
    script = Path(result["data"]["path"]).read_text() if "path" in result["data"] else result["data"]["script"]
    assert PLACES["bash"][1] in script


@pytest.mark.parametrize("shell", ["", "/bin/tcsh"])
@pytest.mark.parametrize("option", ["--show-completion", "--install-completion"])
def test_a_shell_without_completion_is_refused_with_those_that_have_it(
    bare: Program, home: Path, option: str, shell: str
) -> None:
    said = bare.run(option, env={"SHELL": shell})
    assert (said.code, said.out) == (2, "")
    assert f"do: name one of bash, zsh, fish: `SHELL=bash schemactl {option}`" in said.err
    assert list(home.iterdir()) == []


def test_what_cannot_be_written_is_told(bare: Program, home: Path) -> None:
    (home / ".bash_completions").write_text("in the way")
    said = bare.run("--json", "--install-completion", env={"SHELL": "/bin/bash"})
    assert (said.code, said.result["error"]["kind"]) == (10, "completion")
    assert said.result["error"]["at"] == str(home / ".bash_completions")


@pytest.mark.parametrize("shell", QUESTIONS)
def test_a_shell_that_asks_is_answered(bare: Program, shell: str) -> None:
    said = bare.run(env={"_SCHEMACTL_COMPLETE": f"complete_{shell}", **QUESTIONS[shell]})
    assert (said.code, said.err) == (0, "")
    assert "migrate" in said.out
    assert "rollback" not in said.out


def test_bash_completes_a_command_with_what_was_installed(bare: Program, home: Path) -> None:
    bare.run("--install-completion", env={"SHELL": "/bin/bash"})
    (home / "bin").mkdir()
    program = home / "bin/schemactl"
    python = subprocess.list2cmdline(["exec", *command(())])
    program.write_text(f'#!/bin/sh\n{python} "$@"\n')
    program.chmod(0o755)
    asking = (
        f"PATH={home}/bin:$PATH; . {home}/.bashrc; COMP_WORDS=(schemactl roll); COMP_CWORD=1;"
        " _schemactl_completion schemactl; echo ${COMPREPLY[*]}"
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", asking], env=bare.env(), cwd=bare.root, capture_output=True, text=True, check=True
    )
    assert done.stdout == "rollback\n"
