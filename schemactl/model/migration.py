"""A migration as its file tells it. Reading the file is the project's work, cutting it into statements the script's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from schemactl.model.version import Version

Format = Literal["sql", "cypher", "json", "py"]


class MigrationFile(NamedTuple):
    """A migration file, read and hashed but not yet cut into statements.

    location  absolute path
    shown     the path as messages show it, relative to the project
    text      decoded, without byte order mark, newlines as LF
    checksum  docs/formats.md, "Checksums"
    """

    version: Version
    name: str
    format: Format
    location: str
    shown: str
    text: str
    checksum: str

    @property
    def path(self) -> Path:
        return Path(self.location)

    @property
    def label(self) -> str:
        return f"{self.version}_{self.name}"
