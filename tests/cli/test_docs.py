"""The pages say what the program does: every command and option, every exit code."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from schemactl import errors
from schemactl.cli.exit_codes import MEANINGS

DOCS = Path(__file__).parents[2] / "docs"
GROUP: Any = get_command(importlib.import_module("schemactl.cli.app").app)
TOP: dict[str, Any] = dict(sorted(GROUP.commands.items()))
COMMANDS: dict[str, Any] = TOP | {
    f"{name} {below}": command
    for name, group in TOP.items()
    for below, command in getattr(group, "commands", {}).items()
}


def options(command: Any) -> Iterator[Any]:
    return (one for one in command.params if one.param_type_name == "option" and not one.hidden)


def page(name: str) -> str:
    """The page of a command; of one that stands below another, its part of that one's."""
    name, _, below = name.partition(" ")
    first, *parts = (DOCS / "commands" / f"{name}.md").read_text("utf-8").split("\n## ")
    if name not in TOP or not hasattr(TOP[name], "commands"):
        return "\n## ".join((first, *parts))
    return next(part for part in parts if part.startswith(f"{below}\n")) if below else first


def tree() -> set[type[errors.SchemactlError]]:
    return {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.SchemactlError) and value is not errors.SchemactlError
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_help_and_stands_on_the_page_of_its_command(name: str) -> None:
    command, text = COMMANDS[name], page(name)
    assert [one.opts for one in options(command) if not one.help] == []
    missing = [spelling for one in options(command) for spelling in one.opts if f"`{spelling}" not in text]
    assert missing == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_names_the_exit_codes_that_the_help_names(name: str) -> None:
    codes = set(re.findall(r"^  (\d+) ", COMMANDS[name].help.partition("Exit codes:")[2], re.MULTILINE))
    (line,) = re.findall(r"^Exit codes: (.*)$", page(name), re.MULTILINE)
    assert set(re.findall(r"\d+", line.partition("(")[0])) == codes


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_examples_that_the_parser_takes(name: str) -> None:
    examples = re.findall(r"^  (schemactl .*)$", COMMANDS[name].help, re.MULTILINE)
    assert examples
    for example in examples:
        assert f" {name}" in example
        assert [word for word in re.findall(r"(--[a-z-]+)", example) if word not in known_words(name)] == []


def known_words(name: str) -> set[str]:
    both = [*options(COMMANDS[name]), *options(GROUP)]
    return {spelling for one in both for spelling in one.opts}


def test_every_option_before_the_command_stands_on_the_overview() -> None:
    text = page("README")
    assert [one.opts for one in options(GROUP) if not one.help] == []
    assert [spelling for one in options(GROUP) for spelling in one.opts if f"`{spelling}" not in text] == []
    assert [name for name in TOP if f"[{name}]({name}.md)" not in text] == []


def test_there_is_no_page_of_a_command_that_is_not_there() -> None:
    assert sorted(path.stem for path in (DOCS / "commands").glob("*.md")) == sorted([*TOP, "README"])


def test_the_table_of_exit_codes_equals_the_tree_of_errors() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*?) \| (.*?) \|$", (DOCS / "exit-codes.md").read_text("utf-8"), re.MULTILINE)
    classes = {int(code): name.strip("`") for code, name, _ in rows}
    own = {0: "", 1: "", 2: "", 3: "", 16: ""}
    assert classes == own | {error.code: error.__name__ for error in tree()}
    assert {int(code): meaning for code, _, meaning in rows} == MEANINGS


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in tree()]
    assert len(set(codes)) == len(codes)


def test_every_kind_of_the_page_is_one_that_the_program_says() -> None:
    rows = (DOCS / "exit-codes.md").read_text("utf-8").partition("## Kinds")[2]
    kinds = set(re.findall(r"`([a-z_]+)`", rows.partition("| 10 |")[2]))
    sources = "\n".join(path.read_text("utf-8") for path in Path(errors.__file__).parent.rglob("*.py"))
    assert len(kinds) > 30
    assert [kind for kind in sorted(kinds) if f'"{kind}"' not in sources] == []
