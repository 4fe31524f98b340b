"""Where roles.toml, administrators' addresses and passwords meet a server: the sites of `provision`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from schemactl.contract.opening import Opening, Patience
from schemactl.engines import open_admin
from schemactl.errors import ConfigError, SchemactlError
from schemactl.project.admin_address import check_admin_overrides, resolve_admin
from schemactl.project.config import SANDBOX
from schemactl.project.passwords import password_file
from schemactl.project.roles import ROLES_NAME, wanted
from schemactl.session.role_passwords import RolePasswords
from schemactl.workflows.provision import Place, ServerSite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from schemactl.contract.admin import Admin, Provisioner
    from schemactl.contract.opening import Stop
    from schemactl.model.rights import Wanted
    from schemactl.project.address import Address
    from schemactl.project.config import Project
    from schemactl.project.passwords import PasswordFile
    from schemactl.project.platform import Platform, Target


class Provisioning:
    """The servers of some targets of a platform, each made ready once. `learn` is told of every password."""

    def __init__(
        self,
        project: Project,
        platform: Platform,
        *,
        environment: str | None,
        admin_urls: Mapping[str, str],
        allow_password_in_argv: bool,
        passwords: Path | None,
        stop: Stop,
        learn: Callable[[str], None],
        learn_url: Callable[[str], None],
    ) -> None:
        check_admin_overrides(platform, admin_urls)
        self._project = project
        self._platform = platform
        self._environment = environment
        self._admin_urls = admin_urls
        self._allow_password = allow_password_in_argv
        self._passwords = passwords
        self._stop = stop
        self._learn = learn
        self._learn_url = learn_url

    def sites(self, targets: Sequence[Target]) -> tuple[ServerSite, ...]:
        """A site for each address, in the order of the targets.

        raises  ConfigError where a roles.toml does not hold, or where there is none at all
        """
        wishes = {target: wanted(self._project, target) for target in targets}
        if all(wish is None for wish in wishes.values()):
            shown = f"seeds/{self._platform.name}/{ROLES_NAME}"
            raise ConfigError(
                "nothing says which roles there are to be",
                at=shown,
                do=f"write {shown} (docs/formats.md, roles.toml)",
                kind="no_roles",
            )
        servers: dict[tuple[str, str], tuple[Address, list[Target]]] = {}
        alone: list[ServerSite] = []
        for target, wish in wishes.items():
            if wish is None or not wish.all:
                alone.append(_without(target, None))
                continue
            try:
                address = self._address(target)
            except SchemactlError as error:
                error.target = str(target)
                alone.append(_without(target, error))
                continue
            servers.setdefault((target.engine, address.url), (address, []))[1].append(target)
        found = [self._site(address, here) for address, here in servers.values()]
        order = {str(target): index for index, target in enumerate(targets)}
        return tuple(sorted([*found, *alone], key=lambda site: order[site.places[0].target]))

    def _address(self, target: Target) -> Address:
        found = resolve_admin(
            self._project,
            target,
            environment=self._environment,
            overrides=self._admin_urls,
            allow_password_in_argv=self._allow_password,
            sandbox=self._sandbox_admin,
        )
        self._learn_url(found.url)
        return found

    def _sandbox_admin(self, target: Target) -> str | None:
        from schemactl.sandbox.record import admin_of

        found = admin_of(self._project.root, str(target), target.engine)
        return found[0] if found else None

    def _site(self, address: Address, targets: Sequence[Target]) -> ServerSite:
        error: SchemactlError | None = None
        places: list[Place] = []
        try:
            file = password_file(self._project.root, self._file_name(address), self._passwords)
            places = [self._place(address, target, file) for target in targets]
            _refuse_shared_names(places)
        except ConfigError as raised:
            error = raised
            places = [_place_without(target) for target in targets]
        return ServerSite(
            engine=targets[0].engine,
            shown=address.shown,
            source=address.source,
            places=tuple(places),
            open=lambda: self._opened(address, targets[0]),
            error=error,
        )

    def _file_name(self, address: Address) -> str:
        """Whose passwords: the sandbox's go with it, so none of them is another server's, nor the other way round."""
        if address.source == SANDBOX:
            return SANDBOX
        environment = self._project.environment(self._environment)
        return environment.name if environment and environment.name != SANDBOX else "default"

    def _place(self, address: Address, target: Target, file: PasswordFile) -> Place:
        on_sandbox = address.source == SANDBOX
        wish = wanted(self._project, target, database=self._database(target) if on_sandbox else None)
        assert wish is not None
        if on_sandbox:
            # Which servers that has is the machine's to say: one without roles is passed over, whoever asks for them.
            wish = wish._replace(asked=False)
        words = RolePasswords(self._project, target, wish, file, self._learn)

        def finished(provisioner: Provisioner, passwords: Mapping[str, str]) -> None:
            self._move(provisioner, target, wish, passwords)

        return Place(str(target), wish, words.known, words.made, finished if on_sandbox else None, words.kept)

    def _database(self, target: Target) -> str | None:
        from schemactl.sandbox.record import admin_of

        found = admin_of(self._project.root, str(target), target.engine)
        return found[1] if found and found[1] else None

    def _move(self, provisioner: Provisioner, target: Target, wish: Wanted, passwords: Mapping[str, str]) -> None:
        """On the sandbox the target is from now on met as its migrator."""
        from schemactl.sandbox.record import move

        if wish.migrator is not None and wish.migrator.name in passwords:
            url = provisioner.login(wish, wish.migrator.name, passwords[wish.migrator.name])
            move(self._project.root, str(target), target.engine, url)

    @contextmanager
    def _opened(self, address: Address, target: Target) -> Iterator[Admin]:
        defaults = self._project.defaults
        opening = Opening(
            url=address.url,
            shown=address.shown,
            target=str(target),
            patience=Patience(lock_timeout_ms=defaults.lock_timeout_ms, tries=defaults.tries),
            stop=self._stop,
            statement_timeout_ms=defaults.statement_timeout_ms,
            lease_s=defaults.lease_ms / 1000,
        )
        admin = open_admin(target.engine, opening)
        try:
            yield admin
        finally:
            admin.close()


def _without(target: Target, error: SchemactlError | None) -> ServerSite:
    """A target that no server is asked for: nothing is wanted of it, or nobody knows where."""

    def nowhere() -> AbstractContextManager[Admin]:
        raise AssertionError("a site without an address is not opened")

    return ServerSite(target.engine, "", "", (_place_without(target),), nowhere, error)


def _place_without(target: Target) -> Place:
    return Place(str(target), None, dict, lambda roles: {}, None, str)


def _refuse_shared_names(places: Sequence[Place]) -> None:
    """Two targets of one server that want one role, or one database: what one gives the other would take."""
    roles: dict[str, str] = {}
    databases: dict[str, str] = {}
    for place in places:
        if place.wanted is None:
            continue
        for role in place.wanted.roles:
            if role.name in roles:
                raise ConfigError(
                    f"{roles[role.name]} and {place.target} both want the role {role.name}, on one server",
                    at=role.at,
                    do="write ${database} into its name, or make it one of the [[cluster_roles]]",
                    kind="repeated",
                )
            roles[role.name] = place.target
        if place.wanted.database in databases:
            raise ConfigError(
                f"{databases[place.wanted.database]} and {place.target} both want the database {place.wanted.database}",
                do="give one another `database` in platform.toml",
                kind="repeated",
            )
        databases[place.wanted.database] = place.target
