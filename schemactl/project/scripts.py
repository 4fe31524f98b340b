"""From a migration file to its script: which reader fits its format. The reading itself is the script package's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.script import sections, syntax
from schemactl.script.section import Script, Section

if TYPE_CHECKING:
    from schemactl.model.migration import MigrationFile


def script_of(file: MigrationFile, engine: str) -> Script:
    """The sections of a file, cut into statements. A `.py` has sections without statements; its code is not run.

    raises  ConfigError with file and line where the text cannot be read
    """
    if file.format == "py":
        return _python(file)
    if file.format == "json":
        from schemactl.script import json_sections

        return json_sections.parse(file.text, shown=file.shown)
    return sections.parse(file.text, syntax.by_format(file.format, engine=engine), shown=file.shown)


def _python(file: MigrationFile) -> Script:
    from schemactl.script import python_file

    said = python_file.parse(file.text, shown=file.shown)
    up = Section(line=1, statements=(), directives=said.directives)
    # The file says it once for both ways, but for what only the way up can be.
    both = said.directives._replace(requires=(), irreversible=None)
    down = Section(line=1, statements=(), directives=both) if said.has_down else None
    return Script(description=said.description, up=up, down=down, up_hash=said.up_hash)
