"""A platform of a project, open for work: each method is what the command of the same name does.

A workflow is imported by the method that is it: a command pays for what it does alone.

import schemactl
with_dashboard = schemactl.open("path/to/project", platform="dashboard")
plan = with_dashboard.plan()
result = with_dashboard.migrate(plan, emit=print)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from schemactl.errors import ConfigError, SchemactlError
from schemactl.project.platform import Target
from schemactl.project.secrets import secrets_of
from schemactl.session.places import Places

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from schemactl.events import Listener
    from schemactl.model.catalog import Catalog
    from schemactl.model.entry import Entry
    from schemactl.model.version import Version
    from schemactl.session.capability import Capability
    from schemactl.workflows.check import TargetChecked
    from schemactl.workflows.execute import RunResult
    from schemactl.workflows.planned import RunPlan
    from schemactl.workflows.planned_seeds import SeedsPlan
    from schemactl.workflows.provision import Provisioned, ProvisionPlan
    from schemactl.workflows.recover import Mark, Unfinished
    from schemactl.workflows.rollback import Reach
    from schemactl.workflows.seed import SeedsResult
    from schemactl.workflows.snapshot import Snapshots
    from schemactl.workflows.status import Status
    from schemactl.workflows.verify import Verified


class Workspace(Places):
    """One platform of one project. Nothing is connected until a method asks; nothing stays connected after it."""

    def plan(
        self,
        names: Sequence[str] = (),
        *,
        to: Version | None = None,
        allow: Collection[Version] = (),
        unlocked: bool = False,
        locks: bool = True,
    ) -> RunPlan:
        """What `migrate` would apply, statement by statement; `locks`: with the lock that each takes."""
        _one_for(to, self.targets(names))
        from schemactl.workflows import migrate

        return migrate.plan(
            self.sites(names),
            elsewhere=self._site_elsewhere,
            to=to,
            allow=allow,
            unlocked=unlocked,
            locks=locks,
            workers=self.workers,
        )

    def migrate(
        self,
        plan: RunPlan,
        *,
        emit: Listener | None = None,
        wait_s: float = 0.0,
        allow: Collection[Version] = (),
        unlocked: bool = False,
    ) -> RunResult:
        """Apply a plan of `plan`; `allow` and `unlocked` as they were there."""
        from schemactl.workflows import migrate

        return migrate.run(
            plan,
            emit=_listener(emit),
            wait_s=wait_s,
            allow=allow,
            unlocked=unlocked,
            workers=self.workers,
            stop=self.stop,
        )

    def plan_rollback(self, names: Sequence[str], reach: Reach, *, cascade: bool = False) -> RunPlan:
        """What `rollback` would undo."""
        if reach.to is not None and reach.to.number:
            _one_for(reach.to, self.targets(names))
        from schemactl.workflows import rollback

        around = (*self.sites(), *self._dependent_sites())
        return rollback.plan(self.sites(names), around, reach, cascade=cascade, workers=self.workers)

    def rollback(
        self, plan: RunPlan, *, emit: Listener | None = None, wait_s: float = 0.0, unlocked: bool = False
    ) -> RunResult:
        """Undo a plan of `plan_rollback`."""
        from schemactl.workflows import rollback

        return rollback.run(
            plan,
            emit=_listener(emit),
            wait_s=wait_s,
            unlocked=unlocked,
            workers=self.workers,
            stop=self.stop,
        )

    def plan_seeds(self, names: Sequence[str] = (), *, again: bool = False) -> SeedsPlan:
        """What `seed` would apply, row by row; `again`: scripts that have run, too."""
        from schemactl.workflows import seed

        sites = [self._seed_site(target) for target in self.targets(names)]
        return seed.plan(sites, again=again, workers=self.workers)

    def seed(
        self,
        plan: SeedsPlan,
        *,
        emit: Listener | None = None,
        wait_s: float = 0.0,
        again: bool = False,
        unlocked: bool = False,
    ) -> SeedsResult:
        """Apply a plan of `plan_seeds`; `again` as it was there."""
        from schemactl.workflows import seed

        return seed.run(
            plan,
            emit=_listener(emit),
            wait_s=wait_s,
            again=again,
            unlocked=unlocked,
            workers=self.workers,
            stop=self.stop,
        )

    def plan_snapshots(self, names: Sequence[str] = (), *, files: bool = True) -> Snapshots:
        """What `snapshot` would write: what each target holds, with `files` beside the file that is there."""
        from schemactl.session.snapshots import snapshot_site
        from schemactl.workflows import snapshot

        sites = [snapshot_site(self.project, target, self.site(target)) for target in self.targets(names)]
        return snapshot.plan(sites, workers=self.workers, files=files)

    def snapshot(self, plan: Snapshots) -> Snapshots:
        """Write the files of a plan of `plan_snapshots` that differ."""
        from schemactl.workflows import snapshot

        return snapshot.run(plan)

    def status(self, names: Sequence[str] = ()) -> Status:
        """Where each target stands."""
        from schemactl.workflows import status

        return status.read(self.sites(names), workers=self.workers)

    def unfinished(self, name: str) -> tuple[Unfinished, ...]:
        """What a crash left in one target, statement by statement; reads only."""
        from schemactl.workflows import recover

        return recover.look(self.site(self.platform.target(name)))

    def unfinished_in(self, names: Sequence[str] = ()) -> dict[str, tuple[Unfinished, ...] | SchemactlError]:
        """The same for several targets, all of the platform where none is named; an error where one cannot be read."""
        from schemactl.workflows import recover

        sites = self.sites(names)
        return dict(zip((site.target for site in sites), recover.look_at(sites, workers=self.workers), strict=True))

    def recover(
        self,
        names: Sequence[str] = (),
        *,
        mark: Mark | None = None,
        undo: bool = False,
        wait_s: float = 0.0,
        unlocked: bool = False,
        emit: Listener | None = None,
    ) -> RunResult:
        """Finish what a crash left, or with `undo` give up what never took effect."""
        sites = self.sites(names)
        from schemactl.workflows import recover

        return recover.run(
            sites,
            mark=mark,
            undo=undo,
            wait_s=wait_s,
            unlocked=unlocked,
            emit=_listener(emit),
            workers=self.workers,
            stop=self.stop,
        )

    def accept(
        self,
        name: str,
        version: Version,
        why: str,
        *,
        wait_s: float = 0.0,
        unlocked: bool = False,
        emit: Listener | None = None,
    ) -> Entry:
        """Record an applied migration's file as it is now."""
        from schemactl.workflows import recover

        site = self.site(self.platform.target(name))
        return recover.accept(site, version, why, wait_s=wait_s, unlocked=unlocked, emit=_listener(emit))

    def check(self, names: Sequence[str] = ()) -> tuple[TargetChecked, ...]:
        """Run the project's own integrity checks. raises  ConfigError for a file that is none"""
        from schemactl.project.checks import checks
        from schemactl.workflows import check

        asked = [(self.site(target), checks(self.project, target)) for target in self.targets(names)]
        return check.run(asked, workers=self.workers)

    def verify(self, names: Sequence[str] = (), *, deep: bool = False, emit: Listener | None = None) -> Verified:
        """What is wrong within each target; reads only. `deep`: also what reads rows or files at length."""
        from schemactl.session.verifying import verify_site
        from schemactl.workflows import verify

        sites = [verify_site(self.project, target, self.site(target)) for target in self.targets(names)]
        plan = verify.plan(sites, deep=deep)
        return verify.run(plan, emit=_listener(emit), stop=self.stop, workers=self.workers)

    def plan_provision(
        self, names: Sequence[str] = (), *, admin_urls: Mapping[str, str] | None = None, passwords: Path | None = None
    ) -> ProvisionPlan:
        """What `provision` would make of the servers of some targets, by what roles.toml says.

        admin_urls  a target or an engine → the address of the administrator of its server
        passwords   the file of passwords that were made; None: in the state folder
        """
        from schemactl.session.provisioning import Provisioning
        from schemactl.workflows import provision

        found = Provisioning(
            self.project,
            self.platform,
            environment=self._environment,
            admin_urls=admin_urls or {},
            allow_password_in_argv=self._allow_password,
            passwords=passwords,
            stop=self.stop,
            learn=self._secrets.add,
            learn_url=lambda url: self._secrets.update(secrets_of(url)),
        )
        return provision.plan(found.sites(self.targets(names)), workers=self.workers)

    def provision(self, plan: ProvisionPlan, *, emit: Listener | None = None, wait_s: float = 0.0) -> Provisioned:
        """Act on a plan of `plan_provision`."""
        from schemactl.workflows import provision

        return provision.run(plan, emit=_listener(emit), wait_s=wait_s, stop=self.stop, workers=self.workers)

    def capabilities(self, name: str) -> tuple[Capability, ...]:
        """What the engine of one target can do on the server that it lives on."""
        from schemactl.session.capability import capabilities_of

        with self.site(self.platform.target(name)).opened() as engine:
            return capabilities_of(engine)

    def catalog(self, name: str) -> Catalog:
        """The whole catalogue of one target."""
        with self.site(self.platform.target(name)).opened() as engine:
            return engine.catalog.read()


def _one_for(to: Version | None, targets: Sequence[Target]) -> None:
    if to is not None and len(targets) != 1:
        raise ConfigError(
            f"version {to} means something else in each target",
            do="name one target, or leave `--to` out",
            kind="to_needs_target",
        )


def _listener(emit: Listener | None) -> Listener:
    from schemactl.events import ignore

    return emit if emit is not None else ignore
