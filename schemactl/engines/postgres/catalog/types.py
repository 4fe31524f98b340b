"""Types that somebody made: enums, composites, ranges, base types, domains; and collations."""

from __future__ import annotations

from schemactl.engines.postgres.catalog.query import (
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

_LABELS = """labels AS (
  SELECT enumtypid, array_agg(enumlabel::text ORDER BY enumsortorder) AS names FROM pg_enum GROUP BY enumtypid)"""


def _tail() -> str:
    return f"{owner('t.typowner')}, {grants('T', 't.typacl', 't.typowner')}, com.description AS comment"


def _from(condition: str, joins: str = "") -> str:
    return f"""
FROM pg_type t JOIN ns ON ns.oid = t.typnamespace {joins} {commented("pg_type", "t.oid")}
WHERE {condition} AND {own("pg_type", "t.oid")}"""


def _enums(_: Server) -> str:
    return f"""
WITH {SCHEMAS}, {_LABELS}
SELECT 'enum', ns.nspname, t.typname, coalesce(labels.names, '{{}}') AS values, {_tail()}
{_from("t.typtype = 'e'", "LEFT JOIN labels ON labels.enumtypid = t.oid")}"""


def _composites(_: Server) -> str:
    return f"""
WITH {SCHEMAS}, parts AS (
  SELECT a.attrelid, jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
    'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'comment', d.description,
    'collation', CASE WHEN a.attcollation <> y.typcollation THEN a.attcollation::regcollation::text END))
    ORDER BY a.attnum) AS attributes
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'c'
  JOIN ns ON ns.oid = c.relnamespace JOIN pg_type y ON y.oid = a.atttypid
  LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum
  WHERE a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attrelid)
SELECT 'composite type', ns.nspname, t.typname, coalesce(parts.attributes, '[]') AS attributes, {_tail()}
{
        _from(
            "t.typtype = 'c' AND rel.relkind = 'c'",
            "JOIN pg_class rel ON rel.oid = t.typrelid LEFT JOIN parts ON parts.attrelid = t.typrelid",
        )
    }"""


def _ranges(_: Server) -> str:
    return f"""
WITH {SCHEMAS}
SELECT 'range', ns.nspname, t.typname, format_type(r.rngsubtype, NULL) AS subtype,
  CASE WHEN NOT oc.opcdefault THEN quote_ident(on_.nspname) || '.' || quote_ident(oc.opcname) END AS operator_class,
  CASE WHEN r.rngcollation <> st.typcollation THEN r.rngcollation::regcollation::text END AS collation,
  {function("r.rngcanonical")} AS canonical, {function("r.rngsubdiff")} AS difference,
  quote_ident(mn.nspname) || '.' || quote_ident(mt.typname) AS multirange, {_tail()}
{
        _from(
            "t.typtype = 'r'",
            '''JOIN pg_range r ON r.rngtypid = t.oid JOIN pg_opclass oc ON oc.oid = r.rngsubopc
  JOIN pg_namespace on_ ON on_.oid = oc.opcnamespace JOIN pg_type st ON st.oid = r.rngsubtype
  LEFT JOIN pg_type mt ON mt.oid = r.rngmultitypid LEFT JOIN pg_namespace mn ON mn.oid = mt.typnamespace''',
        )
    }"""


def _base_types(_: Server) -> str:
    # An array type belongs to its element; typsubscript tells a true array from a fixed-length type with elements.
    return f"""
WITH {SCHEMAS}
SELECT 'base type', ns.nspname, t.typname, NOT t.typisdefined AS shell,
  t.typlen AS length, t.typbyval AS by_value, t.typalign::text AS alignment, t.typstorage::text AS storage,
  t.typcategory::text AS category, t.typispreferred AS preferred, t.typdelim::text AS delimiter,
  t.typdefault AS "default", CASE WHEN t.typelem <> 0 THEN format_type(t.typelem, NULL) END AS element,
  t.typcollation <> 0 AS collatable,
  {function("t.typinput")} AS input, {function("t.typoutput")} AS output, {function("t.typreceive")} AS receive,
  {function("t.typsend")} AS send, {function("t.typmodin")} AS modifier_input,
  {function("t.typmodout")} AS modifier_output, {function("t.typanalyze")} AS analyze,
  {function("t.typsubscript")} AS subscript, {_tail()}
{_from("(t.typtype = 'b' OR NOT t.typisdefined) AND NOT EXISTS (SELECT FROM pg_type el WHERE el.typarray = t.oid)")}"""


def _domains(server: Server) -> str:
    # From 18 on a domain's NOT NULL has a name too; as with columns, a generated one says nothing.
    named = server.since(18, r"CASE WHEN k.contype = 'n' AND k.conname !~ '_not_null\d*$' THEN k.conname END")
    return f"""
WITH {SCHEMAS}, checks AS (
  SELECT k.contypid, max({named}) AS not_null_name,
    jsonb_object_agg(k.conname, jsonb_strip_nulls(jsonb_build_object(
      'definition', pg_get_constraintdef(k.oid), 'comment', d.description)))
      FILTER (WHERE k.contype = 'c') AS named
  FROM pg_constraint k JOIN ns ON ns.oid = k.connamespace
  LEFT JOIN pg_description d ON d.classoid = 'pg_constraint'::regclass AND d.objoid = k.oid
  WHERE k.contypid <> 0 GROUP BY k.contypid)
SELECT 'domain', ns.nspname, t.typname, format_type(t.typbasetype, t.typtypmod) AS type,
  CASE WHEN t.typcollation <> bt.typcollation THEN t.typcollation::regcollation::text END AS collation,
  t.typnotnull AS not_null, checks.not_null_name, coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) AS "default",
  checks.named AS checks, {_tail()}
{_from("t.typtype = 'd'", "JOIN pg_type bt ON bt.oid = t.typbasetype LEFT JOIN checks ON checks.contypid = t.oid")}"""


def _collations(server: Server) -> str:
    # The version of the library that orders the text is the server's, not the schema's.
    locale = server.since(17, "c.colllocale", "c.colliculocale")
    return f"""
WITH {SCHEMAS}
SELECT 'collation', ns.nspname, c.collname,
  {word("c.collprovider", c="libc", i="icu", b="builtin", d="default")} AS provider,
  c.collcollate AS "collate", c.collctype AS ctype, {locale} AS locale,
  {server.since(16, "c.collicurules")} AS rules,
  NOT c.collisdeterministic AS nondeterministic, {owner("c.collowner")}, com.description AS comment
FROM pg_collation c JOIN ns ON ns.oid = c.collnamespace {commented("pg_collation", "c.oid")}
WHERE {own("pg_collation", "c.oid")}"""


QUERIES = (
    CatalogQuery(2, _enums),
    CatalogQuery(2, _composites),
    CatalogQuery(2, _ranges),
    CatalogQuery(2, _base_types),
    CatalogQuery(2, _domains),
    CatalogQuery(2, _collations),
)
