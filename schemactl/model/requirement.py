"""What a migration requires of another target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemactl.model.version import Version


@dataclass(frozen=True, slots=True, order=True)
class Requirement:
    """`requires=users_db@0003`: `target` must have `version` before this migration runs."""

    platform: str
    target: str
    version: Version

    def __str__(self) -> str:
        return f"{self.target}@{self.version}"
