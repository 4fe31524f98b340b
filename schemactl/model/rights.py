"""What roles.toml wants of a server: roles, a database, and who may do what in it (docs/formats.md, "roles.toml")."""

from __future__ import annotations

from typing import Literal, NamedTuple

Verb = Literal["read", "insert", "update", "delete", "execute"]


class ObjectRights(NamedTuple):
    """What a role may do with some objects instead of what it may do with the others.

    objects  tables, collections or labels
    can      verbs; columns where only some may be written: verb → columns, empty for all
    """

    objects: tuple[str, ...]
    can: tuple[tuple[Verb, tuple[str, ...]], ...]


class WantedRole(NamedTuple):
    """One role of one target, or of the whole server.

    owns      owns the database and what migrations make; never logs in
    migrates  logs in to migrate, and works as the owner
    can       on every object of the target, but for those of `instead` and the fields of `hidden`
    hidden    `table.column`: not readable, nor writable
    member_of roles of the engine's own, or of this file
    options   of the engine's own: `replication` on PostgreSQL
    connections  how many it may have at once; 0 for any number
    password  a reference (`${VAR}`, `file:`, `cmd:`), or "" for one that is made; never the password itself
    at        `file:line`
    """

    name: str
    login: bool
    owns: bool = False
    migrates: bool = False
    can: tuple[Verb, ...] = ()
    instead: tuple[ObjectRights, ...] = ()
    hidden: tuple[str, ...] = ()
    member_of: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    connections: int = 0
    password: str = ""
    at: str = ""


class Wanted(NamedTuple):
    """What one target wants of its server.

    target    `platform/target`
    database  its name there
    shared    roles of the whole server
    asked     whether a role names this engine; else every engine that knows roles is meant
    named     objects that platform.toml and the migrations name as the target's: where rights are given on objects one
              by one, these get them before they are there
    """

    target: str
    database: str
    roles: tuple[WantedRole, ...]
    shared: tuple[WantedRole, ...] = ()
    asked: bool = False
    named: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[WantedRole, ...]:
        return (*self.shared, *self.roles)

    @property
    def owner(self) -> WantedRole | None:
        return next((role for role in self.roles if role.owns), None)

    @property
    def migrator(self) -> WantedRole | None:
        return next((role for role in self.roles if role.migrates), None)
