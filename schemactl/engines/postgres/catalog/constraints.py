"""Constraints of tables and the indexes that serve or stand beside them."""

from __future__ import annotations

from schemactl.engines.postgres.catalog.query import SCHEMAS, CatalogQuery, Server, commented, ordered, own


def _constraints(_: Server) -> str:
    # A partition's copy of a foreign key, and the one that each partition of the referenced table adds, are part of
    # the constraint they come from: their names are the server's and differ between majors.
    return f"""
WITH {SCHEMAS}
SELECT CASE con.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'c' THEN 'check'
    WHEN 'f' THEN 'foreign key' ELSE 'exclusion' END,
  ns.nspname, c.relname, con.conname,
  pg_get_constraintdef(con.oid) AS definition,
  con.coninhcount > 0 AND con.contype = 'c' AS inherited,
  con.conislocal AND con.coninhcount > 0 AND con.contype = 'c' AS local,
  com.description AS comment
FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid JOIN ns ON ns.oid = c.relnamespace
{commented("pg_constraint", "con.oid")}
WHERE con.contype IN ('p', 'u', 'c', 'f', 'x') AND NOT (con.contype = 'f' AND con.conparentid <> 0)
  AND {own("pg_class", "c.oid")}"""


def _indexes(_: Server) -> str:
    # What an index behind a key is, its constraint's definition says already, but for its parameters.
    return f"""
WITH {SCHEMAS},
targets AS (
  SELECT attrelid, jsonb_object_agg(attnum, attstattarget) AS of_columns FROM pg_attribute
  WHERE attstattarget >= 0 AND attnum > 0 GROUP BY attrelid)
SELECT 'index', ns.nspname, c.relname,
  CASE WHEN con.oid IS NULL THEN pg_get_indexdef(i.indexrelid) END AS definition,
  i.indrelid::regclass::text AS "table",
  NOT i.indisvalid AS invalid, NOT i.indisready AS not_ready,
  i.indisclustered AS clustered, i.indisreplident AS replica_identity,
  CASE WHEN con.oid IS NOT NULL AND c.reloptions IS NOT NULL THEN {ordered("c.reloptions")} END AS options,
  con.conname AS "constraint", targets.of_columns AS statistics, ts.spcname AS tablespace,
  CASE WHEN c.relispartition THEN (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = c.oid) END
    AS partition_of,
  com.description AS comment
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN ns ON ns.oid = c.relnamespace
LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid AND con.conrelid = i.indrelid
  AND con.contype IN ('p', 'u', 'x')
LEFT JOIN targets ON targets.attrelid = c.oid LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
{commented("pg_class", "c.oid")}
WHERE i.indislive AND {own("pg_class", "i.indrelid")}"""


def _statistics(_: Server) -> str:
    return f"""
WITH {SCHEMAS}
SELECT 'statistics', ns.nspname, s.stxname, pg_get_statisticsobjdef(s.oid) AS definition,
  nullif(s.stxstattarget, -1) AS target, pg_get_userbyid(s.stxowner) AS owner, com.description AS comment
FROM pg_statistic_ext s JOIN ns ON ns.oid = s.stxnamespace {commented("pg_statistic_ext", "s.oid")}
WHERE {own("pg_statistic_ext", "s.oid")}"""


QUERIES = (CatalogQuery(3, _constraints), CatalogQuery(2, _indexes), CatalogQuery(2, _statistics))
