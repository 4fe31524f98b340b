"""A script seed's text to its statements (docs/formats.md, "Seeds"): no sections, and directives of its own. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NoReturn

from schemactl.errors import ConfigError
from schemactl.script import directives, json_sections, python_file, split, syntax
from schemactl.script.directives import Mark
from schemactl.script.section import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENVIRONMENTS: Final = re.compile(r"\s*environments\s*=(.*)")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_NOT_HERE: Final = re.compile(r"\s*(requires|irreversible)\b")

Parsed = tuple[Section, tuple[str, ...]]


def parse(text: str, written: str, *, engine: str, shown: str) -> Parsed:
    """The statements of a script seed as a section, and the environments that it is meant for.

    written  `sql`, `cypher`, `json` or `py`; of a `.py` there are no statements, and its code is not run
    raises   ConfigError (10) with `path:line`; kinds as of a migration's
    """
    if written == "py":
        marks = python_file.seed_marks(text, shown=shown)
        return _section(marks, shown=shown)
    if written == "json":
        return _of_parts(json_sections.commands(text, shown=shown), shown=shown)
    found, _ = split.parts(text, syntax.by_format(written, engine=engine), shown=shown)
    for part in found:
        if isinstance(part, Mark) and part.keyword.lower() == "migrate":
            _refuse("a seed has no sections", part.line, shown=shown, do="take the marker out: a seed has no way back")
    return _of_parts(found, shown=shown)


def _of_parts(parts: Sequence[Any], *, shown: str) -> Parsed:
    marks = []
    for part in parts:
        if not isinstance(part, Mark):
            break
        marks.append(part)
    section, environments = _section(marks, shown=shown)
    if len(marks) == len(parts):
        _refuse("the seed has no statement", 1, shown=shown, do="write one, or remove the file", kind="empty_section")
    statements = directives.attach(parts[len(marks) :], shown=shown)
    return section._replace(statements=statements), environments


def _section(marks: Sequence[Mark], *, shown: str) -> Parsed:
    environments: tuple[str, ...] = ()
    others = []
    for mark in marks:
        said = _ENVIRONMENTS.fullmatch(mark.value)
        if said is None:
            if wrong := _NOT_HERE.match(mark.value):
                _refuse(f"{wrong[1]} is for migrations", mark.line, shown=shown, do="remove it", kind="directive")
            others.append(mark)
            continue
        if environments:
            _refuse("environments is given twice", mark.line, shown=shown, do="keep one of them", kind="directive")
        environments = tuple(name.strip() for name in said[1].split(","))
        if not all(_NAME.fullmatch(name) for name in environments):
            _refuse(
                "environments takes names of environments",
                mark.line,
                shown=shown,
                do="write `environments=dev, ci`",
                kind="directive",
            )
    told = directives.of_section(others, place="up", shown=shown)
    return Section(line=1, statements=(), directives=told), environments


def _refuse(what: str, line: int, *, shown: str, do: str, kind: str = "section") -> NoReturn:
    raise ConfigError(what, at=f"{shown}:{line}", do=do, kind=kind)
