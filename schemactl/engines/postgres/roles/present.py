"""What is in a database now: schemas, relations, routines, and who may do what with them. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from schemactl.engines.postgres.roles.wishes import Relation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    # SQL with parameters → rows
    Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

LEDGER = "schemactl"
# PUBLIC has no row in pg_roles; its OID in an access control list is 0.
_ROLE = "CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee) END::text"
# One entry of such a list; the last is who gave it, "" where that is the owner of the object.
_ENTRY = (
    f"json_build_array({_ROLE}, a.privilege_type, a.is_grantable,"
    " CASE WHEN a.grantor = {0} THEN '' ELSE pg_get_userbyid(a.grantor)::text END)"
)
_NOT_OF_AN_EXTENSION = (
    "NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = '{0}'::regclass AND x.objid = {1}"
    " AND x.refclassid = 'pg_extension'::regclass AND x.deptype = 'e')"
)
# `to_jsonb(u)` or `SELECT u`: a query's variable of a whole row, which leaves no dependency on its columns. Of what
# it is a row is not told here, so all that such a query reads is taken to be shown.
_WHOLE_ROW = ":varattno 0 "

_SCHEMAS = f"""
SELECT n.oid, n.nspname::text, pg_get_userbyid(n.nspowner)::text,
  (SELECT json_agg({_ENTRY.format("n.nspowner")})
   FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a)
FROM pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND pg_get_userbyid(n.nspowner) = ANY(%s)
  AND {_NOT_OF_AN_EXTENSION.format("pg_namespace", "n.oid")}
ORDER BY n.nspname"""

_RELATIONS = f"""
WITH RECURSIVE mine AS (
  SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind, c.relacl, c.relowner
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname = ANY(%s)
    AND pg_get_userbyid(c.relowner) = ANY(%s)
    AND {_NOT_OF_AN_EXTENSION.format("pg_class", "c.oid")}),
above AS (
  SELECT i.inhrelid AS oid, i.inhparent AS parent, 1 AS step FROM pg_inherits i JOIN mine ON mine.oid = i.inhrelid
  UNION
  SELECT above.oid, i.inhparent, above.step + 1 FROM above JOIN pg_inherits i ON i.inhrelid = above.parent),
parents AS (
  SELECT above.oid, json_agg(json_build_array(pn.nspname, pc.relname) ORDER BY above.step) AS names
  FROM above JOIN pg_class pc ON pc.oid = above.parent JOIN pg_namespace pn ON pn.oid = pc.relnamespace
  GROUP BY above.oid)
SELECT mine.oid, schema, name, kind,
  (SELECT json_agg(json_build_array(att.attname, (SELECT json_agg({_ENTRY.format("mine.relowner")})
     FROM aclexplode(att.attacl) a)) ORDER BY att.attnum)
   FROM pg_attribute att WHERE att.attrelid = mine.oid AND att.attnum > 0 AND NOT att.attisdropped),
  parents.names,
  (SELECT json_build_array(tn.nspname, tc.relname) FROM pg_depend d JOIN pg_class tc ON tc.oid = d.refobjid
   JOIN pg_namespace tn ON tn.oid = tc.relnamespace
   WHERE mine.kind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = mine.oid
     AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') LIMIT 1),
  (SELECT json_agg(DISTINCT jsonb_build_array(vn.nspname, vc.relname, va.attname))
   FROM (SELECT w.oid, w.ev_action::text LIKE '%%{_WHOLE_ROW}%%' AS shows_rows
         FROM pg_rewrite w WHERE w.ev_class = mine.oid OFFSET 0) r  -- a long text, looked through once
   JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
   JOIN pg_class vc ON vc.oid = d.refobjid JOIN pg_namespace vn ON vn.oid = vc.relnamespace
   JOIN pg_attribute va ON va.attrelid = vc.oid AND va.attnum > 0 AND NOT va.attisdropped
     AND (va.attnum = d.refobjsubid OR r.shows_rows)
   WHERE mine.kind IN ('v', 'm') AND d.refclassid = 'pg_class'::regclass
     AND d.refobjid <> mine.oid),
  (SELECT json_agg({_ENTRY.format("mine.relowner")})
   FROM aclexplode(coalesce(mine.relacl,
     acldefault(CASE mine.kind WHEN 'S' THEN 's' ELSE 'r' END::"char", mine.relowner))) a)
FROM mine LEFT JOIN parents ON parents.oid = mine.oid ORDER BY schema, name"""

_ROUTINES = f"""
SELECT n.nspname::text, p.oid::regprocedure::text,
  (SELECT json_agg({_ENTRY.format("p.proowner")})
   FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = ANY(%s) AND pg_get_userbyid(p.proowner) = ANY(%s)
  AND {_NOT_OF_AN_EXTENSION.format("pg_proc", "p.oid")}
ORDER BY 1, 2"""

_DEFAULTS = f"""
SELECT coalesce(n.nspname::text, ''), d.defaclobjtype::text,
  (SELECT json_agg({_ENTRY.format("d.defaclrole")}) FROM aclexplode(d.defaclacl) a)
FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
WHERE pg_get_userbyid(d.defaclrole) = %s"""

# Role → privileges; "" is PUBLIC.
Held = dict[str, frozenset[str]]


class Passing(NamedTuple):
    """How rights on an object came to be others' than by its owner.

    grantable  roles that may pass on what the owner gave them
    passed     grantee, privilege, and who passed it on: no REVOKE of the owner's takes that
    """

    grantable: frozenset[str] = frozenset()
    passed: tuple[tuple[str, str, str], ...] = ()


class Schema(NamedTuple):
    name: str
    held: Held
    passing: Passing = Passing()


class Thing(NamedTuple):
    """A relation. `columns`: column → role → privileges on it alone."""

    relation: Relation
    held: Held
    columns: dict[str, Held]
    passing: Passing


class Routine(NamedTuple):
    schema: str
    signature: str
    held: Held
    passing: Passing


class Present(NamedTuple):
    """What a database has of its owner's.

    defaults    (schema or "", type letter) → who gets what of new objects
    passing_on  likewise → who may pass it on
    """

    schemas: tuple[Schema, ...]
    things: tuple[Thing, ...]
    routines: tuple[Routine, ...]
    defaults: dict[tuple[str, str], Held]
    passing_on: dict[tuple[str, str], frozenset[str]]

    @property
    def relations(self) -> tuple[Relation, ...]:
        return tuple(thing.relation for thing in self.things if thing.relation.schema != LEDGER)


NOTHING = Present((Schema("public", {"": frozenset({"USAGE"})}),), (), (), {}, {})
"""A database that is not there yet: made from template0, it has schema public."""


def present(ask: Ask, owner: str, taken: frozenset[str]) -> Present:
    """What is there of `owner`'s; `taken`: roles whose objects are about to be the owner's."""
    owners = [owner, *taken]
    schemas = [
        Schema(row[1], held(row[3]), passing(row[3])) for row in ask(_SCHEMAS, ([*owners, "pg_database_owner"],))
    ]
    names = [schema.name for schema in schemas]
    things = [_thing(row) for row in ask(_RELATIONS, (names, owners))]
    routines = [Routine(row[0], row[1], held(row[2]), passing(row[2])) for row in ask(_ROUTINES, (names, owners))]
    rows = ask(_DEFAULTS, (owner,))
    defaults = {(row[0], row[1]): held(row[2]) for row in rows}
    passing_on = {(row[0], row[1]): passing(row[2]).grantable for row in rows}
    return Present(tuple(schemas), tuple(things), tuple(routines), defaults, passing_on)


def _thing(row: tuple[Any, ...]) -> Thing:
    _, schema, name, kind, columns, above, serves, shows, acl = row
    relation = Relation(
        schema=schema,
        name=name,
        kind=kind,
        columns=tuple(column for column, _ in columns or ()) if kind != "S" else (),
        above=tuple((parts[0], parts[1]) for parts in above or ()),
        serves=(serves[0], serves[1]) if serves else None,
        shows=tuple((one[0], one[1], one[2]) for one in shows or ()),
    )
    every = [*(acl or ()), *(item for _, items in columns or () for item in items or ())]
    return Thing(
        relation=relation,
        held=held(acl),
        columns={column: held(items) for column, items in columns or () if items},
        passing=passing(every),
    )


def held(items: Sequence[Any] | None) -> Held:
    """What the owner of an object gave, of the entries of its access list."""
    found: dict[str, set[str]] = {}
    for role, privilege, _, grantor in items or ():
        if not grantor:
            found.setdefault(role, set()).add(privilege)
    return {role: frozenset(privileges) for role, privileges in found.items()}


def passing(items: Sequence[Any] | None) -> Passing:
    return Passing(
        frozenset(role for role, _, grantable, grantor in items or () if grantable and not grantor),
        tuple((role, privilege, grantor) for role, privilege, _, grantor in items or () if grantor),
    )
