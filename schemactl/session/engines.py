"""Opens engines for sites: address, masking of secrets, patience. Engines are asked for by name, and loaded on use."""

from __future__ import annotations

import os
import socket
from functools import cache
from typing import TYPE_CHECKING

import schemactl
from schemactl.contract.opening import Opening, Patience, Stop
from schemactl.engines import open_engine
from schemactl.errors import SchemactlError
from schemactl.project.config import SANDBOX
from schemactl.project.migrations import migrations
from schemactl.workflows.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.contract.engine import Engine
    from schemactl.model.migration import MigrationFile
    from schemactl.model.requirement import Requirement
    from schemactl.model.rights import Wanted
    from schemactl.project.address import Address
    from schemactl.project.config import Project
    from schemactl.project.platform import Target
    from schemactl.project.requirements import Requirements
    from schemactl.script.section import Script


@cache
def who() -> str:
    """`user@host` of whoever runs this; the numeric user where it has no name."""
    import getpass

    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def site_of(project: Project, target: Target, resolve: Callable[[Target], Address], stop: Stop) -> Site:
    """A target made ready for the workflows. Nothing is connected; the address is resolved when it is opened."""
    scripts: dict[str, Script] = {}

    def cut(file: MigrationFile) -> Script:
        if file.shown not in scripts:
            from schemactl.project.scripts import script_of

            scripts[file.shown] = script_of(file, target.engine)
        return scripts[file.shown]

    known: list[Requirements] = []

    def requirements(file: MigrationFile, script: Script) -> tuple[Requirement, ...]:
        if not script.up.directives.requires:
            return ()
        if not known:
            from schemactl.project.requirements import Requirements

            known.append(Requirements(project))
        return known[0].of(target, file, script)

    met = _Met(project, target, resolve, stop)
    return Site(
        platform=target.platform,
        name=target.name,
        engine=target.engine,
        files=migrations(project, target),
        cut=cut,
        requirements=requirements,
        open=met.open,
        applied_by=who,
        tool_version=schemactl.__version__,
        rights=met.rights,
    )


def _database_on_sandbox(project: Project, target: Target) -> str | None:
    """The name that the target's database has there."""
    from schemactl.sandbox.record import admin_of

    found = admin_of(project.root, str(target), target.engine)
    return (found[1] or None) if found else None


class _Met:
    """A target's address, looked up when it is opened, and what it then says of the target's rights."""

    def __init__(self, project: Project, target: Target, resolve: Callable[[Target], Address], stop: Stop) -> None:
        self._project = project
        self._target = target
        self._resolve = resolve
        self._stop = stop
        self._source = ""

    def open(self) -> Engine:
        address = self._resolve(self._target)
        # Kept for the rights: to look it up again may run a command.
        self._source = address.source
        return _open(self._project, self._target, address, self._stop)

    def rights(self) -> Wanted | None:
        from schemactl.project.roles import wanted

        on_sandbox = self._source == SANDBOX
        database = _database_on_sandbox(self._project, self._target) if on_sandbox else None
        return wanted(self._project, self._target, database=database)


def _open(project: Project, target: Target, address: Address, stop: Stop) -> Engine:
    defaults = project.defaults
    opening = Opening(
        url=address.url,
        shown=address.shown,
        target=str(target),
        patience=Patience(lock_timeout_ms=defaults.lock_timeout_ms, tries=defaults.tries),
        stop=stop,
        statement_timeout_ms=defaults.statement_timeout_ms,
        lease_s=defaults.lease_ms / 1000,
        rolling=target.rolling,
    )
    try:
        return open_engine(target.engine, opening)
    except SchemactlError as error:
        from schemactl.project.secrets import Masker, secrets_of

        masker = Masker(secrets_of(address.url))
        error.what = masker.hide(error.what)
        raise
