"""Tables, foreign tables, views, materialised views and sequences; their parts have files of their own."""

from __future__ import annotations

from schemactl.engines.postgres.catalog.query import (
    SCHEMAS,
    CatalogQuery,
    Server,
    commented,
    grants,
    ordered,
    own,
    owner,
    word,
)

_COLUMNS = """ARRAY(SELECT a.attname::text FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns"""

# In order of inhseqno, which is the order in which columns are merged.
_PARENTS = """parents AS (
  SELECT i.inhrelid, array_agg(i.inhparent::regclass::text ORDER BY i.inhseqno) AS names,
    bool_or(i.inhdetachpending) AS leaving
  FROM pg_inherits i GROUP BY i.inhrelid)"""

_OPTIONS = f"""CASE WHEN c.reloptions IS NOT NULL OR t.reloptions IS NOT NULL THEN
    {ordered("c.reloptions || ARRAY(SELECT 'toast.' || o FROM unnest(t.reloptions) o)")} END AS options"""


def _tables(_: Server) -> str:
    return f"""
WITH {SCHEMAS}, {_PARENTS}
SELECT CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END, ns.nspname, c.relname,
  {_COLUMNS},
  {word("c.relpersistence", u="unlogged", t="temporary")} AS persistence,
  CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
  CASE WHEN c.relispartition THEN parents.names[1] END AS partition_of,
  CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS bound,
  parents.leaving AS detach_pending,
  CASE WHEN NOT c.relispartition THEN parents.names END AS inherits,
  CASE WHEN c.reloftype <> 0 THEN c.reloftype::regtype::text END AS of_type,
  nullif(am.amname, 'heap') AS access_method,
  ts.spcname AS tablespace,
  {_OPTIONS},
  c.relrowsecurity AS row_security, c.relforcerowsecurity AS row_security_forced,
  {word("c.relreplident", f="full", n="nothing", i="index")} AS replica_identity,
  srv.srvname AS server, ft.ftoptions AS foreign_options,
  {owner("c.relowner")}, {grants("r", "c.relacl", "c.relowner")}, com.description AS comment
FROM pg_class c JOIN ns ON ns.oid = c.relnamespace
LEFT JOIN parents ON parents.inhrelid = c.oid
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
LEFT JOIN pg_am am ON am.oid = c.relam LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN pg_foreign_table ft ON ft.ftrelid = c.oid LEFT JOIN pg_foreign_server srv ON srv.oid = ft.ftserver
{commented("pg_class", "c.oid")}
WHERE c.relkind IN ('r', 'p', 'f') AND {own("pg_class", "c.oid")}"""


def _views(server: Server) -> str:
    return f"""
WITH {SCHEMAS}
SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, ns.nspname, c.relname,
  {_COLUMNS},
  pg_get_viewdef(c.oid) AS definition, {server.since(16, "NULL", "true")} AS qualified,
  c.relkind = 'm' AND NOT c.relispopulated AS unpopulated,
  CASE WHEN c.relkind = 'm' THEN nullif(am.amname, 'heap') END AS access_method, ts.spcname AS tablespace,
  {_OPTIONS},
  {owner("c.relowner")}, {grants("r", "c.relacl", "c.relowner")}, com.description AS comment
FROM pg_class c JOIN ns ON ns.oid = c.relnamespace
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
LEFT JOIN pg_am am ON am.oid = c.relam LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
{commented("pg_class", "c.oid")}
WHERE c.relkind IN ('v', 'm') AND {own("pg_class", "c.oid")}"""


def _sequences(_: Server) -> str:
    return f"""
WITH {SCHEMAS}
SELECT 'sequence', ns.nspname, c.relname,
  s.seqtypid::regtype::text AS type, s.seqstart AS start, s.seqincrement AS increment,
  s.seqmin AS minimum, s.seqmax AS maximum, s.seqcache AS cache, s.seqcycle AS cycle,
  CASE WHEN a.attname IS NOT NULL THEN dep.refobjid::regclass::text || '.' || quote_ident(a.attname) END AS owned_by,
  {word("c.relpersistence", u="unlogged", t="temporary")} AS persistence,
  {owner("c.relowner")}, {grants("s", "c.relacl", "c.relowner")}, com.description AS comment
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN ns ON ns.oid = c.relnamespace
LEFT JOIN pg_depend dep ON dep.classid = 'pg_class'::regclass AND dep.objid = c.oid AND dep.objsubid = 0
  AND dep.refclassid = 'pg_class'::regclass AND dep.refobjsubid > 0 AND dep.deptype IN ('a', 'i')
LEFT JOIN pg_attribute a ON a.attrelid = dep.refobjid AND a.attnum = dep.refobjsubid
{commented("pg_class", "c.oid")}
WHERE dep.deptype IS DISTINCT FROM 'i' AND {own("pg_class", "c.oid")}"""


QUERIES = (CatalogQuery(2, _tables), CatalogQuery(2, _views), CatalogQuery(2, _sequences))
