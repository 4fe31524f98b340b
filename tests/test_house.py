"""The rules of the house that no linter knows: sizes, names, what the repository may hold, what the wheel contains."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FILE_LINES = 400
FUNCTION_LINES = 40
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "base", "manager", "misc", "common"}
SOURCES = sorted(path for part in ("schemactl", "tests") for path in (ROOT / part).rglob("*.py"))
BINARY = {".png", ".gif", ".svg", ".gz", ".dump"}


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parsed() -> Iterator[tuple[str, ast.Module]]:
    for path in SOURCES:
        yield shown(path), ast.parse(path.read_text(encoding="utf-8"))


def tracked() -> list[Path]:
    """The files that a clone would have; without git, as in a source archive, those that are here."""
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    return SOURCES


def test_no_file_is_longer_than_the_limit() -> None:
    sizes = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: size for name, size in sizes.items() if size > FILE_LINES} == {}


def test_no_function_is_longer_than_the_limit() -> None:
    long = {}
    for name, tree in parsed():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or 0) - node.lineno + 1
                if size > FUNCTION_LINES:
                    long[f"{name}:{node.lineno} {node.name}"] = size
    assert long == {}


def test_every_module_says_what_it_owns() -> None:
    # An empty __init__ owns nothing.
    assert [name for name, tree in parsed() if tree.body and not ast.get_docstring(tree)] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [shown(path) for path in SOURCES if {path.stem, path.parent.name} & EMPTY_NAMES] == []


def test_nothing_is_there_only_to_say_that_it_is_not() -> None:
    names = [
        f"{name}:{node.lineno}"
        for name, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "NotImplementedError"
    ]
    assert names == []


def test_constraints_are_exact_versions_and_nothing_else() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []


def test_no_tracked_file_names_a_place_on_one_machine() -> None:
    # Written in pieces, or this file would name them itself.
    places = re.compile("(?<![A-Za-z0-9_.~-])/(?:" + "|".join(("work", "root")) + ")/|" + "index" + "-url")
    found = [
        f"{shown(path)}:{number}"
        for path in tracked()
        if path.suffix not in BINARY
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if places.search(line)
    ]
    assert found == []


@pytest.mark.skipif(
    importlib.util.find_spec("schemactl.session") is None, reason="not run: the session layer is not written yet"
)
def test_imports_point_down() -> None:
    finished = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout


def commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in sorted(group.commands.items()):
        if not command.hidden:
            yield f"{prefix}{name}", command
            if hasattr(command, "commands"):
                yield from commands(command, f"{prefix}{name} ")


@pytest.fixture(scope="module")
def all_commands() -> dict[str, Any]:
    if importlib.util.find_spec("schemactl.cli.app") is None:
        pytest.skip("not run: the command line is not written yet")
    from typer.main import get_command

    return dict(commands(get_command(importlib.import_module("schemactl.cli.app").app)))


def test_every_command_has_help(all_commands: dict[str, Any]) -> None:
    assert all_commands
    assert [name for name, command in all_commands.items() if not (command.help or "").strip()] == []


def test_every_command_stands_in_the_documentation(all_commands: dict[str, Any]) -> None:
    pages = "\n".join(path.read_text(encoding="utf-8") for path in [*ROOT.glob("docs/**/*.md"), ROOT / "README.md"])
    words = {name: re.compile(rf"\bschemactl\b[^\n`]* {name}\b|`{name}\b") for name in all_commands}
    assert [name for name, word in words.items() if not word.search(pages)] == []


def test_the_wheel_works_in_an_empty_environment_and_carries_the_platforms(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", f"--wheel-dir={wheels}", str(ROOT)]
    subprocess.run([*pip, *build], check=True, cwd=tmp_path)
    venv.create(tmp_path / "empty", with_pip=False)
    python = tmp_path / "empty" / "bin" / "python"
    into = [f"--python={python}", "install", "--no-deps", "--no-index", *map(str, wheels.iterdir())]
    subprocess.run([*pip, *into], check=True, cwd=tmp_path)
    ask = (
        "import schemactl, pathlib; home = pathlib.Path(schemactl.__file__).parent;"
        "print(home);"
        "print(*sorted(p.relative_to(home / 'examples').as_posix() for p in home.glob('examples/*/*') if p.is_dir()));"
        "print((home / 'py.typed').exists())"
    )
    said = subprocess.run([python, "-I", "-c", ask], check=True, capture_output=True, text=True, cwd=tmp_path).stdout
    home, platforms, typed = said.splitlines()
    kept = {shown(path.parent) for path in ROOT.glob("schemas/*/platform.toml")}
    assert home.startswith(str(tmp_path))
    assert kept and kept <= set(platforms.split())
    assert typed == "True"
