"""A target as a workflow meets it: its files, and a way to its engine. The session makes these."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from schemactl.model.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from schemactl.contract.engine import Engine
    from schemactl.model.migration import MigrationFile
    from schemactl.model.requirement import Requirement
    from schemactl.model.rights import Wanted
    from schemactl.script.section import Script


def _no_rights() -> None:
    """There is no roles.toml."""


class Site(NamedTuple):
    """One target of one platform.

    files         ascending by version
    cut           a file's script; parsed when asked for
    requirements  what a file requires of other targets
    open          connects; each call is a new engine, closed by whoever asked
    applied_by    who is running this, when it is asked for
    rights        what roles.toml wants of it, None where there is none; read when asked for
    """

    platform: str
    name: str
    engine: str
    files: tuple[MigrationFile, ...]
    cut: Callable[[MigrationFile], Script]
    requirements: Callable[[MigrationFile, Script], tuple[Requirement, ...]]
    open: Callable[[], Engine]
    applied_by: Callable[[], str]
    tool_version: str
    rights: Callable[[], Wanted | None] = _no_rights

    @property
    def target(self) -> str:
        return f"{self.platform}/{self.name}"

    @contextmanager
    def opened(self) -> Iterator[Engine]:
        engine = self.open()
        try:
            yield engine
        finally:
            engine.close()

    def entry(self, file: MigrationFile, script: Script, *, unlocked: bool = False) -> Entry:
        """The entry that `file` is to leave."""
        return Entry(
            service_name=self.name,
            version=file.version,
            name=file.name,
            description=script.description,
            checksum=file.checksum,
            up_hash=script.up_hash,
            applied_by=self.applied_by(),
            tool_version=self.tool_version,
            unlocked=unlocked,
        )
