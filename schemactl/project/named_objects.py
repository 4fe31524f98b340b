"""Which objects a target's own files name, there or not: platform.toml's tables, and what JSON migrations make."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from schemactl.errors import ConfigError
from schemactl.project.migrations import FORMATS, migrations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.project.config import Project
    from schemactl.project.platform import Target
    from schemactl.script.statement import Statement

# Commands of MongoDB that leave a collection behind under the name that they begin with.
_MAKES: Final = frozenset({"create", "createIndexes", "insert", "update", "findAndModify"})


def named_objects(project: Project, target: Target) -> tuple[str, ...]:
    """Each once, in the files' order. What cannot be read is left to whoever runs the migrations to tell."""
    found = [*target.tables, *target.copies]
    if "json" not in FORMATS[target.engine]:
        return tuple(dict.fromkeys(found))
    from schemactl.project.scripts import script_of

    try:
        for file in migrations(project, target):
            if file.format == "json":
                for statement in script_of(file, target.engine).up.statements:
                    found += _made_by(statement)
    except ConfigError:
        pass
    return tuple(dict.fromkeys(found))


def _made_by(statement: Statement) -> Iterator[str]:
    name, *about = statement.words
    if name in _MAKES:
        yield from about
    elif name == "renameCollection":
        to = json.loads(statement.text).get("to")
        if isinstance(to, str):
            yield to
