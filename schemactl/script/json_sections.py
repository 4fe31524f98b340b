"""A `.json` migration's text to its sections (docs/formats.md, "Migration text"). Pure; knows no driver and no command.

`{"up": [command, …], "down": […], "schemactl": {…}}`. An element `{"schemactl": {…}}` of a list holds the directives of
the command behind it, as a comment above a statement does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schemactl.errors import ConfigError
from schemactl.script import checksum, directives
from schemactl.script.directives import Mark
from schemactl.script.json_text import Member, Text, Value
from schemactl.script.section import Directives, Script, Section
from schemactl.script.statement import Statement

if TYPE_CHECKING:
    from collections.abc import Sequence

OURS: Final = "schemactl"
_UP_ALONE: Final = frozenset({"requires", "irreversible"})
_RUN: Final = re.compile(r"\s+")


class _Said(NamedTuple):
    marks: tuple[Mark, ...] = ()
    description: str = ""


def parse(text: str, *, shown: str) -> Script:
    """The sections of a `.json` migration, each command a statement.

    shown   the path as messages show it
    raises  ConfigError (10) with `path:line`; kinds `json`, `section`, `directive`
    source  docs/formats.md, "Migration text"
    """
    source = Text(text.removeprefix("\ufeff"), shown=shown)
    members = {member.key: member for member in source.only_object()}
    for member in members.values():
        if member.key not in ("up", "down", OURS):
            source.refuse(
                f'there is no "{member.key}" in a migration',
                member.at,
                do=f'known are "up", "down" and "{OURS}"',
                kind="section",
            )
    if "up" not in members:
        source.refuse('there is no "up"', 0, do='write `"up": [command, …]`', kind="section")
    said = _said(source, members[OURS].value) if OURS in members else _Said()
    up = _section(source, members["up"], said.marks, shown=shown)
    down = _section(source, members["down"], said.marks, shown=shown) if "down" in members else None
    if down and up.directives.irreversible is not None:
        raise ConfigError(
            'the migration is irreversible and has a "down"',
            at=f"{shown}:{down.line}",
            do="remove the directive, or the section",
            kind="directive",
        )
    return Script(description=said.description, up=up, down=down, up_hash=checksum.up_hash(up.statements))


def commands(text: str, *, shown: str) -> list[Statement | Mark]:
    """The commands of a `.json` seed, which is a list of them, and the directives between them, in order.

    raises  ConfigError (10) as `parse`
    """
    source = Text(text.removeprefix("\ufeff"), shown=shown)
    found: list[Statement | Mark] = []
    for element in source.only_list():
        found += _parts(source, element)
    return found


def _section(source: Text, member: Member, marks: Sequence[Mark], *, shown: str) -> Section:
    if not isinstance(member.value.value, list):
        source.refuse(f'"{member.key}" is not a list', member.at, do="write a list of commands", kind="section")
    place: Any = member.key
    fitting = [mark for mark in marks if place == "up" or re.split("[=:]", mark.value)[0].strip() not in _UP_ALONE]
    parts: list[Statement | Mark] = []
    for element in source.elements(member.value.start):
        parts += _parts(source, element)
    said = directives.of_section(fitting, place=place, shown=shown) if fitting else Directives()
    return Section(line=source.line(member.at), statements=directives.attach(parts, shown=shown), directives=said)


def _parts(source: Text, element: Value) -> Sequence[Statement | Mark]:
    command = element.value
    if not isinstance(command, dict) or not command:
        source.refuse(
            "a command is an object with its name first",
            element.start,
            do='write `{"createIndexes": "users", …}`',
            kind="section",
        )
    name = next(iter(command))
    if name == OURS:
        if len(command) > 1:
            source.refuse(
                f'"{OURS}" stands in a command',
                element.start,
                do="give it an object of its own, in front of the command",
                kind="directive",
            )
        return _said(source, source.members(element.start)[0].value).marks
    about = command[name]
    return [
        Statement(
            text=source.text[element.start : element.end],
            line=source.line(element.start),
            normal=source.normal(element),
            words=(name, about) if isinstance(about, str) else (name,),
        )
    ]


def _said(source: Text, value: Value) -> _Said:
    """What a `schemactl` object says: its directives, in the form that comments have, and its description."""
    if not isinstance(value.value, dict):
        source.refuse(f'"{OURS}" is not an object', value.start, do='write `{"transaction": "none"}`', kind="directive")
    marks: list[Mark] = []
    description = ""
    for member in source.members(value.start):
        if member.key == "description":
            if not isinstance(member.value.value, str):
                source.refuse("description takes a text", member.at, do="write it in double quotes", kind="directive")
            description = _one_line(member.value.value)
        else:
            line = source.line(member.at)
            marks += [Mark(OURS, text, line) for text in _texts(source, member)]
    return _Said(tuple(marks), description)


def _texts(source: Text, member: Member) -> list[str]:
    """One directive as text: `key=value`, `key` or `key: text`; `ignore` gives one for each of its rules."""
    key, value = member.key, member.value.value
    if key == "idempotent" and value is True:
        return [key]
    if key == "irreversible" and isinstance(value, str):
        return [f"{key}: {_one_line(value)}"]
    if (
        key in ("requires", "environments")
        and isinstance(value, list)
        and value
        and all(isinstance(one, str) for one in value)
    ):
        return [f"{key}={', '.join(map(_one_line, value))}"]
    if key == "ignore" and isinstance(value, dict) and value and all(isinstance(why, str) for why in value.values()):
        return [f"{key}={_one_line(rule)}: {_one_line(why)}" for rule, why in value.items()]
    if isinstance(value, str) and key not in ("idempotent", "ignore"):
        return [f"{_one_line(key)}={_one_line(value)}"]
    return source.refuse(f"{key} takes {_FORMS.get(key, 'a text')}", member.at, do=_do(key), kind="directive")


_FORMS: Final = {
    "idempotent": "`true`",
    "irreversible": "a reason in double quotes",
    "requires": "a migration, or a list of them",
    "ignore": "an object of lint rules with their reasons",
}
_WRITE: Final = {
    "idempotent": '"idempotent": true',
    "irreversible": '"irreversible": "why there is no way back"',
    "requires": '"requires": ["users_db@0003"]',
    "ignore": '"ignore": {"<rule>": "why it is safe here"}',
    "transaction": '"transaction": "none"',
}


def _do(key: str) -> str:
    return f"write `{_WRITE.get(key, f'{chr(34)}{key}{chr(34)}: {chr(34)}5s{chr(34)}')}`"


def _one_line(text: str) -> str:
    return _RUN.sub(" ", text).strip()
