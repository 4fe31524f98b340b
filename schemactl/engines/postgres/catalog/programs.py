"""What runs by itself on a table or a database: triggers, event triggers, rules, row security policies."""

from __future__ import annotations

from schemactl.engines.postgres.catalog.query import (
    SCHEMAS,
    CatalogQuery,
    Server,
    commented,
    function,
    ordered,
    own,
    owner,
    word,
)


def _triggers(_: Server) -> str:
    # A partition's copy of a trigger is part of its parent's, unless it is switched on or off apart from it.
    return f"""
WITH {SCHEMAS}
SELECT 'trigger', ns.nspname, c.relname, t.tgname, pg_get_triggerdef(t.oid) AS definition,
  {word("t.tgenabled", D="disabled", R="replica", A="always")} AS enabled,
  t.tgparentid <> 0 AS inherited, com.description AS comment
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN ns ON ns.oid = c.relnamespace
LEFT JOIN pg_trigger parent ON parent.oid = t.tgparentid
{commented("pg_trigger", "t.oid")}
WHERE NOT t.tgisinternal AND (t.tgparentid = 0 OR t.tgenabled <> parent.tgenabled)
  AND {own("pg_class", "c.oid")} AND {own("pg_trigger", "t.oid")}"""


def _event_triggers(_: Server) -> str:
    return f"""
SELECT 'event trigger', e.evtname, e.evtevent AS event,
  CASE WHEN e.evttags IS NOT NULL THEN {ordered("e.evttags")} END AS tags, {function("e.evtfoid")} AS function,
  {word("e.evtenabled", D="disabled", R="replica", A="always")} AS enabled,
  {owner("e.evtowner")}, com.description AS comment
FROM pg_event_trigger e {commented("pg_event_trigger", "e.oid")}
WHERE {own("pg_event_trigger", "e.oid")}"""


def _rules(_: Server) -> str:
    return f"""
WITH {SCHEMAS}
SELECT 'rule', ns.nspname, c.relname, r.rulename, pg_get_ruledef(r.oid) AS definition,
  {word("r.ev_enabled", D="disabled", R="replica", A="always")} AS enabled, com.description AS comment
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN ns ON ns.oid = c.relnamespace
{commented("pg_rewrite", "r.oid")}
WHERE r.rulename <> '_RETURN' AND {own("pg_class", "c.oid")} AND {own("pg_rewrite", "r.oid")}"""


def _policies(_: Server) -> str:
    return f"""
WITH {SCHEMAS}
SELECT 'policy', ns.nspname, c.relname, p.polname,
  {word("p.polcmd", r="select", a="insert", w="update", d="delete")} AS command,
  NOT p.polpermissive AS restrictive,
  CASE WHEN p.polroles <> '{{0}}' THEN
    (SELECT array_agg(pg_get_userbyid(r)::text ORDER BY pg_get_userbyid(r)::text COLLATE "C") FROM unnest(p.polroles) r)
    END AS roles,
  pg_get_expr(p.polqual, p.polrelid) AS "using", pg_get_expr(p.polwithcheck, p.polrelid) AS with_check,
  com.description AS comment
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN ns ON ns.oid = c.relnamespace
{commented("pg_policy", "p.oid")}
WHERE {own("pg_class", "c.oid")}"""


QUERIES = (
    CatalogQuery(3, _triggers),
    CatalogQuery(1, _event_triggers),
    CatalogQuery(3, _rules),
    CatalogQuery(3, _policies),
)
