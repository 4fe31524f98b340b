"""A target's database: that it is there, whose it is, who may connect. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.contract.rights import Change
from schemactl.engines.postgres.roles import owned
from schemactl.engines.postgres.roles.allowed import may, may_alter
from schemactl.engines.postgres.roles.present import Passing, held, passing
from schemactl.engines.postgres.roles.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemactl.engines.postgres.roles.cluster import Cluster
    from schemactl.engines.postgres.roles.server import Server
    from schemactl.model.rights import Wanted

_DATABASE = """
SELECT pg_get_userbyid(d.datdba)::text,
  (SELECT json_agg(json_build_array(CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee) END::text,
     a.privilege_type, a.is_grantable,
     CASE WHEN a.grantor = d.datdba THEN '' ELSE pg_get_userbyid(a.grantor)::text END))
   FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a)
FROM pg_database d WHERE d.datname = %s"""
_SETTINGS = """
SELECT r.rolname::text, substr(setting, 6) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) setting
WHERE d.datname = %s AND r.rolname = ANY(%s) AND setting LIKE 'role=%%'"""

_OPEN = """
SELECT datname::text FROM pg_database WHERE datallowconn AND datname <> ALL(%s)
  AND EXISTS (SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) a
    WHERE a.grantee = 0 AND a.privilege_type = 'CONNECT')
ORDER BY 1"""
_NAMED: Final = 5


class Database(NamedTuple):
    """A database as it is; `owner` None where it is not there. `held`: role → privileges, "" for PUBLIC."""

    owner: str | None
    held: dict[str, frozenset[str]]
    passing: Passing = Passing()


def read(server: Server, name: str) -> Database:
    rows = server.rows(_DATABASE, (name,))
    if not rows:
        return Database(None, {"": frozenset({"CONNECT", "TEMPORARY"})})
    owner, items = rows[0]
    return Database(owner, held(items), passing(items))


def taken(server: Server, wanted: Wanted, database: Database) -> frozenset[str]:
    """The roles whose objects become the owner's: the administrator's and the migrator's own, the former owner's.

    What a third role made in the database stays its own.
    """
    if wanted.owner is None or database.owner is None:
        return frozenset()
    migrator = {wanted.migrator.name} if wanted.migrator else set()
    return frozenset({server.administrator.name, database.owner, *migrator} - {wanted.owner.name})


def seen(server: Server, name: str) -> bool:
    """Whether the administrator may connect to a database that is there.

    One who has not joined its owner yet may not, and sees what is in it once that is done.
    """
    return bool(server.rows("SELECT has_database_privilege(%s, 'CONNECT')", (name,))[0][0])


def changes(server: Server, wanted: Wanted, database: Database) -> Iterator[Change]:
    """The database, whose it is and what is in it.

    raises  GateError where this administrator may not create it, or give its owner what is in it
    """
    name, owner = wanted.database, wanted.owner
    if database.owner is None:
        may(server, server.administrator.makes_databases, f"create the database {name}", "CREATEDB")
        whose = f" OWNER {identifier(owner.name)}" if owner else ""
        yield Change("database", name, "add", "", (f"CREATE DATABASE {identifier(name)}{whose} TEMPLATE template0",))
        return
    yield Change("database", name, "same")
    if owner is None:
        return
    rows = owned.read(server, name, taken(server, wanted, database)) if seen(server, name) else ()
    owned.refuse(server, name, rows, database.owner, owner.name)
    # Who is no superuser can give the owner only what it could make: first of all the database, then schemas.
    if database.owner != owner.name:
        may(server, server.administrator.makes_databases, f"give the database {name} to {owner.name}", "CREATEDB")
        sends = (f"ALTER DATABASE {identifier(name)} OWNER TO {identifier(owner.name)}",)
        yield Change("owner", name, "change", database.owner, sends)
    else:
        yield Change("owner", name, "same")
    if rows:
        now = f"{len(rows)} of {', '.join(sorted({one.owner for one in rows}))}"
        yield Change("owner", f"objects in {name}", "change", now, tuple(owned.statements(rows, owner.name)), name)


def settings(server: Server, wanted: Wanted, cluster: Cluster) -> Iterator[Change]:
    """The migrator works as the owner from its login on: the setting `role` in this database.

    raises  GateError where this administrator may not alter the role
    """
    kept: dict[str, str] = dict(server.rows(_SETTINGS, (wanted.database, [role.name for role in wanted.roles])))
    for role in wanted.roles:
        known = cluster.roles.get(role.name)
        head = f"ALTER ROLE {identifier(role.name)} IN DATABASE {identifier(wanted.database)}"
        now = kept.get(role.name)
        if role.migrates and wanted.owner is not None:
            if now == wanted.owner.name:
                yield Change("setting", role.name, "same")
            else:
                if known is not None:
                    may_alter(server, known, f"alter the role {role.name}")
                sends = (f"{head} SET role = {literal(wanted.owner.name)}",)
                yield Change("setting", role.name, "change" if now else "add", now or "", sends)
        elif now is not None:
            if known is not None:
                may_alter(server, known, f"alter the role {role.name}")
            yield Change("setting", role.name, "change", f"works as {now}", (f"{head} RESET role",))


def connect(server: Server, wanted: Wanted, database: Database) -> Iterator[Change]:
    """Who may connect: the roles that are wanted and log in. PUBLIC may not.

    raises  GateError where the file names no owner, and the database is of one whose rights this administrator has not
    """
    found = tuple(_connect(wanted, database))
    if wanted.owner is None and database.owner is not None and any(one.verdict != "same" for one in found):
        has = server.rows("SELECT pg_has_role(%s::name, 'USAGE')", (database.owner,))[0][0]
        may(server, has, f"say who connects to {wanted.database}", f"the rights of its owner, {database.owner}")
    yield from found


def _connect(wanted: Wanted, database: Database) -> Iterator[Change]:
    on = f"ON DATABASE {identifier(wanted.database)}"
    everyone = database.held.get("", frozenset())
    if everyone:
        yield Change("connect", "PUBLIC", "change", ", ".join(sorted(everyone)), (f"REVOKE ALL {on} FROM PUBLIC",))
    else:
        yield Change("connect", "PUBLIC", "same")
    yield from _passed(wanted, database)
    for role in wanted.all:
        if role.owns:
            continue
        mine = database.held.get(role.name, frozenset())
        wish = frozenset({"CONNECT"} if role.login else ())
        sends = []
        if role.name in database.passing.grantable:
            sends.append(f"REVOKE GRANT OPTION FOR ALL {on} FROM {identifier(role.name)} CASCADE")
        if mine - wish:
            sends.append(f"REVOKE {', '.join(sorted(mine - wish))} {on} FROM {identifier(role.name)}")
        if wish - mine:
            sends.append(f"GRANT CONNECT {on} TO {identifier(role.name)}")
        if sends:
            yield Change("connect", role.name, "change" if mine else "add", ", ".join(sorted(mine)), tuple(sends))
        elif role.login:
            yield Change("connect", role.name, "same")


def notes(server: Server, databases: Collection[str]) -> Iterator[str]:
    """One note about the other databases of the server that everybody may connect to, this file's roles too."""
    names = [name for (name,) in server.rows(_OPEN, (list(databases),))]
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield (
            f"everybody may connect to {', '.join(names[:_NAMED])}{more}: the roles of this file too, since PUBLIC has "
            "CONNECT there, which is not taken"
        )


def _passed(wanted: Wanted, database: Database) -> Iterator[Change]:
    """Notes of what a role of nobody's here passed on to everybody: the owner's REVOKE does not reach it."""
    ours = [role.name for role in wanted.all]
    for to, privilege, by in database.passing.passed:
        if not to and by not in ours:
            note = f"{by} passed {privilege} on to it, and alone can take that back"
            do = f"revoke it as {by}, or take the grant option from that role"
            yield Change("connect", "PUBLIC", "same", note, do=do)
