"""What a seed has to know of a table: where it is, its columns, how their values are compared and written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from psycopg.rows import tuple_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemactl.engines.postgres.connection import Connection

Comparison = Literal["equal", "letters", "json", "text"]
Form = Literal["json", "array", "json array", "plain"]

_PART: Final = re.compile(r'(?:"((?:[^"]|"")+)"|([^".]+))(\.|\Z)')
_TABLE: Final = """
SELECT c.oid, c.relkind::text,
       ARRAY(SELECT a.attname::text FROM pg_index i JOIN pg_attribute a
             ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s
"""
# Through domains to what they are made of, and of an array to its elements. A type is compared by its own equality
# where that stands in a default operator class: `=` alone may be anything, as it is of `box`.
_COLUMNS: Final = """
WITH RECURSIVE part AS (
  SELECT a.attnum, a.atttypid AS type, false AS element FROM pg_attribute a
  WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT p.attnum, CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END, p.element OR t.typtype <> 'd'
  FROM part p JOIN pg_type t ON t.oid = p.type
  WHERE t.typtype = 'd' OR (t.typlen = -1 AND t.typelem <> 0 AND t.typsubscript = 'array_subscript_handler'::regproc)
), leaf AS (
  SELECT DISTINCT ON (p.attnum) p.attnum, p.type, p.element FROM part p JOIN pg_type t ON t.oid = p.type
  ORDER BY p.attnum, (t.typtype = 'd' OR (t.typlen = -1 AND t.typelem <> 0
           AND t.typsubscript = 'array_subscript_handler'::regproc))
)
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attidentity::text, a.attgenerated::text, leaf.element,
       t.typname::text, t.typcategory::text, t.typtype IN ('e', 'r', 'm') OR EXISTS (
         SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod
         WHERE o.opcintype = t.oid AND o.opcdefault AND m.amname IN ('btree', 'hash'))
FROM pg_attribute a JOIN leaf USING (attnum) JOIN pg_type t ON t.oid = leaf.type
WHERE a.attrelid = %s ORDER BY a.attnum
"""


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class Column(NamedTuple):
    """A column of a table.

    compares  equal: by its type's own equality. letters: byte for byte, whatever its collation takes for the same.
              json: by what the text means. text: by its text, where the type knows no equality
    form      how a list or a table of the seed is written for it
    always    GENERATED ALWAYS AS IDENTITY
    computed  GENERATED ALWAYS AS (…)
    """

    name: str
    type: str
    compares: Comparison
    form: Form
    always: bool
    identity: bool
    computed: bool

    @property
    def sql(self) -> str:
        return quoted(self.name)

    def differs(self, there: str, wanted: str) -> str:
        """SQL: whether the column of two relations differs."""
        a, b = f"{there}.{self.sql}", f"{wanted}.{self.sql}"
        form = {
            "equal": "{}",
            "letters": '{}::text COLLATE "C"',
            "json": "{}::jsonb",
            "text": '{}::text COLLATE "C"',
        }[self.compares]
        return f"{form.format(a)} IS DISTINCT FROM {form.format(b)}"


class Table(NamedTuple):
    """A table that a seed speaks of. `primary`: the columns of its primary key."""

    schema: str
    name: str
    kind: str
    columns: Mapping[str, Column]
    primary: tuple[str, ...]

    @property
    def sql(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def shown(self) -> str:
        return f"{self.schema}.{self.name}"


def names_of(written: str) -> tuple[str, str] | None:
    """Schema and name of `table`, `schema.table`, `"a.b"."c"`; None where it is neither. Bare is schema public."""
    parts, at = [], 0
    while at < len(written):
        match = _PART.match(written, at)
        if match is None:
            return None
        parts.append(match[1].replace('""', '"') if match[1] else match[2])
        at = match.end()
        if not match[3]:
            break
    if len(parts) == 1:
        return "public", parts[0]
    return (parts[0], parts[1]) if len(parts) == 2 else None


def table_of(connection: Connection, schema: str, name: str) -> Table | None:
    """The table, or None where there is none. raises  psycopg.Error"""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_TABLE, (schema, name)).fetchone()
        if row is None:
            return None
        oid, kind, primary = row
        columns = [_column(found) for found in cursor.execute(_COLUMNS, (oid, oid)).fetchall()]
    return Table(schema, name, kind, {column.name: column for column in columns}, tuple(primary))


def _column(row: tuple[Any, ...]) -> Column:
    name, written, identity, generated, element, leaf, category, has_equality = row
    compares: Comparison = "equal" if has_equality else "text"
    if category == "S":
        compares = "equal" if element else "letters"
    elif leaf == "json" and not element:
        compares = "json"
    is_json = leaf in ("json", "jsonb")
    form: Form = ("json array" if element else "json") if is_json else "array" if element else "plain"
    return Column(name, written, compares, form, identity == "a", identity != "", generated != "")
