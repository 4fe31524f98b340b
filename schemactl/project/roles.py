"""`roles.toml`: what a platform wants of its servers, and what one target adds (docs/formats.md, "roles.toml").

Reads two files, and what the target is to have, and makes one value of them. Looks no password up, asks no server.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from schemactl.model.rights import Wanted, WantedRole
from schemactl.project.named_objects import named_objects
from schemactl.project.names import ENGINES, did_you_mean
from schemactl.project.password_setting import PasswordSetting
from schemactl.project.role_rights import hidden_of, instead_of, verbs_of
from schemactl.project.toml_table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemactl.model.rights import Verb
    from schemactl.project.config import Project
    from schemactl.project.platform import Target

ROLES_NAME = "roles.toml"
_KEYS = (
    *("name", "engines", "owns", "migrates", "login", "can", "instead", "hidden", "member_of", "password"),
    "connections",
)
_CLUSTER_KEYS = ("name", "engine", "login", "member_of", "password", "connections", "replication")
_PLACE = re.compile(r"\$\{([^}]*)\}?")
_NAME_BYTES = 63


class _Layers(NamedTuple):
    """A role as the platform's file has it and as the target's has it: of each key the last that is there holds."""

    name: str
    tables: tuple[Table, ...]

    def of(self, key: str) -> Table:
        return next((table for table in reversed(self.tables) if key in table.data), self.tables[-1])

    @property
    def at(self) -> str:
        return self.tables[-1].at()


def wanted(project: Project, target: Target, *, database: str | None = None) -> Wanted | None:
    """What a target wants of its server; None where there is no roles.toml for it.

    database  its name on that server; None: as platform.toml says
    raises    ConfigError with file and line where a file does not hold
    """
    name = database or target.database
    values = {"database": name, "target": target.name, "platform": target.platform}
    files = [
        table for table in (_read(project, target.platform), _read(project, target.platform, target.name)) if table
    ]
    if not files:
        return None
    layered: dict[str, _Layers] = {}
    for file in files:
        for role, table in _roles_of(file, values):
            known = layered.get(role)
            layered[role] = _Layers(role, (*known.tables, table) if known else (table,))
    shared = _cluster_roles(files, target, values)
    here = [role for role in layered.values() if target.engine in _engines(role)]
    asked = any(target.engine in role.of("engines").texts("engines") for role in here) or bool(shared)
    roles = tuple(_role(role, target.engine, values) for role in here)
    _refuse_clashes(here, roles, shared, target.engine)
    _refuse_strangers(here, roles, shared, target.engine)
    return Wanted(str(target), name, roles, shared, asked, named_objects(project, target))


def _read(project: Project, *below: str) -> Table | None:
    path = project.root.joinpath("seeds", *below, ROLES_NAME)
    if not os.path.lexists(path):
        return None
    table = Table.read(path, shown=project.shown(path))
    table.only(("roles", "cluster_roles") if len(below) == 1 else ("roles",))
    return table


def _roles_of(file: Table, values: Mapping[str, str]) -> list[tuple[str, Table]]:
    found: dict[str, Table] = {}
    for table in file.tables("roles"):
        table.only(_KEYS)
        name = _named(table, "name", table.needed("name"), values)
        if name in found:
            raise table.error(f"the role {name} has a second table; the first: {found[name].at()}", kind="repeated")
        found[name] = table
    return list(found.items())


def _cluster_roles(files: Sequence[Table], target: Target, values: Mapping[str, str]) -> tuple[WantedRole, ...]:
    found: dict[str, WantedRole] = {}
    for file in files:
        for table in file.tables("cluster_roles"):
            table.only(_CLUSTER_KEYS)
            table.needed("engine")
            if table.choice("engine", ENGINES) != target.engine:
                continue
            name = _named(table, "name", table.needed("name"), {"platform": values["platform"]})
            if name in found:
                raise table.error(f"the role {name} has a second table; the first: {found[name].at}", kind="repeated")
            found[name] = _cluster_role(_Layers(name, (table,)), target.engine, values)
    return tuple(found.values())


def _cluster_role(role: _Layers, engine: str, values: Mapping[str, str]) -> WantedRole:
    login = role.of("login").flag("login")
    return WantedRole(
        name=role.name,
        login=login is not False,
        member_of=_members(role, {"platform": values["platform"]}),
        options=_options(role, engine),
        connections=role.of("connections").number("connections", least=1) or 0,
        password=_password(role, login=login is not False),
        at=role.at,
    )


def _role(role: _Layers, engine: str, values: Mapping[str, str]) -> WantedRole:
    owns, migrates = bool(role.of("owns").flag("owns")), bool(role.of("migrates").flag("migrates"))
    login = role.of("login").flag("login")
    if owns and (login or migrates):
        key = "migrates" if migrates else "login"
        raise role.of(key).error(
            f"{role.name} owns, and an owner never logs in",
            key,
            do="give `migrates` to another role: it logs in and works as the owner",
            kind="wrong_value",
        )
    if migrates and login is False:
        raise role.of("login").error(f"{role.name} migrates, and logs in for it", "login", kind="wrong_value")
    can = verbs_of(role.of("can"), "can")
    _refuse_idle(role, owns=owns, can=can)
    may_log_in = login is not False and not owns
    return WantedRole(
        name=role.name,
        login=may_log_in,
        owns=owns,
        migrates=migrates,
        can=can,
        instead=instead_of(role.of("instead")),
        hidden=hidden_of(role.of("hidden")),
        member_of=_members(role, values),
        options=_options(role, engine),
        connections=role.of("connections").number("connections", least=1) or 0,
        password=_password(role, login=may_log_in),
        at=role.at,
    )


def _refuse_idle(role: _Layers, *, owns: bool, can: tuple[Verb, ...]) -> None:
    """What an owner could do anyway says nothing; nor does what is hidden from a role that can do nothing."""
    for key in ("can", "instead", "hidden"):
        if owns and key in role.of(key).data:
            raise role.of(key).error(
                f"{role.name} owns, and may do everything", key, do=f"remove `{key}`", kind="wrong_value"
            )
    if not can and "instead" not in role.of("instead").data and "hidden" in role.of("hidden").data:
        raise role.of("hidden").error(
            f"{role.name} can do nothing, so nothing is hidden from it", "hidden", do="add `can`", kind="wrong_value"
        )


def _engines(role: _Layers) -> tuple[str, ...]:
    table = role.of("engines")
    found = table.texts("engines")
    for index, engine in enumerate(found):
        if engine not in ENGINES:
            raise table.error(
                f"no engine `{engine}`", "engines", index, do=did_you_mean(engine, ENGINES), kind="wrong_value"
            )
    return found or ENGINES


def _members(role: _Layers, values: Mapping[str, str]) -> tuple[str, ...]:
    table = role.of("member_of")
    return tuple(_named(table, "member_of", written, values) for written in table.texts("member_of"))


def _options(role: _Layers, engine: str) -> tuple[tuple[str, str], ...]:
    table = role.of("replication")
    if "replication" not in table.data:
        return ()
    wanted = table.flag("replication")
    if engine != "postgres":
        raise table.error(f"`replication` is of postgres, and this role of {engine}", "replication", kind="wrong_value")
    return (("replication", "true"),) if wanted else ()


def _password(role: _Layers, *, login: bool) -> str:
    table = role.of("password")
    written = (table.text("password") or "").strip()
    if not written:
        return ""
    setting = PasswordSetting(written, table.at("password"))
    setting.check()
    if not login:
        raise table.error(
            f"{role.name} never logs in, and has a password", "password", do="remove `password`", kind="wrong_value"
        )
    return written


def _named(table: Table, key: str, written: str, values: Mapping[str, str]) -> str:
    """A role's name with the target's own in it."""

    def replace(match: re.Match[str]) -> str:
        if match[1] not in values or not match.group().endswith("}"):
            known = ", ".join(f"${{{name}}}" for name in values)
            raise table.error(f"`{match.group()}` stands for nothing", key, do=f"one of {known}", kind="reference")
        return values[match[1]]

    name = _PLACE.sub(replace, written)
    if name != name.strip() or any(char < " " or char == "\x7f" for char in name):
        raise table.error("a role's name has a blank at its ends or a control character", key, kind="wrong_name")
    if len(name.encode()) > _NAME_BYTES:
        raise table.error(f"`{name}` is longer than {_NAME_BYTES} bytes", key, do="shorten it", kind="wrong_name")
    return name


def _refuse_clashes(
    here: Sequence[_Layers], roles: Sequence[WantedRole], shared: Sequence[WantedRole], engine: str
) -> None:
    for key, found in (("owns", [r for r in roles if r.owns]), ("migrates", [r for r in roles if r.migrates])):
        if len(found) > 1:
            layers = next(one for one in here if one.name == found[1].name)
            raise layers.of(key).error(
                f"{found[0].name} and {found[1].name} both have `{key}`: one a target", key, kind="repeated"
            )
    migrator = next((role for role in roles if role.migrates), None)
    # Elsewhere nothing has an owner: whoever migrates has the right to.
    if engine == "postgres" and migrator is not None and not any(role.owns for role in roles):
        layers = next(one for one in here if one.name == migrator.name)
        raise layers.of("migrates").error(
            f"{migrator.name} migrates, and there is no owner that it could work as",
            "migrates",
            do="add a role with `owns = true`",
            kind="missing_key",
        )
    names = {role.name: role.at for role in shared}
    for layers in here:
        if layers.name in names:
            raise layers.of("name").error(
                f"{layers.name} is a cluster role too: {names[layers.name]}", "name", do="rename one", kind="repeated"
            )


def _refuse_strangers(
    here: Sequence[_Layers], roles: Sequence[WantedRole], shared: Sequence[WantedRole], engine: str
) -> None:
    """A member of a role that nobody makes, of itself, or of one that is a member of it in turn."""
    known = {role.name: role for role in (*shared, *roles)}
    for layers in here:
        table = layers.of("member_of")
        for index, name in enumerate(known[layers.name].member_of):
            own = engine != "postgres" or name.startswith("pg_")
            if name not in known and not own:
                raise table.error(
                    f"`{name}` is no role of this file, nor one of PostgreSQL's own (pg_…)",
                    "member_of",
                    index,
                    do=did_you_mean(name, known),
                    kind="unknown_role",
                )
            if layers.name in _above(name, known):
                raise table.error(f"{layers.name} is a member of itself, by {name}", "member_of", index, kind="cycle")


def _above(name: str, known: Mapping[str, WantedRole]) -> set[str]:
    """The role and all that it is a member of."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += known[one].member_of if one in known else ()
    return found
