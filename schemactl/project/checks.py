"""The integrity checks of a target: schemas/<platform>/checks/<target>/*, one query a file."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from schemactl.contract.checking import Check
from schemactl.errors import ConfigError
from schemactl.script import sections, split, syntax
from schemactl.script.checksum import text_of
from schemactl.script.statement import Statement

if TYPE_CHECKING:
    from pathlib import Path

    from schemactl.project.config import Project
    from schemactl.project.platform import Target

FORMATS = {"postgres": "sql", "clickhouse": "sql", "mongodb": "json", "neo4j": "cypher"}
_FILE = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]*)\.([A-Za-z0-9]+)")


def checks(project: Project, target: Target) -> tuple[Check, ...]:
    """The checks of a target in the order of their names; empty where there is no folder.

    raises  ConfigError for a file that does not fit, or that holds no query, or several
    """
    folder = project.root / "schemas" / target.platform / "checks" / target.name
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.name[0] not in "._" and not entry.is_dir())
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _unreadable(error, project.shown(folder), target) from error
    return tuple(_check(folder / name, project.shown(folder / name), target) for name in names)


def _check(path: Path, shown: str, target: Target) -> Check:
    match = _FILE.fullmatch(path.name)
    wanted = FORMATS[target.engine]
    if match is None or match[2] != wanted:
        raise ConfigError(
            f"`{path.name}` is not the name of a check of a {target.engine} target",
            at=shown,
            do=f"name it words_of_it.{wanted}; a name that begins with `_` or `.` is passed over",
            kind="wrong_name" if match is None else "wrong_format",
            target=str(target),
        )
    try:
        text = text_of(path.read_bytes(), shown=shown)
    except OSError as error:
        raise _unreadable(error, shown, target) from error
    statements, description = _json(text) if wanted == "json" else _cut(text, target.engine, wanted, shown)
    if len(statements) != 1:
        raise ConfigError(
            "the file holds no query" if not statements else f"the file holds {len(statements)} statements, not one",
            at=f"{shown}:{statements[1].line if statements else 1}",
            do="write one query that returns the rows that should not be there; one file for each",
            kind="check",
            target=str(target),
        )
    return Check(name=match[1], description=description, statement=statements[0], shown=shown)


def _cut(text: str, engine: str, written: str, shown: str) -> tuple[tuple[Statement, ...], str]:
    known = syntax.by_format("cypher" if written == "cypher" else "sql", engine=engine)
    _, comment = split.parts(text, known, shown=shown, sections=False)
    return split.statements(text, known, shown=shown), sections.description_of(comment)


def _json(text: str) -> tuple[tuple[Statement, ...], str]:
    bare = text.strip()
    if not bare:
        return (), ""
    line = 1 + text[: text.index(bare[0])].count("\n")
    return (Statement(text=bare, line=line, normal=bare, words=()),), ""


def _unreadable(error: OSError, shown: str, target: Target) -> ConfigError:
    return ConfigError(f"cannot be read: {error.strerror}", at=shown, kind="unreadable", target=str(target))
