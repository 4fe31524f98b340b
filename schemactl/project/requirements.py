"""What a migration requires of other targets: `requires=users_db@0003`, brought to targets and versions that exist.

Cuts files into scripts on demand; the order that follows from requirements is planned elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemactl.errors import ConfigError
from schemactl.model.migration import MigrationFile
from schemactl.model.requirement import Requirement
from schemactl.model.version import Version
from schemactl.project.migrations import file_names, folder_of
from schemactl.project.names import did_you_mean
from schemactl.project.platform import Platform, Target, load_platform

if TYPE_CHECKING:
    from schemactl.project.config import Project
    from schemactl.script.section import Script

_REQUIREMENT = re.compile(r"(?:([^/@\s]+)/)?([^/@\s]+)@([0-9]+)")


@dataclass(slots=True)
class Requirements:
    """Resolves requirements within one project; remembers the platforms and folders it has read."""

    project: Project
    _platforms: dict[str, Platform] = field(default_factory=dict)
    _versions: dict[tuple[str, str], frozenset[Version]] = field(default_factory=dict)

    def of(self, target: Target, file: MigrationFile, script: Script) -> tuple[Requirement, ...]:
        """What `file` of `target` requires, sorted, each once; empty where it requires nothing.

        raises  ConfigError with the directive's file and line where it cannot be read, names a target or version that
                is not there, or asks for the file itself or a later one
        """
        return tuple(sorted({self._one(target, file, text, line) for text, line in script.up.directives.requires}))

    def _one(self, target: Target, file: MigrationFile, text: str, line: int) -> Requirement:
        def wrong(what: str, do: str) -> ConfigError:
            return ConfigError(what, at=f"{file.shown}:{line}", do=do, kind="requirement", target=str(target))

        match = _REQUIREMENT.fullmatch(text.strip())
        if match is None:
            raise wrong(f"`requires={text}` is not target@version", "write requires=users_db@0003")
        owner, version = match[1] or target.platform, Version(match[3])
        if owner not in self.project.platforms:
            raise wrong(f"no platform `{owner}` in this project", did_you_mean(owner, self.project.platforms))
        platform = self._platform(owner)
        names = [known.name for known in platform.targets]
        if match[2] not in names:
            raise wrong(f"no target `{match[2]}` on platform {owner}", did_you_mean(match[2], names))
        required = platform.target(match[2])
        if version not in self._known(required):
            folder = self.project.shown(folder_of(self.project, required))
            raise wrong(f"{required} has no migration {version}", f"add it to {folder}, or correct the version")
        if str(required) == str(target) and version >= file.version:
            raise wrong(f"{file.label} requires itself or what comes after it", "remove the directive")
        return Requirement(owner, required.name, version)

    def _platform(self, name: str) -> Platform:
        if name not in self._platforms:
            self._platforms[name] = load_platform(self.project, name)
        return self._platforms[name]

    def _known(self, target: Target) -> frozenset[Version]:
        key = (target.platform, target.name)
        if key not in self._versions:
            self._versions[key] = frozenset(item[0] for item in file_names(self.project, target))
        return self._versions[key]
