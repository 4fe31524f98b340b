"""Columns of tables, foreign tables, views and materialised views, with what belongs to a column alone."""

from __future__ import annotations

from schemactl.engines.postgres.catalog.query import (
    SCHEMAS,
    CatalogQuery,
    Server,
    commented,
    grants,
    ordered,
    own,
    word,
)

# An identity column's sequence has no life of its own, so all of it is told here.
_IDENTITY = """idents AS MATERIALIZED (
  SELECT dep.refobjid AS attrelid, dep.refobjsubid AS attnum, jsonb_strip_nulls(jsonb_build_object(
    'sequence', s.seqrelid::regclass::text, 'start', s.seqstart, 'increment', s.seqincrement,
    'minimum', s.seqmin, 'maximum', s.seqmax, 'cache', s.seqcache, 'cycle', nullif(s.seqcycle, false),
    'persistence', CASE k.relpersistence WHEN 'u' THEN 'unlogged' END,
    'grants', CASE WHEN k.relacl IS NOT NULL
      THEN ARRAY['s', pg_get_userbyid(k.relowner)::text] || k.relacl::text[] END,
    'comment', com.description)) AS options
  FROM pg_sequence s JOIN pg_class k ON k.oid = s.seqrelid
  JOIN pg_depend dep ON dep.classid = 'pg_class'::regclass AND dep.objid = s.seqrelid AND dep.objsubid = 0
    AND dep.refclassid = 'pg_class'::regclass AND dep.deptype = 'i'
  LEFT JOIN pg_description com ON com.classoid = 'pg_class'::regclass AND com.objoid = s.seqrelid
    AND com.objsubid = 0)"""

# From 18 on NOT NULL is a constraint with a name. Its presence is told as on an older server, and beside it only what
# an older server cannot have: NO INHERIT, NOT VALID, a local one beside an inherited one, and a name that somebody
# chose. A name that ends as the server's own do says nothing: it is the generated one, perhaps of before a renaming.
_NOT_NULL = r"""nns AS MATERIALIZED (
  SELECT k.conrelid, k.conkey[1] AS attnum, k.connoinherit, NOT k.convalidated AS not_valid,
    k.conislocal AND k.coninhcount > 0 AS local,
    CASE WHEN k.conname !~ '_not_null\d*$' THEN k.conname END AS chosen, com.description
  FROM pg_constraint k
  LEFT JOIN pg_description com ON com.classoid = 'pg_constraint'::regclass AND com.objoid = k.oid
  WHERE k.contype = 'n' AND (k.connoinherit OR NOT k.convalidated OR (k.conislocal AND k.coninhcount > 0)
    OR (right(k.conname, 9) <> '_not_null' AND k.conname !~ '_not_null\d*$') OR com.description IS NOT NULL)),"""
_NOT_NULL_FACTS = """
  nn.connoinherit AS not_null_no_inherit, nn.not_valid AS not_null_not_valid, nn.local AS not_null_local,
  nn.chosen AS not_null_name, nn.description AS not_null_comment,"""
_NOT_NULL_JOIN = "LEFT JOIN nns nn ON nn.conrelid = a.attrelid AND nn.attnum = a.attnum"


def _columns(server: Server) -> str:
    return f"""
WITH {SCHEMAS}, {server.since(18, _NOT_NULL, "")} {_IDENTITY}
SELECT 'column', ns.nspname, c.relname, a.attname,
  format_type(a.atttypid, a.atttypmod) AS type,
  CASE WHEN a.attcollation <> ty.typcollation THEN a.attcollation::regcollation::text END AS collation,
  a.attnotnull AS not_null, {server.since(18, _NOT_NULL_FACTS, "")}
  CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS "default",
  {word("a.attgenerated", s="stored", v="virtual")} AS generated,
  CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END AS expression,
  {word("a.attidentity", a="always", d="by default")} AS identity, i.options AS identity_options,
  CASE WHEN a.attstorage <> ty.typstorage THEN
    {word("a.attstorage", p="plain", e="external", x="extended", m="main")} END AS storage,
  {word("a.attcompression", p="pglz", l="lz4")} AS compression,
  nullif(a.attstattarget, -1) AS statistics,
  CASE WHEN a.attoptions IS NOT NULL THEN {ordered("a.attoptions")} END AS options,
  a.attfdwoptions AS foreign_options,
  a.attinhcount > 0 AS inherited, a.attislocal AND a.attinhcount > 0 AS local,
  {grants("c", "a.attacl", "c.relowner")}, com.description AS comment
FROM pg_class c JOIN ns ON ns.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type ty ON ty.oid = a.atttypid
LEFT JOIN pg_attrdef d ON a.atthasdef AND d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN idents i ON a.attidentity <> '' AND i.attrelid = a.attrelid AND i.attnum = a.attnum
{server.since(18, _NOT_NULL_JOIN, "")}
{commented("pg_class", "c.oid", "a.attnum")}
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND {own("pg_class", "c.oid")}"""


QUERIES = (CatalogQuery(3, _columns),)
