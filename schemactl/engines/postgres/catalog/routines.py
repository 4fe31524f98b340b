"""Functions, procedures and aggregates, and the languages they are written in."""

from __future__ import annotations

from schemactl.engines.postgres.catalog.query import (
    FIRST_USER_OID,
    SCHEMAS,
    CatalogQuery,
    Server,
    commented,
    function,
    grants,
    own,
    owner,
    word,
)

# The types of the input arguments are what the server itself tells functions of one name apart by.
_NAME = "quote_ident(p.proname) || '(' || oidvectortypes(p.proargtypes) || ')'"


def _routines(_: Server) -> str:
    # Window functions are functions to every command but CREATE, and their definition says WINDOW. A range brings
    # its constructors, which depend on it internally.
    return f"""
WITH {SCHEMAS}
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, ns.nspname, {_NAME},
  pg_get_functiondef(p.oid) AS definition,
  {owner("p.proowner")}, {grants("f", "p.proacl", "p.proowner")}, com.description AS comment
FROM pg_proc p JOIN ns ON ns.oid = p.pronamespace {commented("pg_proc", "p.oid")}
WHERE p.prokind IN ('f', 'p', 'w') AND {own("pg_proc", "p.oid")}
  AND NOT EXISTS (SELECT FROM pg_depend made WHERE made.classid = 'pg_proc'::regclass AND made.objid = p.oid
    AND made.refclassid = 'pg_type'::regclass AND made.deptype = 'i')"""


def _aggregates(_: Server) -> str:
    return f"""
WITH {SCHEMAS}
SELECT 'aggregate', ns.nspname, {_NAME},
  pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS returns,
  {word("a.aggkind", o="ordered set", h="hypothetical set")} AS form,
  nullif(a.aggnumdirectargs, 0) AS direct_arguments,
  {function("a.aggtransfn")} AS transition, format_type(a.aggtranstype, NULL) AS state_type,
  nullif(a.aggtransspace, 0) AS state_space, a.agginitval AS initial,
  {function("a.aggfinalfn")} AS final, a.aggfinalextra AS final_extra,
  {word("a.aggfinalmodify", r="read only", s="shareable", w="read write")} AS final_modify,
  {function("a.aggcombinefn")} AS combine, {function("a.aggserialfn")} AS serialize,
  {function("a.aggdeserialfn")} AS deserialize,
  {function("a.aggmtransfn")} AS moving_transition, {function("a.aggminvtransfn")} AS moving_inverse,
  {function("a.aggmfinalfn")} AS moving_final, a.aggmfinalextra AS moving_final_extra,
  CASE WHEN a.aggmtransfn <> 0 THEN
    {word("a.aggmfinalmodify", r="read only", s="shareable", w="read write")} END AS moving_final_modify,
  CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL) END AS moving_state_type,
  nullif(a.aggmtransspace, 0) AS moving_state_space, a.aggminitval AS moving_initial,
  CASE WHEN a.aggsortop <> 0 THEN a.aggsortop::regoperator::text END AS sort_operator,
  {word("p.proparallel", s="safe", r="restricted")} AS parallel,
  {owner("p.proowner")}, {grants("f", "p.proacl", "p.proowner")}, com.description AS comment
FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid JOIN ns ON ns.oid = p.pronamespace
{commented("pg_proc", "p.oid")}
WHERE {own("pg_proc", "p.oid")}"""


def _languages(_: Server) -> str:
    return f"""
SELECT 'language', l.lanname, l.lanpltrusted AS trusted, {function("l.lanplcallfoid")} AS handler,
  {function("l.laninline")} AS inline, {function("l.lanvalidator")} AS validator,
  {owner("l.lanowner")}, {grants("l", "l.lanacl", "l.lanowner")}, com.description AS comment
FROM pg_language l {commented("pg_language", "l.oid")}
WHERE l.oid >= {FIRST_USER_OID} AND {own("pg_language", "l.oid")}"""


QUERIES = (CatalogQuery(2, _routines), CatalogQuery(2, _aggregates), CatalogQuery(1, _languages))
