"""Sequences that are about to give a number which is taken, or none any more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import sql

from schemactl.contract.verifying import Inspection

if TYPE_CHECKING:
    from schemactl.contract.verifying import Inspected
    from schemactl.engines.postgres.verifying.asking import Asking

SEQUENCES = Inspection("sequences", "the next number of every sequence is free in the columns that it is for")

# A column has a sequence that it owns (serial), that is its identity, or that its default takes numbers from; several
# may share one. What a child has of its parent is looked at with the parent.
_LINKS = """
WITH links AS MATERIALIZED (
  SELECT d.objid AS seq, d.refobjid AS tab, d.refobjsubid::int2 AS num FROM pg_depend d
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    AND d.refobjsubid > 0 AND d.objid IN (SELECT seqrelid FROM pg_sequence)
  UNION
  SELECT d.refobjid, ad.adrelid, ad.adnum FROM pg_depend d JOIN pg_attrdef ad ON ad.oid = d.objid
  WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'n'
    AND d.refobjid IN (SELECT seqrelid FROM pg_sequence))
SELECT s.seqrelid::regclass::text, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle,
  c.oid::regclass::text, quote_ident(a.attname),
  CASE WHEN t.typbasetype <> 0 THEN t.typbasetype ELSE t.oid END::regtype::text,
  pg_get_expr(ad.adbin, ad.adrelid),
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indnkeyatts = 1
    AND i.indkey[0] = a.attnum)
FROM links l JOIN pg_sequence s ON s.seqrelid = l.seq JOIN pg_class c ON c.oid = l.tab
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = l.tab AND a.attnum = l.num JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef ad ON ad.adrelid = l.tab AND ad.adnum = l.num
WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_temp_' AND NOT EXISTS (
  SELECT FROM pg_inherits h JOIN links above ON above.tab = h.inhparent AND above.seq = l.seq
  JOIN pg_attribute b ON b.attrelid = above.tab AND b.attnum = above.num
  WHERE h.inhrelid = l.tab AND b.attname = a.attname)
ORDER BY 1, 6, 7
"""
_LAST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1, "numeric": None}
# The number itself, perhaps as another type: nothing is computed from it.
_PLAIN = re.compile(r"\(?nextval\('(?:[^']|'')*'::regclass\)\)?(?:::[a-z ]+)?")


class Link(NamedTuple):
    """A sequence and a column that it is for; names are quoted."""

    sequence: str
    step: int
    least: int
    most: int
    cycles: bool
    table: str
    column: str
    type: str
    default: str | None
    is_unique: bool

    @property
    def what(self) -> str:
        return f"sequence {self.sequence}"

    @property
    def is_plain(self) -> bool:
        return self.type in _LAST and (self.default is None or bool(_PLAIN.fullmatch(self.default)))


def sequences(asking: Asking) -> Inspected:
    links = [link for link in (Link(*row) for row in asking.rows(_LINKS)) if link.is_plain]
    for link in asking.look.each(links, "sequences"):
        with asking.seeing(f"{link.what} for {link.table}.{link.column}", link.sequence, link.table):
            _look(asking, link)
    return asking.done(len(links))


def _look(asking: Asking, link: Link) -> None:
    coming = _next(asking, link)
    if coming is None or _beyond(link, coming):
        _exhausted(asking, link, coming)
        return
    taken = _taken(asking, link, coming)
    # Whoever took numbers meanwhile has moved the sequence with them: it is read again behind the rows.
    after = _next(asking, link) if taken is not None else None
    if taken is None or after is None or (not link.cycles and (taken - after) * link.step < 0):
        return
    if link.cycles and taken != after:
        return
    number = int(taken)
    has = "it" if number == after else f"numbers up to {number}"
    asking.look.flaw(
        link.what,
        f"gives {after} next, and {link.table}.{link.column} has {has} already",
        f"SELECT setval({_literal(link.sequence)}, {number}), while nobody writes",
    )


def _next(asking: Asking, link: Link) -> int | None:
    """The number that it gives next; None where it gives none any more."""
    ((last, is_called),) = asking.rows(sql.SQL("SELECT last_value, is_called FROM {}").format(sql.SQL(link.sequence)))
    if not is_called:
        return int(last)
    coming = int(last) + link.step
    if link.least <= coming <= link.most:
        return coming
    if link.cycles:
        return link.least if link.step > 0 else link.most
    return None


def _beyond(link: Link, coming: int) -> bool:
    """Whether the column's type does not hold the number."""
    last = _LAST[link.type]
    return last is not None and not -last - 1 <= coming <= last


def _exhausted(asking: Asking, link: Link, coming: int | None) -> None:
    grow = f"make {link.table}.{link.column} bigint, and the sequence: ALTER SEQUENCE {link.sequence} AS bigint"
    if coming is None:
        end = link.most if link.step > 0 else link.least
        asking.look.flaw(link.what, f"is at its end, {end}: the next row is refused", f"{grow} MAXVALUE …")
    else:
        what = f"gives {coming} next, which {link.table}.{link.column}, {link.type}, cannot hold"
        asking.look.flaw(link.what, what, grow)


def _taken(asking: Asking, link: Link, coming: int) -> Any:
    """The farthest number in the column that the sequence would come to; None where there is none."""
    column, table = sql.SQL(link.column), sql.SQL(link.table)
    if link.cycles:
        # What is ahead is of the round before, and may be gone by then.
        if not link.is_unique:
            return None
        query = sql.SQL("SELECT max({0}) FROM {1} WHERE {0} = {2}").format(column, table, sql.Literal(coming))
        return asking.one(query)
    up = link.step > 0
    parts = {
        "last": sql.SQL("max" if up else "min"),
        "column": column,
        "table": table,
        "on": sql.SQL(">=" if up else "<="),
        "back": sql.SQL("<=" if up else ">="),
        "next": sql.Literal(coming),
        "end": sql.Literal(link.most if up else link.least),
        "step": sql.Literal(abs(link.step)),
    }
    text = "SELECT {last}({column}) FROM {table} WHERE {column} {on} {next} AND {column} {back} {end}"
    if abs(link.step) != 1 or link.type == "numeric":
        text += " AND mod({column}::numeric - {next}, {step}) = 0"
    return asking.one(sql.SQL(text).format(**parts))


def _literal(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
