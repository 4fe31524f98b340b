"""The passwords of one target's roles: from their references, and from the file of those that were made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.errors import ConfigError
from schemactl.project.password_setting import PasswordSetting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from schemactl.model.rights import Wanted
    from schemactl.project.config import Project
    from schemactl.project.passwords import PasswordFile
    from schemactl.project.platform import Target


class RolePasswords:
    """`learn` is told of every password."""

    def __init__(
        self, project: Project, target: Target, wanted: Wanted, file: PasswordFile, learn: Callable[[str], None]
    ) -> None:
        self._project = project
        self._wanted = wanted
        self._file = file
        self._learn = learn
        own, shared = str(target), f"{target.platform} ({target.engine})"
        self._keys = {role.name: shared if role in wanted.shared else own for role in wanted.all}

    def known(self) -> Mapping[str, str]:
        """Role → password, as far as one is known. raises  ConfigError"""
        made = self._file.read()
        found = {}
        for role in self._wanted.all:
            if role.password:
                setting = PasswordSetting(role.password, role.at)
                found[role.name] = setting.value(self._project.root, self._project.environ)
            elif role.login and role.name in made.get(self._keys[role.name], {}):
                found[role.name] = made[self._keys[role.name]][role.name]
        return self._learned(found)

    def made(self, roles: Sequence[str]) -> Mapping[str, str]:
        """A new password for each of these roles; the file holds it before this returns. raises  ConfigError"""
        grouped: dict[str, list[str]] = {}
        for role in roles:
            grouped.setdefault(self._keys[role], []).append(role)
        found = self._file.make(grouped)
        return self._learned({role: word for words in found.values() for role, word in words.items()})

    def kept(self) -> str:
        """The path of the file where a password of one of these roles is in it, else ""."""
        try:
            made = self._file.read()
        except ConfigError:
            # Told already: nothing is known without it.
            return ""
        lacking = [role.name for role in self._wanted.all if role.login and not role.password]
        return str(self._file.path) if any(name in made.get(self._keys[name], {}) for name in lacking) else ""

    def _learned(self, passwords: dict[str, str]) -> Mapping[str, str]:
        for password in passwords.values():
            self._learn(password)
        return passwords
