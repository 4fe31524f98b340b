"""Text search configurations, dictionaries, parsers and templates."""

from __future__ import annotations

from schemactl.engines.postgres.catalog.query import SCHEMAS, CatalogQuery, Server, commented, function, own, owner


def _name(schema: str, name: str) -> str:
    return f"quote_ident({schema}.nspname) || '.' || quote_ident({name})"


def _configurations(_: Server) -> str:
    # ts_token_type() is a call for each configuration: there are few, and token names are in no table.
    return f"""
WITH {SCHEMAS}
SELECT 'text search configuration', ns.nspname, c.cfgname, {_name("pn", "p.prsname")} AS parser,
  (SELECT jsonb_object_agg(alias, dictionaries) FROM (
    SELECT k.alias, jsonb_agg(m.mapdict::regdictionary::text ORDER BY m.mapseqno) AS dictionaries
    FROM pg_ts_config_map m JOIN ts_token_type(c.cfgparser) k ON k.tokid = m.maptokentype
    WHERE m.mapcfg = c.oid GROUP BY k.alias) token) AS mappings,
  {owner("c.cfgowner")}, com.description AS comment
FROM pg_ts_config c JOIN ns ON ns.oid = c.cfgnamespace JOIN pg_ts_parser p ON p.oid = c.cfgparser
JOIN pg_namespace pn ON pn.oid = p.prsnamespace {commented("pg_ts_config", "c.oid")}
WHERE {own("pg_ts_config", "c.oid")}"""


def _dictionaries(_: Server) -> str:
    return f"""
WITH {SCHEMAS}
SELECT 'text search dictionary', ns.nspname, d.dictname, {_name("tn", "t.tmplname")} AS template,
  d.dictinitoption AS options, {owner("d.dictowner")}, com.description AS comment
FROM pg_ts_dict d JOIN ns ON ns.oid = d.dictnamespace JOIN pg_ts_template t ON t.oid = d.dicttemplate
JOIN pg_namespace tn ON tn.oid = t.tmplnamespace {commented("pg_ts_dict", "d.oid")}
WHERE {own("pg_ts_dict", "d.oid")}"""


def _parsers(_: Server) -> str:
    return f"""
WITH {SCHEMAS}
SELECT 'text search parser', ns.nspname, p.prsname, {function("p.prsstart")} AS start,
  {function("p.prstoken")} AS token, {function("p.prsend")} AS "end", {function("p.prsheadline")} AS headline,
  {function("p.prslextype")} AS token_types, com.description AS comment
FROM pg_ts_parser p JOIN ns ON ns.oid = p.prsnamespace {commented("pg_ts_parser", "p.oid")}
WHERE {own("pg_ts_parser", "p.oid")}"""


def _templates(_: Server) -> str:
    return f"""
WITH {SCHEMAS}
SELECT 'text search template', ns.nspname, t.tmplname, {function("t.tmplinit")} AS init,
  {function("t.tmpllexize")} AS lexize, com.description AS comment
FROM pg_ts_template t JOIN ns ON ns.oid = t.tmplnamespace {commented("pg_ts_template", "t.oid")}
WHERE {own("pg_ts_template", "t.oid")}"""


QUERIES = (
    CatalogQuery(2, _configurations),
    CatalogQuery(2, _dictionaries),
    CatalogQuery(2, _parsers),
    CatalogQuery(2, _templates),
)
