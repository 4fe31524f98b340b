"""The platforms that come with schemactl: in a wheel as package data, in a checkout as the repository's own folders."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schemactl.errors import ConfigError
from schemactl.project.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDERS = ("schemas", "migrations", "seeds")


@dataclass(frozen=True, slots=True)
class Shipped:
    """`root`: the folder that has their schemas/, migrations/ and seeds/; None where nothing is shipped."""

    root: Path | None

    @classmethod
    def find(cls, package: Path | None = None) -> Shipped:
        """Where the shipped platforms are. `package`: the folder of the package, None for the one that is running."""
        package = package or Path(__file__).parents[1]
        if (package / "examples" / "schemas").is_dir():
            return cls(package / "examples")
        # A checkout: the package stands beside pyproject.toml.
        if (package.parent / "pyproject.toml").is_file() and (package.parent / "schemas").is_dir():
            return cls(package.parent)
        return cls(None)

    @property
    def platforms(self) -> tuple[str, ...]:
        if self.root is None:
            return ()
        return tuple(sorted(path.parent.name for path in (self.root / "schemas").glob("*/platform.toml")))

    def files(self, platform: str) -> list[tuple[str, Path]]:
        """Every file of a platform: its name relative to a project (`/` between parts) and where it stands; sorted.

        raises  ConfigError where no such platform is shipped
        """
        if self.root is None or platform not in self.platforms:
            raise ConfigError(
                f"no shipped platform `{platform}`",
                do=did_you_mean(platform, self.platforms) or "this installation has none",
                kind="unknown_platform",
            )
        return sorted(
            (path.relative_to(self.root).as_posix(), path)
            for folder in FOLDERS
            for path in _walk(self.root / folder / platform)
        )


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            yield Path(place) / name
