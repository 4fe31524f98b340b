"""Schemas, extensions and default privileges: what holds other objects, or decides how new ones begin."""

from __future__ import annotations

from schemactl.engines.postgres.catalog.query import SCHEMAS, CatalogQuery, Server, commented, grants, own, owner


def _schemas(_: Server) -> str:
    return f"""
WITH {SCHEMAS}
SELECT 'schema', s.nspname, {owner("s.nspowner")}, {grants("n", "s.nspacl", "s.nspowner")}, com.description AS comment
FROM ns JOIN pg_namespace s ON s.oid = ns.oid {commented("pg_namespace", "s.oid")}
WHERE {own("pg_namespace", "s.oid")}"""


def _extensions(_: Server) -> str:
    # No owner: pg_dump restores an extension as whoever restores it.
    return f"""
SELECT 'extension', e.extname, n.nspname AS schema, e.extversion AS version,
  (SELECT array_agg(r.extname::text ORDER BY r.extname) FROM pg_depend d JOIN pg_extension r ON r.oid = d.refobjid
   WHERE d.classid = 'pg_extension'::regclass AND d.objid = e.oid
     AND d.refclassid = 'pg_extension'::regclass) AS requires,
  CASE WHEN e.extname <> 'plpgsql' THEN com.description END AS comment
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace {commented("pg_extension", "e.oid")}"""


def _default_privileges(_: Server) -> str:
    kinds = "CASE a.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'"
    kinds += " WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE a.defaclobjtype::text END"
    letter = "CASE a.defaclobjtype WHEN 'S' THEN 's' ELSE a.defaclobjtype::text END"
    return f"""
SELECT 'default privileges', pg_get_userbyid(a.defaclrole), coalesce(n.nspname, ''), {kinds},
  ARRAY[{letter}, pg_get_userbyid(a.defaclrole)::text] || a.defaclacl::text[] AS default_privileges
FROM pg_default_acl a LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace
WHERE n.nspname IS DISTINCT FROM %(ours)s"""


QUERIES = (CatalogQuery(1, _schemas), CatalogQuery(1, _extensions), CatalogQuery(3, _default_privileges))
