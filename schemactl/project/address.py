"""Where a target lives: the first of `--url`, SCHEMACTL_URL__…, schemactl.toml and the running sandbox that says so.

Source of the order: docs/projects.md, "Where a target lives". Opens no connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from schemactl.errors import ConfigError
from schemactl.project.config import SANDBOX, Environment, Project
from schemactl.project.names import did_you_mean
from schemactl.project.platform import Platform, Target, load_platform
from schemactl.project.root import CONFIG_NAME
from schemactl.project.secrets import mask, secret_spans
from schemactl.project.url import EXAMPLES, check_url

# A URL of the target on the running sandbox, None where it has none or does not run.
Sandbox = Callable[[Target], str | None]


class Address(NamedTuple):
    """`url` with its password, `shown` without; `source`: `--url`, a variable, `file:line (env)` or `sandbox`.

    environment  the one whose section of the file says it, "" where something else does
    """

    url: str
    shown: str
    source: str
    environment: str = ""

    def __repr__(self) -> str:
        return f"Address(shown={self.shown!r}, source={self.source!r})"


def variable_name(platform: str, target: str) -> str:
    """`SCHEMACTL_URL__JOBS__USERS_DB` for `jobs/users_db`."""
    return f"SCHEMACTL_URL__{platform}__{target}".upper()


def resolve(
    project: Project,
    platform: Platform,
    target: Target,
    *,
    environment: str | None = None,
    overrides: Mapping[str, str] | None = None,
    allow_password_in_argv: bool = False,
    environ: Mapping[str, str] | None = None,
    sandbox: Sandbox | None = None,
) -> Address:
    """The address of a target.

    environment  None: the project's default, if it has one
    overrides    the URLs given on the command line, by `target` or `platform/target`
    environ      None: the one the project was loaded with
    sandbox      asks the running sandbox; None: there is none
    raises       ConfigError where nothing says where the target lives, or what says so does not hold
    """
    environ = project.environ if environ is None else environ
    chosen = project.environment(environment)
    address = (
        _from_command_line(target, overrides or {}, allow_password_in_argv)
        or _from_variable(project, target, environ)
        or _from_environment(project, platform, target, chosen, environ)
        or (_from_sandbox(target, sandbox) if sandbox_may_answer(environment, chosen) else None)
    )
    if address is None:
        raise _nowhere(target, chosen)
    check_url(address.url, target.engine, target=str(target), at=address.source)
    return address


def said_before_sandbox(project: Project, target: Target, *, environment: str | None = None) -> str | None:
    """What keeps a command from asking the sandbox where a target lives; None where nothing does. Looks nothing up.

    raises  ConfigError where there is no such environment
    """
    name = variable_name(target.platform, target.name)
    if name in project.environ:
        return name
    chosen = project.environment(environment)
    if chosen is None:
        return None
    found = chosen.urls.get(str(target))
    if found is not None:
        return f"{found.at} ({chosen.name})"
    return None if sandbox_may_answer(environment, chosen) else f"the environment {chosen.name}"


def check_overrides(platform: Platform, overrides: Mapping[str, str]) -> None:
    """Refuse a URL of the command line for a target that the platform does not have, or two for one.

    raises  ConfigError
    """
    seen: dict[str, str] = {}
    for given in overrides:
        name = platform.target(given).name
        if name in seen:
            raise ConfigError(f"--url names {name} twice: as {seen[name]} and as {given}", at="--url", kind="repeated")
        seen[name] = given


def _from_command_line(target: Target, overrides: Mapping[str, str], allow_password: bool) -> Address | None:
    url = overrides.get(target.name, overrides.get(str(target)))
    if url is None:
        return None
    if secret_spans(url) and not allow_password:
        raise ConfigError(
            "the URL on the command line holds a password, which any user of this machine can read there",
            at="--url",
            do=f"set {variable_name(target.platform, target.name)} instead, or add --allow-password-in-argv",
            kind="password_in_argv",
            target=str(target),
        )
    return Address(url=url, shown=mask(url), source="--url")


def _from_variable(project: Project, target: Target, environ: Mapping[str, str]) -> Address | None:
    name = variable_name(target.platform, target.name)
    url = environ.get(name)
    if url is None:
        return None
    for other in targets_sharing(project, target, name):
        raise ConfigError(
            f"{name} is the variable of two targets: {target} and {other}",
            at=name,
            do=f"unset it and give both a URL in {CONFIG_NAME}, or rename one",
            kind="ambiguous_variable",
            target=str(target),
        )
    return Address(url=url, shown=mask(url), source=name)


def targets_sharing(project: Project, target: Target, variable: str, prefix: str = "SCHEMACTL_URL__") -> list[str]:
    """The other targets whose variable is `variable`: `a__b/c` and `a/b__c` share one."""
    joined = variable.removeprefix(prefix).lower()
    found = []
    for name in project.platforms:
        rest = joined.removeprefix(f"{name}__")
        if rest != joined and (name, rest) != (target.platform, target.name):
            found += [str(other) for other in load_platform(project, name).targets if other.name == rest]
    return found


def _from_environment(
    project: Project, platform: Platform, target: Target, chosen: Environment | None, environ: Mapping[str, str]
) -> Address | None:
    if chosen is None:
        return None
    names = [known.name for known in platform.targets]
    for address, setting in chosen.urls.items():
        owner, _, name = address.partition("/")
        if owner == platform.name and name not in names:
            raise ConfigError(
                f"no target `{name}` on platform {owner}",
                at=setting.at,
                do=did_you_mean(name, names),
                kind="unknown_target",
            )
    found = chosen.urls.get(str(target))
    if found is None:
        return None
    url = found.value(project.root, environ)
    return Address(url=url, shown=mask(url), source=f"{found.at} ({chosen.name})", environment=chosen.name)


def sandbox_may_answer(asked: str | None, chosen: Environment | None) -> bool:
    """Whether the running sandbox is asked where a target lives."""
    # A target without a URL in the `prod` that was asked for must not be answered with a throwaway server.
    return chosen is None or chosen.name == SANDBOX or (asked is None and not chosen.protected)


def _from_sandbox(target: Target, sandbox: Sandbox | None) -> Address | None:
    url = sandbox(target) if sandbox else None
    return None if url is None else Address(url=url, shown=mask(url), source=SANDBOX)


def _nowhere(target: Target, chosen: Environment | None) -> ConfigError:
    name = chosen.name if chosen else "dev"
    where = f" in the environment {name}" if chosen else ""
    return ConfigError(
        f"nothing says where it lives{where}",
        at=target.at,
        do=f"one of: --url {target.name}={EXAMPLES[target.engine]}; the variable "
        f"{variable_name(target.platform, target.name)}; in {CONFIG_NAME} under [environments.{name}.urls] "
        f'"{target}" = "…"; `schemactl sandbox up`, for a throwaway server',
        kind="no_url",
        target=str(target),
    )
