"""Operators, operator classes and families, casts, conversions, transforms, access methods."""

from __future__ import annotations

from schemactl.engines.postgres.catalog.query import (
    FIRST_USER_OID,
    SCHEMAS,
    CatalogQuery,
    Server,
    commented,
    function,
    own,
    owner,
    word,
)


def _operators(_: Server) -> str:
    sides = "concat_ws(', ', CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) ELSE 'NONE' END,"
    sides += " CASE WHEN o.oprright <> 0 THEN format_type(o.oprright, NULL) ELSE 'NONE' END)"
    return f"""
WITH {SCHEMAS}
SELECT 'operator', ns.nspname, o.oprname || '(' || {sides} || ')',
  {function("o.oprcode")} AS function, format_type(o.oprresult, NULL) AS returns,
  CASE WHEN o.oprcom <> 0 THEN o.oprcom::regoperator::text END AS commutator,
  CASE WHEN o.oprnegate <> 0 THEN o.oprnegate::regoperator::text END AS negator,
  {function("o.oprrest")} AS restrict, {function("o.oprjoin")} AS join,
  o.oprcanmerge AS merges, o.oprcanhash AS hashes, {owner("o.oprowner")}, com.description AS comment
FROM pg_operator o JOIN ns ON ns.oid = o.oprnamespace {commented("pg_operator", "o.oid")}
WHERE {own("pg_operator", "o.oid")}"""


# What a family or a class holds, as the words of CREATE OPERATOR CLASS.
_MEMBERS = f"""members AS (
  SELECT dep.refclassid, dep.refobjid, array_agg(m.line ORDER BY m.line COLLATE "C") AS lines
  FROM pg_depend dep JOIN (
    SELECT 'pg_amop'::regclass::oid AS classid, a.oid, 'OPERATOR ' || a.amopstrategy || ' ' ||
      a.amopopr::regoperator::text || CASE WHEN a.amoppurpose = 'o' THEN ' FOR ORDER BY '
      || (SELECT quote_ident(nspname) || '.' || quote_ident(opfname) FROM pg_opfamily
          JOIN pg_namespace ON pg_namespace.oid = opfnamespace WHERE pg_opfamily.oid = a.amopsortfamily)
      ELSE '' END AS line FROM pg_amop a WHERE a.oid >= {FIRST_USER_OID}
    UNION ALL
    SELECT 'pg_amproc'::regclass, p.oid, 'FUNCTION ' || p.amprocnum || ' (' || format_type(p.amproclefttype, NULL)
      || ', ' || format_type(p.amprocrighttype, NULL) || ') ' || p.amproc::regprocedure::text
    FROM pg_amproc p WHERE p.oid >= {FIRST_USER_OID}) m ON m.classid = dep.classid AND m.oid = dep.objid
  WHERE dep.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass) AND dep.deptype IN ('a', 'i')
  GROUP BY dep.refclassid, dep.refobjid)"""


def _families(_: Server) -> str:
    return f"""
WITH {SCHEMAS}, {_MEMBERS}
SELECT 'operator family', ns.nspname, f.opfname, am.amname, members.lines AS members,
  {owner("f.opfowner")}, com.description AS comment
FROM pg_opfamily f JOIN ns ON ns.oid = f.opfnamespace JOIN pg_am am ON am.oid = f.opfmethod
LEFT JOIN members ON members.refclassid = 'pg_opfamily'::regclass AND members.refobjid = f.oid
{commented("pg_opfamily", "f.oid")}
WHERE {own("pg_opfamily", "f.oid")}"""


def _classes(_: Server) -> str:
    return f"""
WITH {SCHEMAS}, {_MEMBERS}
SELECT 'operator class', ns.nspname, o.opcname, am.amname, format_type(o.opcintype, NULL) AS type,
  o.opcdefault AS "default", quote_ident(fn.nspname) || '.' || quote_ident(f.opfname) AS family,
  CASE WHEN o.opckeytype <> 0 THEN format_type(o.opckeytype, NULL) END AS storage, members.lines AS members,
  {owner("o.opcowner")}, com.description AS comment
FROM pg_opclass o JOIN ns ON ns.oid = o.opcnamespace JOIN pg_am am ON am.oid = o.opcmethod
JOIN pg_opfamily f ON f.oid = o.opcfamily JOIN pg_namespace fn ON fn.oid = f.opfnamespace
LEFT JOIN members ON members.refclassid = 'pg_opclass'::regclass AND members.refobjid = o.oid
{commented("pg_opclass", "o.oid")}
WHERE {own("pg_opclass", "o.oid")}"""


def _casts(_: Server) -> str:
    # The cast from a range to its multirange comes with the type.
    return f"""
SELECT 'cast', format_type(c.castsource, NULL), format_type(c.casttarget, NULL), {function("c.castfunc")} AS function,
  {word("c.castcontext", a="assignment", i="implicit")} AS context,
  {word("c.castmethod", b="binary", i="inout")} AS method, com.description AS comment
FROM pg_cast c {commented("pg_cast", "c.oid")}
WHERE c.oid >= {FIRST_USER_OID} AND {own("pg_cast", "c.oid")}
  AND NOT EXISTS (SELECT FROM pg_range r WHERE r.rngtypid = c.castsource AND r.rngmultitypid = c.casttarget)"""


def _conversions(_: Server) -> str:
    return f"""
WITH {SCHEMAS}
SELECT 'conversion', ns.nspname, c.conname, pg_encoding_to_char(c.conforencoding) AS source,
  pg_encoding_to_char(c.contoencoding) AS destination, {function("c.conproc")} AS function,
  c.condefault AS "default", {owner("c.conowner")}, com.description AS comment
FROM pg_conversion c JOIN ns ON ns.oid = c.connamespace {commented("pg_conversion", "c.oid")}
WHERE {own("pg_conversion", "c.oid")}"""


def _transforms(_: Server) -> str:
    return f"""
SELECT 'transform', format_type(t.trftype, NULL), l.lanname, {function("t.trffromsql")} AS from_sql,
  {function("t.trftosql")} AS to_sql, com.description AS comment
FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang {commented("pg_transform", "t.oid")}
WHERE {own("pg_transform", "t.oid")}"""


def _access_methods(_: Server) -> str:
    return f"""
SELECT 'access method', a.amname, {function("a.amhandler")} AS handler,
  {word("a.amtype", i="index", t="table")} AS type, com.description AS comment
FROM pg_am a {commented("pg_am", "a.oid")}
WHERE a.oid >= {FIRST_USER_OID} AND {own("pg_am", "a.oid")}"""


QUERIES = (
    CatalogQuery(2, _operators),
    CatalogQuery(3, _families),
    CatalogQuery(3, _classes),
    CatalogQuery(2, _casts),
    CatalogQuery(2, _conversions),
    CatalogQuery(2, _transforms),
    CatalogQuery(1, _access_methods),
)
