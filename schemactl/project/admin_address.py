"""Where a server's administrator logs in: `--admin-url`, SCHEMACTL_ADMIN_URL__…, schemactl.toml or the running sandbox.

Source of the order: docs/formats.md, "roles.toml". Opens no connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from schemactl.errors import ConfigError
from schemactl.project.address import Address, sandbox_may_answer, targets_sharing
from schemactl.project.config import SANDBOX, Environment, Project
from schemactl.project.names import ENGINES
from schemactl.project.platform import Platform, Target
from schemactl.project.root import CONFIG_NAME
from schemactl.project.secrets import mask, secret_spans
from schemactl.project.url import EXAMPLES, check_url

# The administrator's URL of the server that a target has on the running sandbox; None where it has none.
SandboxAdmin = Callable[[Target], str | None]
PREFIX = "SCHEMACTL_ADMIN_URL__"


def resolve_admin(
    project: Project,
    target: Target,
    *,
    environment: str | None = None,
    overrides: Mapping[str, str] | None = None,
    allow_password_in_argv: bool = False,
    sandbox: SandboxAdmin | None = None,
) -> Address:
    """The administrator's address of the server that a target lives on.

    overrides  those of the command line, by target or by engine
    raises     ConfigError where nothing says it, or what says so does not hold
    """
    chosen = project.environment(environment)
    address = (
        _from_command_line(target, overrides or {}, allow_password_in_argv)
        or _from_variable(project, target)
        or _from_environment(project, target, chosen)
        or (_from_sandbox(target, sandbox) if sandbox_may_answer(environment, chosen) else None)
    )
    if address is None:
        raise _nowhere(target, chosen)
    check_url(address.url, target.engine, target=str(target), at=address.source, whole_server=True)
    return address


def check_admin_overrides(platform: Platform, overrides: Mapping[str, str]) -> None:
    """Refuse an `--admin-url` for what is neither an engine nor a target, or two for one target. raises  ConfigError"""
    seen: dict[str, str] = {}
    for given in overrides:
        if given in ENGINES and all(target.name != given for target in platform.targets):
            continue
        name = platform.target(given).name
        if name in seen:
            raise ConfigError(
                f"--admin-url names {name} twice: as {seen[name]} and as {given}", at="--admin-url", kind="repeated"
            )
        seen[name] = given


def _from_command_line(target: Target, overrides: Mapping[str, str], allow_password: bool) -> Address | None:
    url = next((overrides[key] for key in (target.name, str(target), target.engine) if key in overrides), None)
    if url is None:
        return None
    if secret_spans(url) and not allow_password:
        raise ConfigError(
            "the URL on the command line holds a password, which any user of this machine can read there",
            at="--admin-url",
            do=f"set {PREFIX}{target.engine.upper()} instead, or add --allow-password-in-argv",
            kind="password_in_argv",
            target=str(target),
        )
    return Address(url=url, shown=mask(url), source="--admin-url")


def _from_variable(project: Project, target: Target) -> Address | None:
    own = f"{PREFIX}{target.platform}__{target.name}".upper()
    for name in (own, f"{PREFIX}{target.engine.upper()}"):
        url = project.environ.get(name)
        if url is None:
            continue
        for other in targets_sharing(project, target, name, PREFIX) if name == own else ():
            raise ConfigError(
                f"{name} is the variable of two targets: {target} and {other}",
                at=name,
                do=f"unset it and give both a URL in {CONFIG_NAME}, or rename one",
                kind="ambiguous_variable",
                target=str(target),
            )
        return Address(url=url, shown=mask(url), source=name)
    return None


def _from_environment(project: Project, target: Target, chosen: Environment | None) -> Address | None:
    if chosen is None:
        return None
    for key in (str(target), target.engine):
        found = chosen.admin.get(key)
        if found is not None:
            url = found.value(project.root, project.environ)
            return Address(url=url, shown=mask(url), source=f"{found.at} ({chosen.name})")
    return None


def _from_sandbox(target: Target, sandbox: SandboxAdmin | None) -> Address | None:
    url = sandbox(target) if sandbox else None
    return None if url is None else Address(url=url, shown=mask(url), source=SANDBOX)


def _nowhere(target: Target, chosen: Environment | None) -> ConfigError:
    name = chosen.name if chosen else "dev"
    where = f" in the environment {name}" if chosen else ""
    return ConfigError(
        f"nothing says how the administrator of its server logs in{where}",
        at=target.at,
        do=f"one of: --admin-url {target.engine}={EXAMPLES[target.engine]}; the variable "
        f"{PREFIX}{target.engine.upper()}; in {CONFIG_NAME} under [environments.{name}.admin] "
        f'{target.engine} = "…"; `schemactl sandbox up`, for a throwaway server',
        kind="no_admin_url",
        target=str(target),
    )
