"""Where the targets of a platform live: addresses, the passwords that they hold, and the sites made of them."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from schemactl.contract.opening import Stop
from schemactl.errors import ConfigError
from schemactl.project.address import Address, Sandbox, check_overrides, resolve
from schemactl.project.config import SANDBOX, Environment, Project, load
from schemactl.project.platform import Platform, Target, load_platform
from schemactl.project.secrets import Masker, secrets_of
from schemactl.session.engines import site_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemactl.workflows.planned_seeds import SeedSite
    from schemactl.workflows.site import Site


class Places:
    """One platform of one project, and where its targets live. Nothing is connected here."""

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
    ) -> Self:
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
    ) -> Self:
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

    def _seed_site(self, target: Target) -> SeedSite:
        from schemactl.session.seeds import seed_site

        return seed_site(self.project, target, self.site(target), lambda: self._lives_in(target))

    def _lives_in(self, target: Target) -> str:
        """The environment whose seeds the target has, "" for none."""
        address = self.address(target)
        if self.environment is None:
            return SANDBOX if address.source == SANDBOX else ""
        # An address that is given beside the file may be anybody's: the default says nothing of it.
        is_known = self._environment is not None or address.environment or address.source == SANDBOX
        return self.environment.name if is_known else ""

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

    def _other(self, platform: str) -> Self:
        found = load_platform(self.project, platform)
        other = type(self)(self.project, found, environment=self._environment, sandbox=self._sandbox)
        # Before it makes a site, which takes the stop along.
        other.stop, other._secrets = self.stop, self._secrets
        return other


def _running(project: Project) -> Sandbox:
    """Asks the project's running sandbox; what that takes is loaded where nothing else says where a target lives."""

    def url(target: Target) -> str | None:
        from schemactl.sandbox.record import url_of

        return url_of(project.root, str(target), target.engine)

    return url
