"""A role and a membership of it, as a server has them."""

from __future__ import annotations

from typing import NamedTuple


class Known(NamedTuple):
    """A role as it is."""

    name: str
    superuser: bool
    login: bool
    creates_databases: bool
    creates_roles: bool
    replication: bool
    bypasses: bool
    inherits: bool
    connections: int
    administered: bool


class Membership(NamedTuple):
    """administered, reached: whether the administrator has ADMIN OPTION on the role, and the rights of the grantor"""

    member: str
    role: str
    grantor: str | None
    admin: bool
    whole: bool
    administered: bool
    reached: bool
