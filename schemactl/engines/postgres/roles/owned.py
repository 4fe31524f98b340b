"""What is in a database of roles whose objects are to be the owner's, and whether they can become its. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.postgres.roles.quoting import identifier
from schemactl.errors import GateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from schemactl.engines.postgres.roles.server import Server

# classid, objid, schema, owner. What a publication of every table, or of schemas, is has to stay a superuser's.
_OTHERS: Final = """
SELECT 'pg_collation'::regclass AS class, oid, collnamespace AS schema, collowner AS owner FROM pg_collation
UNION ALL SELECT 'pg_conversion'::regclass, oid, connamespace, conowner FROM pg_conversion
UNION ALL SELECT 'pg_operator'::regclass, oid, oprnamespace, oprowner FROM pg_operator
UNION ALL SELECT 'pg_opclass'::regclass, oid, opcnamespace, opcowner FROM pg_opclass
UNION ALL SELECT 'pg_opfamily'::regclass, oid, opfnamespace, opfowner FROM pg_opfamily
UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxnamespace, stxowner FROM pg_statistic_ext
UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgnamespace, cfgowner FROM pg_ts_config
UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictnamespace, dictowner FROM pg_ts_dict
UNION ALL SELECT 'pg_publication'::regclass, oid, NULL, pubowner FROM pg_publication WHERE NOT puballtables
  AND NOT EXISTS (SELECT FROM pg_publication_namespace WHERE pnpubid = pg_publication.oid)"""
_OWNED: Final = f"""
WITH found AS (
  SELECT 'pg_namespace'::regclass AS class, oid, oid AS schema, nspowner AS owner, 'SCHEMA' AS kind,
    quote_ident(nspname) AS name FROM pg_namespace
  UNION ALL
  SELECT 'pg_class'::regclass, c.oid, c.relnamespace, c.relowner,
    CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
      WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END,
    c.oid::regclass::text
  FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
    AND NOT (c.relkind = 'S' AND EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass
      AND x.objid = c.oid AND x.refclassid = 'pg_class'::regclass AND x.deptype IN ('a', 'i')))
  UNION ALL
  SELECT 'pg_proc'::regclass, oid, pronamespace, proowner, 'ROUTINE', oid::regprocedure::text FROM pg_proc
  UNION ALL
  SELECT 'pg_type'::regclass, oid, typnamespace, typowner, CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END,
    oid::regtype::text FROM pg_type WHERE typtype IN ('e', 'd', 'r')
  UNION ALL
  SELECT o.class, o.oid, o.schema, o.owner,
    CASE told.type WHEN 'statistics object' THEN 'STATISTICS' ELSE upper(told.type) END, told.identity
  FROM ({_OTHERS}) o, pg_identify_object(o.class, o.oid, 0) told
  WHERE pg_get_userbyid(o.owner) = ANY(%(from)s))
SELECT found.kind, found.name, pg_get_userbyid(found.owner)::text, coalesce(n.nspname, '')::text
FROM found LEFT JOIN pg_namespace n ON n.oid = found.schema
WHERE pg_get_userbyid(found.owner) = ANY(%(from)s)
  AND coalesce(n.nspname !~ '^pg_' AND n.nspname <> 'information_schema', true)
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = found.class AND x.objid = found.oid
    AND x.refclassid = 'pg_extension'::regclass AND x.deptype = 'e')
ORDER BY found.kind <> 'SCHEMA', 1, 2"""
_NOT_MINE: Final = """
SELECT name FROM unnest(%s::text[]) WITH ORDINALITY AS found (name, place) WHERE NOT pg_has_role(name::name, 'USAGE')
ORDER BY place"""
_CLOSED: Final = """
SELECT n.nspname::text, pg_get_userbyid(n.nspowner)::text FROM pg_namespace n
WHERE n.nspname = ANY(%s) AND pg_get_userbyid(n.nspowner) <> ALL(%s) AND NOT has_schema_privilege(
  coalesce((SELECT rolname FROM pg_roles WHERE rolname = %s), 'public'), n.oid, 'CREATE')
ORDER BY 1 LIMIT 1"""


class Owned(NamedTuple):
    """One object. `kind` and `name`: as ALTER … OWNER TO writes them; `schema`: "" for what is in none."""

    kind: str
    name: str
    owner: str
    schema: str


def read(server: Server, database: str, owners: Iterable[str]) -> tuple[Owned, ...]:
    """What is there of these roles, in the order in which it can become another's: schemas come first."""
    return tuple(Owned(*row) for row in server.rows(_OWNED, {"from": list(owners)}, database))


def statements(found: Sequence[Owned], owner: str) -> Iterator[str]:
    for one in found:
        yield f"ALTER {one.kind} {one.name} OWNER TO {identifier(owner)}"


def refuse(server: Server, database: str, found: Sequence[Owned], former: str, owner: str) -> None:
    """Whether everything that is found, and the database of `former`, can become the owner's.

    Source: PostgreSQL's manual, the notes of ALTER DATABASE, ALTER SCHEMA, ALTER TABLE and the others: whoever is no
    superuser has to have the former owner's rights, and the new one has to have CREATE on the schema.

    raises  GateError where it cannot
    """
    administrator = server.administrator
    if administrator.superuser:
        return
    others = dict.fromkeys(name for name in (former, *(one.owner for one in found)) if name != owner)
    for (name,) in server.rows(_NOT_MINE, (list(others),)):
        raise _refused(
            server,
            f"{administrator.name} is no member of {name}, whose is {_what(name, found, former, database)}",
            f"GRANT {identifier(name)} TO {identifier(administrator.name)} as one who may, or log in as a superuser",
        )
    schemas = sorted({one.schema for one in found if one.kind != "SCHEMA"} - {""})
    own = [*others, owner, "pg_database_owner"]
    for schema, whose in server.rows(_CLOSED, (schemas, own, owner), database) if schemas else ():
        raise _refused(
            server,
            f"what is in the schema {schema} of {database} cannot become {owner}'s: the schema "
            f"is {whose}'s, and {owner} may make nothing in it",
            f"ALTER SCHEMA {identifier(schema)} OWNER TO {identifier(administrator.name)} as one who may, or log in as "
            "a superuser",
        )


def _what(name: str, found: Sequence[Owned], former: str, database: str) -> str:
    if name == former:
        return f"the database {database}"
    return next(f"{one.kind.lower()} {one.name} in {database}" for one in found if one.owner == name)


def _refused(server: Server, what: str, do: str) -> GateError:
    return GateError(what, at=server.opening.shown, now="nothing was changed", do=do, kind="insufficient_privilege")
