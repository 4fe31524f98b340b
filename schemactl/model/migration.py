"""A migration as its file tells it. Reading the file is the project's work, cutting it into statements the script's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from schemactl.model.version import Version

Format = Literal["sql", "cypher", "json", "py"]


@dataclass(frozen=True, slots=True, order=True)
class Requirement:
    """`requires=users_db@0003`: `target` must have `version` before this migration runs."""

    platform: str
    target: str
    version: Version

    def __str__(self) -> str:
        return f"{self.target}@{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationFile:
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
