"""A platform whose targets are fake servers and whose files are text in memory, met as the session hands them over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from schemactl.contract.engine import Engine
from schemactl.contract.opening import Stop
from schemactl.events import Listener, ignore
from schemactl.model.migration import MigrationFile
from schemactl.model.requirement import Requirement
from schemactl.model.version import Version
from schemactl.running.owner import this_runner
from schemactl.script import sections, syntax
from schemactl.script.checksum import checksum
from schemactl.script.section import Script
from schemactl.workflows import migrate
from schemactl.workflows.execute import RunResult
from schemactl.workflows.planned import RunPlan
from schemactl.workflows.site import Site
from tests.contract.fake import Server, open_fake

NAME = "town"


def text(up: Sequence[str], down: Sequence[str] | None, said: Sequence[str]) -> str:
    lines = ["-- migrate:up", *(f"-- schemactl: {one}" for one in said), *(f"{one};" for one in up)]
    if down is not None:
        lines += ["-- migrate:down", *(f"{one};" for one in down)]
    return "\n".join(lines) + "\n"


def file_of(target: str, version: str, body: str, name: str = "step") -> MigrationFile:
    shown = f"migrations/{NAME}/{target}/{version}_{name}.sql"
    return MigrationFile(
        version=Version(version),
        name=name,
        format="sql",
        location=f"/nowhere/{shown}",
        shown=shown,
        text=body,
        checksum=checksum(body.encode()),
    )


def cut(file: MigrationFile) -> Script:
    return sections.parse(file.text, syntax.POSTGRES, shown=file.shown)


def required(file: MigrationFile, script: Script) -> tuple[Requirement, ...]:
    found = []
    for written, _ in script.up.directives.requires:
        target, _, version = written.partition("@")
        found.append(Requirement(NAME, target, Version(version)))
    return tuple(found)


@dataclass(slots=True)
class Platform:
    """Targets in the order in which they were first named. `locks` False: their engines have no lock.

    instead  what their engines have in the place of the fake's own, by the field's name
    """

    locks: bool = True
    stop: Stop = field(default_factory=Stop)
    servers: dict[str, Server] = field(default_factory=dict)
    files: dict[str, dict[Version, MigrationFile]] = field(default_factory=dict)
    unreachable: dict[str, Exception] = field(default_factory=dict)
    instead: dict[str, Any] = field(default_factory=dict)

    def target(self, target: str) -> Server:
        self.files.setdefault(target, {})
        return self.servers.setdefault(target, Server(target))

    def add(
        self,
        target: str,
        version: str,
        *up: str,
        down: Sequence[str] | None = None,
        requires: Sequence[str] = (),
        said: Sequence[str] = (),
    ) -> MigrationFile:
        """Write a file, anew where there is one. Without `up` it makes `t<version>`, and its way back drops that."""
        self.target(target)
        number = int(version)
        if not up:
            up, down = (f"create t{number}",), down if down is not None else (f"drop t{number}",)
        body = text(up, down, [*(f"requires={one}" for one in requires), *said])
        file = file_of(target, version, body)
        self.files[target][file.version] = file
        return file

    def write(self, target: str, version: str, body: str) -> MigrationFile:
        file = file_of(target, version, body)
        self.files[target][file.version] = file
        return file

    def remove(self, target: str, version: str) -> None:
        del self.files[target][Version(version)]

    def site(self, target: str, *, platform: str = NAME) -> Site:
        files = self.files[target]
        return Site(
            platform=platform,
            name=target,
            engine="fake",
            files=tuple(files[version] for version in sorted(files)),
            cut=cut,
            requirements=required,
            open=lambda: self.engine(target),
            applied_by=lambda: "somebody@somewhere",
            tool_version="0.0.0",
        )

    def sites(self, *targets: str) -> tuple[Site, ...]:
        return tuple(self.site(target) for target in targets or self.servers)

    def engine(self, target: str) -> Engine:
        if target in self.unreachable:
            raise self.unreachable[target]
        made = open_fake(
            self.servers[target], f"{NAME}/{target}", stop=self.stop, runner=this_runner(), locks=self.locks
        )
        return made._replace(**self.instead)

    def elsewhere(self, platform: str, target: str) -> Site:
        return self.site(target, platform=platform)

    def plan(self, *targets: str, to: str | None = None, allow: Sequence[str] = (), unlocked: bool = False) -> RunPlan:
        return migrate.plan(
            self.sites(*targets),
            elsewhere=self.elsewhere,
            to=Version(to) if to else None,
            allow=frozenset(map(Version, allow)),
            unlocked=unlocked,
        )

    def migrate(self, *targets: str, emit: Listener = ignore, to: str | None = None) -> RunResult:
        return migrate.run(self.plan(*targets, to=to), emit=emit)

    def migrated(self, *targets: str) -> None:
        result = self.migrate(*targets)
        assert result.error is None, result.error

    def applied(self, target: str) -> list[str]:
        """Versions with an entry, as written, ascending."""
        records = self.servers[target].state.records
        return [records.entries[number].version.text for number in sorted(records.entries)] if records else []

    def forget(self, target: str, version: str) -> None:
        """Take an entry away under whoever holds the lock, as another runner's rollback does."""
        records = self.servers[target].state.records
        assert records is not None
        del records.entries[int(version)]

    def state(self, target: str, version: str) -> str:
        records = self.servers[target].state.records
        assert records is not None
        return records.entries[int(version)].state

    def has(self, target: str, name: str) -> bool:
        return name in self.servers[target].state.things
