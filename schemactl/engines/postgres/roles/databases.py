"""A target's database: that it is there, whose it is, who may connect. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from schemactl.contract.rights import Change
from schemactl.engines.postgres.roles.present import Passing, held, passing
from schemactl.engines.postgres.roles.quoting import identifier, literal
from schemactl.errors import GateError

if TYPE_CHECKING:
    from collections.abc import Iterator

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
_OWNED = """
SELECT 'SCHEMA', quote_ident(nspname) AS name, pg_get_userbyid(nspowner)::text FROM pg_namespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND pg_get_userbyid(nspowner) = ANY(%(from)s)
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_namespace'::regclass AND x.objid = pg_namespace.oid
    AND x.refclassid = 'pg_extension'::regclass AND x.deptype = 'e')
UNION ALL
SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
    WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END,
  format('%%I.%%I', n.nspname, c.relname), pg_get_userbyid(c.relowner)::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND pg_get_userbyid(c.relowner) = ANY(%(from)s)
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND (
    (x.refclassid = 'pg_extension'::regclass AND x.deptype = 'e')
    OR (c.relkind = 'S' AND x.refclassid = 'pg_class'::regclass AND x.deptype IN ('a', 'i'))))
UNION ALL
SELECT 'ROUTINE', p.oid::regprocedure::text, pg_get_userbyid(p.proowner)::text
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND pg_get_userbyid(p.proowner) = ANY(%(from)s)
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid
    AND x.refclassid = 'pg_extension'::regclass AND x.deptype = 'e')
UNION ALL
SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, format('%%I.%%I', n.nspname, t.typname),
  pg_get_userbyid(t.typowner)::text
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype IN ('e', 'd', 'r') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND pg_get_userbyid(t.typowner) = ANY(%(from)s)
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_type'::regclass AND x.objid = t.oid
    AND x.refclassid = 'pg_extension'::regclass AND x.deptype = 'e')
ORDER BY 1, 2"""


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
    """The database, whose it is and what is in it. raises  GateError where this administrator may not create it"""
    name, owner = wanted.database, wanted.owner
    if database.owner is None:
        if not (server.administrator.makes_databases or server.administrator.superuser):
            raise GateError(
                f"{server.administrator.name} may not create the database {name}",
                at=server.opening.shown,
                now="nothing was changed",
                do="give it CREATEDB, or log in as another administrator",
                kind="insufficient_privilege",
            )
        whose = f" OWNER {identifier(owner.name)}" if owner else ""
        yield Change("database", name, "add", "", (f"CREATE DATABASE {identifier(name)}{whose} TEMPLATE template0",))
        return
    yield Change("database", name, "same")
    if owner is None:
        return
    to = f"OWNER TO {identifier(owner.name)}"
    rows = server.rows(_OWNED, {"from": list(taken(server, wanted, database))}, name) if seen(server, name) else []
    if rows:
        now = f"{len(rows)} of {', '.join(sorted({row[2] for row in rows}))}"
        sends = tuple(f"ALTER {kind} {what} {to}" for kind, what, _ in rows)
        yield Change("owner", f"objects in {name}", "change", now, sends, name)
    if database.owner != owner.name:
        yield Change("owner", name, "change", database.owner, (f"ALTER DATABASE {identifier(name)} {to}",))
    else:
        yield Change("owner", name, "same")


def settings(server: Server, wanted: Wanted) -> Iterator[Change]:
    """The migrator works as the owner from its login on: the setting `role` in this database."""
    kept: dict[str, str] = dict(server.rows(_SETTINGS, (wanted.database, [role.name for role in wanted.roles])))
    for role in wanted.roles:
        head = f"ALTER ROLE {identifier(role.name)} IN DATABASE {identifier(wanted.database)}"
        now = kept.get(role.name)
        if role.migrates and wanted.owner is not None:
            if now == wanted.owner.name:
                yield Change("setting", role.name, "same")
            else:
                sends = (f"{head} SET role = {literal(wanted.owner.name)}",)
                yield Change("setting", role.name, "change" if now else "add", now or "", sends)
        elif now is not None:
            yield Change("setting", role.name, "change", f"works as {now}", (f"{head} RESET role",))


def connect(wanted: Wanted, database: Database) -> Iterator[Change]:
    """Who may connect: the roles that are wanted and log in. PUBLIC may not."""
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


def _passed(wanted: Wanted, database: Database) -> Iterator[Change]:
    """Notes of what a role of nobody's here passed on to everybody: the owner's REVOKE does not reach it."""
    ours = [role.name for role in wanted.all]
    for to, privilege, by in database.passing.passed:
        if not to and by not in ours:
            note = f"{by} passed {privilege} on to it, and alone can take that back"
            do = f"revoke it as {by}, or take the grant option from that role"
            yield Change("connect", "PUBLIC", "same", note, do=do)
