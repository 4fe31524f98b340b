"""A migration's text to its sections (docs/formats.md, "Migration text"). Pure; does not read the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from schemactl.errors import ConfigError
from schemactl.script import checksum, directives, split
from schemactl.script.directives import Mark
from schemactl.script.section import Directives, Script, Section

if TYPE_CHECKING:
    from schemactl.script.split import Part
    from schemactl.script.syntax import Syntax

_NOTHING_SAID: Final = Directives()
_COMMENT_EDGES: Final = re.compile(r"^(?:--+|//+|#!?|/\*+|\*(?!/))[ \t]*|[ \t]*\*+/$")


def _refuse(what: str, line: int, *, shown: str, do: str) -> ConfigError:
    return ConfigError(what, at=f"{shown}:{line}" if shown else f"line {line}", do=do, kind="section")


def _named(mark: Mark, syntax: Syntax, *, shown: str) -> str:
    name = mark.value.strip()
    if mark.keyword != "migrate" or name not in ("up", "down") or mark.value[0] != name[0]:
        raise _refuse(
            f"{mark.keyword}:{mark.value.rstrip()} is not a section",
            mark.line,
            shown=shown,
            do=f"write `{syntax.marker} migrate:up` or `{syntax.marker} migrate:down`, and nothing after it",
        )
    return name


def _grouped(parts: list[Part], syntax: Syntax, *, shown: str) -> dict[str, tuple[int, list[Part]]]:
    """Section name → (line of its marker, its parts), in the order of the text."""
    up, down = f"{syntax.marker} migrate:up", f"{syntax.marker} migrate:down"
    groups: dict[str, tuple[int, list[Part]]] = {}
    current: list[Part] | None = None
    for part in parts:
        if isinstance(part, Mark) and part.keyword.lower() == "migrate":
            name = _named(part, syntax, shown=shown)
            if name in groups:
                raise _refuse(f"migrate:{name} stands twice", part.line, shown=shown, do="keep one of them")
            if name == "down" and "up" not in groups:
                raise _refuse("migrate:down stands before migrate:up", part.line, shown=shown, do=f"begin with `{up}`")
            if name == "up" and "down" in groups:
                raise _refuse("migrate:up stands after migrate:down", part.line, shown=shown, do=f"put `{down}` last")
            current = []
            groups[name] = (part.line, current)
        elif current is None:
            what = "a directive" if isinstance(part, Mark) else "a statement"
            raise _refuse(f"{what} stands before migrate:up", part.line, shown=shown, do=f"put it below `{up}`")
        else:
            current.append(part)
    if "up" not in groups:
        raise _refuse("there is no migrate:up", 1, shown=shown, do=f"begin the file with `{up}`")
    return groups


def _section(name: str, line: int, parts: list[Part], *, shown: str) -> Section:
    marks: list[Mark] = []
    for part in parts:
        if not isinstance(part, Mark):
            break
        marks.append(part)
    if not marks:
        return Section(line=line, statements=directives.attach(parts, shown=shown), directives=_NOTHING_SAID)
    said = directives.of_section(marks, place="down" if name == "down" else "up", shown=shown)
    if len(marks) == len(parts):
        directives.unfollowed(marks, shown=shown)
    return Section(line=line, statements=directives.attach(parts[len(marks) :], shown=shown), directives=said)


def description_of(comment: str) -> str:
    """The first line of a comment that says something, without its marker; "" where none does."""
    for line in comment.splitlines():
        bare = _COMMENT_EDGES.sub("", line.strip()).strip()
        if bare:
            return bare
    return ""


def parse(text: str, syntax: Syntax, *, shown: str) -> Script:
    """The sections of a migration file, cut into statements.

    shown   the path as messages show it
    raises  ConfigError (10) with `path:line`; kinds `section`, `directive` and those of split.parts
    source  docs/formats.md, "Migration text"
    """
    parts, comment = split.parts(text.removeprefix("\ufeff"), syntax, shown=shown)
    groups = _grouped(parts, syntax, shown=shown)
    sections = {name: _section(name, line, inside, shown=shown) for name, (line, inside) in groups.items()}
    up, down = sections["up"], sections.get("down")
    if down and up.directives.irreversible is not None:
        raise ConfigError(
            "the migration is irreversible and has a migrate:down",
            at=f"{shown}:{down.line}",
            do="remove the directive, or the section",
            kind="directive",
        )
    return Script(description=description_of(comment), up=up, down=down, up_hash=checksum.up_hash(up.statements))
