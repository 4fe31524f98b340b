"""Sequences that are about to give a number which is taken, or none any more."""

from __future__ import annotations

import re
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import sql

from schemactl.contract.verifying import Inspection

if TYPE_CHECKING:
    from schemactl.contract.verifying import Inspected
    from schemactl.engines.postgres.verifying.asking import Asking

SEQUENCES = Inspection("sequences", "the next number of every sequence is free in the columns that it is for")

# A column has a sequence that is its identity, or that its default takes numbers from, as that of a serial one does;
# one that it merely owns gives it none. Several may share one. What a child has of its parent is looked at with the
# parent.
_LINKS = """
WITH links AS MATERIALIZED (
  SELECT d.objid AS seq, d.refobjid AS tab, d.refobjsubid::int2 AS num FROM pg_depend d
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i'
    AND d.refobjsubid > 0 AND d.objid IN (SELECT seqrelid FROM pg_sequence)
  UNION
  SELECT d.refobjid, ad.adrelid, ad.adnum FROM pg_depend d JOIN pg_attrdef ad ON ad.oid = d.objid
  WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'n'
    AND d.refobjid IN (SELECT seqrelid FROM pg_sequence))
SELECT s.seqrelid::regclass::text, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle,
  c.oid::regclass::text, quote_ident(a.attname),
  (WITH RECURSIVE base AS (SELECT t.oid, t.typbasetype
     UNION ALL SELECT b.oid, b.typbasetype FROM base JOIN pg_type b ON b.oid = base.typbasetype)
   SELECT oid::regtype::text FROM base WHERE typbasetype = 0),
  pg_get_expr(ad.adbin, ad.adrelid),
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indnkeyatts = 1
    AND i.indkey[0] = a.attnum)
FROM links l JOIN pg_sequence s ON s.seqrelid = l.seq JOIN pg_class c ON c.oid = l.tab
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = l.tab AND a.attnum = l.num
JOIN pg_type t ON t.oid = a.atttypid
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
    def place(self) -> str:
        return f"{self.table}.{self.column}"

    @property
    def is_plain(self) -> bool:
        return self.type in _LAST and (self.default is None or bool(_PLAIN.fullmatch(self.default)))


class _Taken(NamedTuple):
    """A number in a column that its sequence, which gives `coming` next, would come to; the farthest there is."""

    number: int
    coming: int
    link: Link


def sequences(asking: Asking) -> Inspected:
    links = [link for link in (Link(*row) for row in asking.rows(_LINKS)) if link.is_plain]
    each = [tuple(group) for _, group in groupby(links, key=attrgetter("sequence"))]
    for group in asking.look.each(each, "sequences"):
        _look(asking, group)
    return asking.done(len(links))


def _look(asking: Asking, links: tuple[Link, ...]) -> None:
    """One finding of a sequence, whatever the columns that it is for."""
    narrow: list[tuple[int | None, Link]] = []
    taken: list[_Taken] = []
    for link in links:
        with asking.seeing(f"{link.what} for {link.place}", link.sequence, link.table):
            coming = _next(asking, link)
            if coming is None or _beyond(link, coming):
                narrow.append((coming, link))
            elif found := _ahead(asking, link, coming):
                taken.append(found)
    said = [part for part in (_too_narrow(narrow), _behind(taken)) if part]
    if said:
        what, do = ("; ".join(parts) for parts in zip(*said, strict=True))
        asking.look.flaw(links[0].what, what, do)


def _ahead(asking: Asking, link: Link, coming: int) -> _Taken | None:
    taken = _taken(asking, link, coming)
    # Whoever took numbers meanwhile has moved the sequence with them: it is read again behind the rows.
    after = _next(asking, link) if taken is not None else None
    if taken is None or after is None or (not link.cycles and (taken - after) * link.step < 0):
        return None
    return None if link.cycles and taken != after else _Taken(int(taken), after, link)


def _behind(taken: list[_Taken]) -> tuple[str, str] | None:
    """What is wrong, and what to do: the farthest number of all is behind it then."""
    if not taken:
        return None
    far = max(taken, key=lambda one: one.number * one.link.step)
    has = [
        f"{one.link.place} has {'it' if one.number == one.coming else f'numbers up to {one.number}'}" for one in taken
    ]
    sequence = _literal(far.link.sequence)
    return (
        f"gives {far.coming} next, and {' and '.join(has)} already",
        f"SELECT setval({sequence}, {far.number}), while nobody writes",
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


def _too_narrow(narrow: list[tuple[int | None, Link]]) -> tuple[str, str] | None:
    """What is wrong, and what to do, where it gives no number any more, or one that a column cannot hold."""
    if not narrow:
        return None
    coming, link = narrow[0]
    places = " and ".join(one.place for _, one in narrow)
    grow = f"make {places} bigint, and the sequence: ALTER SEQUENCE {link.sequence} AS bigint"
    if coming is None:
        end = link.most if link.step > 0 else link.least
        return f"is at its end, {end}: the next row is refused", f"{grow} MAXVALUE …"
    which = " and ".join(f"{one.place}, {one.type}," for _, one in narrow)
    return f"gives {coming} next, which {which} cannot hold", grow


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
