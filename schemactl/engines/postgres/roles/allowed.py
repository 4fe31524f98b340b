"""What an administrator that is no superuser may do with roles: asked before anything is changed.

Source: PostgreSQL's manual, the notes of CREATE ROLE, ALTER ROLE, GRANT and REVOKE, and the release notes of 16.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.errors import ConfigError, GateError

if TYPE_CHECKING:
    from schemactl.engines.postgres.roles.known import Known, Membership
    from schemactl.engines.postgres.roles.server import Server
    from schemactl.model.rights import Wanted

OPTIONS_SINCE: Final = 16
"""GRANT … WITH INHERIT, SET; before, every member could do both. Since then CREATEROLE alone reaches no role."""
_ADMIN: Final = "ADMIN OPTION on it"


def refuse_reserved(wanted: Wanted) -> None:
    """raises  ConfigError for a name that no role can have"""
    for role in wanted.all:
        if role.name in ("public", "none") or role.name.startswith("pg_"):
            raise ConfigError(
                f"{role.name} is a name that PostgreSQL keeps to itself: no role can have it",
                at=role.at,
                now="nothing was changed",
                do="give the role another name",
                kind="wrong_name",
            )


def may(server: Server, allowed: bool, what: str, needs: str) -> None:
    """raises  GateError where this is not allowed, and the administrator no superuser either"""
    if not (allowed or server.administrator.superuser):
        raise GateError(
            f"{server.administrator.name} may not {what}",
            at=server.opening.shown,
            now="nothing was changed",
            do=f"give it {needs}, or log in as another administrator" if needs else "log in as a superuser",
            kind="insufficient_privilege",
        )


def may_alter(server: Server, known: Known, what: str) -> None:
    """raises  GateError"""
    may(server, server.administrator.makes_roles and (_is_before(server) or known.administered), what, _ADMIN)


def may_set(server: Server, name: str, words: list[str]) -> None:
    """Whether a role can be given, or lose, these attributes. raises  GateError"""
    administrator, before = server.administrator, _is_before(server)
    for word in words:
        attribute = word.removeprefix("NO")
        # Before 16 these two are a superuser's to give, whatever the administrator has itself.
        has = {
            "REPLICATION": administrator.replicates and not before,
            "BYPASSRLS": administrator.bypasses and not before,
            "CREATEDB": administrator.makes_databases or before,
        }
        may(server, has.get(attribute, True), f"make {name} {word}", "" if before else attribute)


def may_grant(server: Server, member: str, role: str, above: Known | None) -> None:
    """Whether `member` can be made one of a role; `above` is None for one that is made first. raises  GateError"""
    if above is not None:
        allowed = above.administered or (_is_before(server) and server.administrator.makes_roles)
        may(server, allowed, f"make {member} a member of {role}", f"ADMIN OPTION on {role}")


def may_revoke(server: Server, one: Membership) -> None:
    """raises  GateError"""
    allowed = (
        one.administered or server.administrator.makes_roles if _is_before(server) else one.administered and one.reached
    )
    needs = f"ADMIN OPTION on {one.role}" if one.reached else f"the rights of {one.grantor}, who granted that"
    may(server, allowed, f"take {one.member} out of {one.role}", needs)


def _is_before(server: Server) -> bool:
    return server.major < OPTIONS_SINCE
