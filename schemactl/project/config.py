"""`schemactl.toml`: finds the project around a folder and reads its settings (docs/formats.md, "schemactl.toml").

Knows the names of the platforms, not what is in them. No URL is resolved here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schemactl.errors import ConfigError
from schemactl.project.names import ENGINES, ENVIRONMENT_RULE, NAME_RULE, did_you_mean, is_environment, is_name
from schemactl.project.root import CONFIG_NAME, find_root
from schemactl.project.toml_table import Table
from schemactl.project.url_setting import UrlSetting
from schemactl.script.duration import milliseconds

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

SANDBOX = "sandbox"
SHORTEST_LEASE_MS = 2_000


class Defaults(NamedTuple):
    """Times in milliseconds, 0 for none. `connections`: how many targets are worked on at once.

    lease_ms  how long a lock lasts without a heartbeat, on engines where no session holds it
    """

    lock_timeout_ms: int = 5_000
    statement_timeout_ms: int = 0
    tries: int = 10
    connections: int = 4
    lease_ms: int = 30_000


_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Environment(NamedTuple):
    """Where targets live.

    protected  what destroys wants a confirmation there
    urls       by `platform/target`
    admin      of the servers' administrators, by `platform/target` or the name of an engine
    """

    name: str
    protected: bool = False
    urls: Mapping[str, UrlSetting] = _NOTHING
    admin: Mapping[str, UrlSetting] = _NOTHING


class Project(NamedTuple):
    """A project's settings. `root`: absolute folder of schemactl.toml. `platforms`: names of schemas/*/, sorted."""

    root: Path
    platforms: tuple[str, ...]
    default_platform: str | None = None
    default_environment: str | None = None
    environments: Mapping[str, Environment] = _NOTHING
    defaults: Defaults = Defaults()
    environ: Mapping[str, str] = _NOTHING

    def __repr__(self) -> str:
        # The environment holds secrets.
        return f"Project(root={str(self.root)!r}, platforms={self.platforms!r})"

    def shown(self, path: Path) -> str:
        """`path` as messages show it: relative to the project, `/` between its parts."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def platform_name(self, wanted: str | None) -> str | None:
        """The platform that a command means: `wanted`, else the default, else the only one; None where unclear.

        raises  ConfigError where `wanted` is none of the project's platforms
        """
        if wanted is None:
            return self.default_platform or (self.platforms[0] if len(self.platforms) == 1 else None)
        if wanted not in self.platforms:
            raise ConfigError(
                f"no platform `{wanted}` in this project",
                at=f"{self.root}/schemas",
                do=did_you_mean(wanted, self.platforms) or "start one with `schemactl init`",
                kind="unknown_platform",
            )
        return wanted

    def environment(self, wanted: str | None) -> Environment | None:
        """The environment that a command means: `wanted`, else the default; None where there is neither.

        `sandbox` is always there.
        raises  ConfigError where `wanted` is none of the project's environments
        """
        name = wanted or self.default_environment
        if name is None:
            return None
        if name in self.environments:
            return self.environments[name]
        if name == SANDBOX:
            return Environment(name=SANDBOX)
        raise ConfigError(
            f"no environment `{name}` in {CONFIG_NAME}",
            at=CONFIG_NAME,
            do=did_you_mean(name, [*self.environments, SANDBOX]),
            kind="unknown_environment",
        )


def load(directory: Path | None, *, environ: Mapping[str, str]) -> Project:
    """The project that `directory` (None: the current folder) lies in: the nearest folder upwards with schemactl.toml.

    environ  the process environment, for `${VAR}` and SCHEMACTL_URL__…; kept, not copied into messages
    raises   ConfigError where there is none, or with file and line where it does not hold
    """
    root = find_root(directory)
    top = Table.read(root / CONFIG_NAME, shown=CONFIG_NAME)
    top.only(("default_platform", "default_environment", "defaults", "environments"))
    platforms = _platforms(root)
    environments = _environments(top, platforms)
    default_platform = top.choice("default_platform", platforms) if platforms else top.text("default_platform")
    return Project(
        root=root,
        platforms=platforms,
        default_platform=default_platform,
        default_environment=top.choice("default_environment", (*environments, SANDBOX)),
        environments=MappingProxyType(environments),
        defaults=_defaults(top),
        environ=environ,
    )


def _platforms(root: Path) -> tuple[str, ...]:
    folder = root / "schemas"
    try:
        found = sorted(path.name for path in folder.iterdir() if (path / "platform.toml").exists())
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", at="schemas", kind="unreadable") from error
    for name in found:
        if not is_name(name):
            raise ConfigError(
                f"`{name}` cannot name a platform",
                at=f"schemas/{name}",
                do=f"rename the folder: {NAME_RULE}",
                kind="wrong_name",
            )
    return tuple(found)


def _defaults(top: Table) -> Defaults:
    table = top.table("defaults")
    if table is None:
        return Defaults()
    table.only(("lock_timeout", "statement_timeout", "tries", "connections", "lease"))
    found = {
        "lock_timeout_ms": _time(table, "lock_timeout"),
        "statement_timeout_ms": _time(table, "statement_timeout"),
        "tries": table.number("tries", least=1),
        "connections": table.number("connections", least=1),
        "lease_ms": _lease(table),
    }
    return Defaults(**{key: value for key, value in found.items() if value is not None})


def _lease(table: Table) -> int | None:
    found = _time(table, "lease")
    if found is not None and found < SHORTEST_LEASE_MS:
        raise table.error(
            "`lease` is shorter than 2 s: a server's clock counts whole seconds",
            "lease",
            do='write lease = "30s", or leave it out',
            kind="wrong_value",
        )
    return found


def _time(table: Table, key: str) -> int | None:
    text = table.text(key)
    if text is None:
        return None
    try:
        return milliseconds(text)
    except ValueError as error:
        raise table.error(
            f"`{key}` is {text!r}, not a time of at most 24 days",
            key,
            do=f'write {key} = "5s"; units ms, s, min, h; "0" for none',
            kind="wrong_value",
        ) from error


def _environments(top: Table, platforms: tuple[str, ...]) -> dict[str, Environment]:
    table = top.table("environments")
    found = {}
    for name, settings in table.entries() if table else ():
        if not is_environment(name):
            raise settings.error(f"`{name}` cannot name an environment", do=ENVIRONMENT_RULE, kind="wrong_name")
        settings.only(("protected", "urls", "admin"))
        urls, admin = settings.table("urls"), settings.table("admin")
        found[name] = Environment(
            name=name,
            protected=bool(settings.flag("protected")),
            urls=MappingProxyType(_urls(urls, platforms) if urls else {}),
            admin=MappingProxyType(_urls(admin, platforms, ENGINES) if admin else {}),
        )
    return found


def _urls(table: Table, platforms: tuple[str, ...], others: Collection[str] = ()) -> dict[str, UrlSetting]:
    """Both forms: `"platform/target" = "…"`, and a table for each platform. `others`: keys that are no target."""
    found: dict[str, UrlSetting] = {}
    for key, value in table.data.items():
        nested = table.table(key) if isinstance(value, dict) else None
        if nested is not None:
            for target in nested.data:
                _add_url(found, nested, target, f"{key}/{target}", platforms)
        elif key in others:
            found[key] = _url(table, key)
        else:
            _add_url(found, table, key, key, platforms)
    return found


def _add_url(found: dict[str, UrlSetting], table: Table, key: str, address: str, platforms: tuple[str, ...]) -> None:
    platform, slash, target = address.partition("/")
    if not slash or not is_name(platform) or not is_name(target):
        raise table.error(f"`{address}` names no target", key, do='write "platform/target" = "URL"', kind="wrong_name")
    if platform not in platforms:
        hint = did_you_mean(platform, platforms) or f"create schemas/{platform}/platform.toml"
        raise table.error(f"no platform `{platform}` in this project", key, do=hint, kind="unknown_platform")
    if address in found:
        raise table.error(f"{address} has a second URL; the first: {found[address].at}", key, kind="repeated")
    found[address] = _url(table, key)


def _url(table: Table, key: str) -> UrlSetting:
    setting = UrlSetting(table.needed(key).strip(), table.at(key))
    setting.check()
    return setting
