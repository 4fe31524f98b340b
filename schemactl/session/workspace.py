"""A platform of a project, open for work: each method is what the command of the same name does.

A workflow is imported by the method that is it: a command pays for what it does alone.

import schemactl
with_dashboard = schemactl.open("path/to/project", platform="dashboard")
plan = with_dashboard.plan()
result = with_dashboard.migrate(plan, emit=print)
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from schemactl.contract.opening import Stop
from schemactl.errors import ConfigError, SchemactlError
from schemactl.project.address import Address, Sandbox, check_overrides, resolve
from schemactl.project.config import SANDBOX, Environment, Project, load
from schemactl.project.platform import Platform, Target, load_platform
from schemactl.project.secrets import Masker, secrets_of
from schemactl.session.engines import site_of

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
    from schemactl.workflows.provision import Provisioned, ProvisionPlan
    from schemactl.workflows.planned_seeds import SeedSite, SeedsPlan
    from schemactl.workflows.recover import Mark, Unfinished
    from schemactl.workflows.rollback import Reach
    from schemactl.workflows.seed import SeedsResult
    from schemactl.workflows.site import Site
    from schemactl.workflows.status import Status


class Workspace:
    """One platform of one project. Nothing is connected until a method asks; nothing stays connected after it."""

    def __init__(
        self,
        project: Project,
        platform: Platform,
        *,
        environment: str | None = None,
        urls: Mapping[str, str] | None = None,
        allow_password_in_argv: bool = False,
        sandbox: Sandbox | None = None,
    ) -> None:
        check_overrides(platform, urls or {})
        self.project = project
        self.platform = platform
        self.stop = Stop()
        self._environment = environment
        self._urls = dict(urls or {})
        self._allow_password = allow_password_in_argv
        self._sandbox = sandbox
        self._sites: dict[str, Site] = {}
        self._secrets = {secret for url in self._urls.values() for secret in secrets_of(url)}
        self._masker = (frozenset[str](), Masker(()))

    @classmethod
    def of(
        cls,
        project: Project,
        platform: str,
        *,
        environment: str | None = None,
        urls: Mapping[str, str] | None = None,
        allow_password_in_argv: bool = False,
    ) -> Workspace:
        """Open a platform of a project that is loaded already. raises  ConfigError"""
        found = load_platform(project, platform)
        made = cls(
            project,
            found,
            environment=environment,
            urls=urls,
            allow_password_in_argv=allow_password_in_argv,
            sandbox=_running(project),
        )
        _ = made.environment
        return made

    @classmethod
    def open(
        cls,
        directory: str | Path | None = None,
        *,
        platform: str | None = None,
        environment: str | None = None,
        urls: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Workspace:
        """Find the project at or above `directory` and open one of its platforms.

        platform  None: the project's default, else its only one
        urls      target → URL, before anything else that says where a target lives; passwords are welcome here
        environ   None: the process's own environment
        raises    ConfigError
        """
        project = load(Path(directory) if directory else None, environ=os.environ if environ is None else environ)
        name = project.platform_name(platform)
        if name is None:
            raise ConfigError(
                f"which platform? there are {', '.join(project.platforms) or 'none'}",
                do='name one, or set `default_platform = "…"` in schemactl.toml',
                kind="platform",
            )
        found = load_platform(project, name)
        return cls(
            project,
            found,
            environment=environment,
            urls=urls,
            allow_password_in_argv=True,
            sandbox=_running(project),
        )

    @cached_property
    def environment(self) -> Environment | None:
        return self.project.environment(self._environment)

    @property
    def workers(self) -> int:
        return self.project.defaults.connections

    def targets(self, names: Sequence[str] = ()) -> tuple[Target, ...]:
        """The targets named, each once, in the order asked; all of the platform where none is named."""
        if not names:
            return self.platform.targets
        return tuple(dict.fromkeys(self.platform.target(name) for name in names))

    def address(self, target: Target) -> Address:
        """Where a target lives. raises  ConfigError where nothing says so"""
        found = resolve(
            self.project,
            self.platform,
            target,
            environment=self._environment,
            overrides=self._urls,
            allow_password_in_argv=self._allow_password,
            sandbox=self._sandbox,
        )
        self._secrets |= secrets_of(found.url)
        return found

    def hide(self, text: str) -> str:
        """`text` without the passwords that this workspace has come to know, and those of any URL in it."""
        if self._masker[0] != self._secrets:
            self._masker = (frozenset(self._secrets), Masker(self._secrets))
        return self._masker[1].hide(text)

    def site(self, target: Target) -> Site:
        name = str(target)
        if name not in self._sites:
            self._sites[name] = site_of(self.project, target, self.address, self.stop)
        return self._sites[name]

    def sites(self, names: Sequence[str] = ()) -> tuple[Site, ...]:
        return tuple(self.site(target) for target in self.targets(names))

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

    def _seed_site(self, target: Target) -> SeedSite:
        from schemactl.session.seeds import seed_site

        def environment() -> str:
            if self.environment is not None:
                return self.environment.name
            return SANDBOX if self.address(target).source == SANDBOX else ""

        return seed_site(self.project, target, self.site(target), environment)

    def _site_elsewhere(self, platform: str, name: str) -> Site:
        owner = self if platform == self.platform.name else self._other(platform)
        return owner.site(owner.platform.target(name))

    def _dependent_sites(self) -> list[Site]:
        """Targets of other platforms with a migration that may require one of this platform's."""
        others = [self._other(name) for name in self.project.platforms if name != self.platform.name]
        here = f"{self.platform.name}/"
        return [
            site
            for other in others
            for site in other.sites()
            if any(here in file.text and "requires" in file.text for file in site.files)
        ]

    def _other(self, platform: str) -> Workspace:
        found = load_platform(self.project, platform)
        other = Workspace(self.project, found, environment=self._environment, sandbox=self._sandbox)
        # Before it makes a site, which takes the stop along.
        other.stop, other._secrets = self.stop, self._secrets
        return other


def _running(project: Project) -> Sandbox:
    """Asks the project's running sandbox; what that takes is loaded where nothing else says where a target lives."""

    def url(target: Target) -> str | None:
        from schemactl.sandbox.record import url_of

        return url_of(project.root, str(target), target.engine)

    return url


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
