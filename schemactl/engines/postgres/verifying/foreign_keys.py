"""Rows that name a row which is not there, though a foreign key says that it must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import sql

from schemactl.contract.checking import row_text
from schemactl.contract.verifying import Inspection
from schemactl.engines.postgres.verifying.counting import BOUND, bounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.contract.verifying import Inspected
    from schemactl.engines.postgres.verifying.asking import Asking

ORPHANS = Inspection("orphans", "every row that a foreign key looks at names a row that is there")

SHOWN = 3

# A foreign key of a partitioned table has a copy for each partition on either side, and triggers hang on those.
_KEYS = """
WITH RECURSIVE tree (root, oid) AS (
  SELECT oid, oid FROM pg_constraint WHERE contype = 'f' AND conparentid = 0
  UNION ALL SELECT tree.root, con.oid FROM tree JOIN pg_constraint con ON con.conparentid = tree.oid),
off AS (
  SELECT DISTINCT tree.root FROM tree JOIN pg_trigger t ON t.tgconstraint = tree.oid WHERE t.tgenabled IN ('D', 'R'))
SELECT quote_ident(con.conname), con.conrelid::regclass::text, con.confrelid::regclass::text,
  c.relkind = 'p', r.relkind = 'p', con.confmatchtype = 'f', {period},
  ARRAY(SELECT quote_ident(a.attname) FROM unnest(con.conkey) WITH ORDINALITY k (num, place)
    JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.num ORDER BY k.place),
  ARRAY(SELECT quote_ident(a.attname) FROM unnest(con.confkey) WITH ORDINALITY k (num, place)
    JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.num ORDER BY k.place),
  ARRAY(SELECT format('OPERATOR(%%I.%%s)', n.nspname, o.oprname)
    FROM unnest(con.conpfeqop) WITH ORDINALITY k (num, place)
    JOIN pg_operator o ON o.oid = k.num JOIN pg_namespace n ON n.oid = o.oprnamespace ORDER BY k.place),
  ARRAY(SELECT CASE WHEN p.attcollation NOT IN (0, f.attcollation) THEN p.attcollation::regcollation::text ELSE '' END
    FROM unnest(con.conkey, con.confkey) WITH ORDINALITY k (fk, pk, place)
    JOIN pg_attribute f ON f.attrelid = con.conrelid AND f.attnum = k.fk
    JOIN pg_attribute p ON p.attrelid = con.confrelid AND p.attnum = k.pk ORDER BY k.place),
  con.convalidated AND {enforced}, off.root IS NULL
FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid JOIN pg_class r ON r.oid = con.confrelid
JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN off ON off.root = con.oid
WHERE con.contype = 'f' AND con.conparentid = 0 AND n.nspname !~ '^pg_temp_' ORDER BY 2, 1
"""


class ForeignKey(NamedTuple):
    """One foreign key; every name is quoted.

    whole      the table, or the one it names, is partitioned: its rows are those of its partitions
    full       MATCH FULL: a key is NULL in all of its columns or in none
    period     the last column is a period, covered by several rows (PostgreSQL 18)
    validated  held by every row when it was validated, and kept since
    guarded    its triggers fire
    """

    name: str
    table: str
    referred: str
    whole: bool
    referred_whole: bool
    full: bool
    period: bool
    columns: Sequence[str]
    keys: Sequence[str]
    operators: Sequence[str]
    collations: Sequence[str]
    validated: bool
    guarded: bool

    @property
    def what(self) -> str:
        return f"foreign key {self.name} on {self.table}"

    def orphans(self) -> str:
        """FROM and WHERE of the rows that it would refuse; `f` is the row."""
        columns = [f"f.{column}" for column in self.columns]
        given = ", ".join(columns)
        missing = f"NOT {self._is_covered()}" if self.period else f"NOT EXISTS (SELECT {self._named()})"
        # num_nulls: of a composite type, IS NULL says something of its fields.
        if self.full:
            wrong = f"num_nonnulls({given}) > 0 AND (num_nulls({given}) > 0 OR {missing})"
        else:
            wrong = f"num_nulls({given}) = 0 AND {missing}"
        return f"FROM {'' if self.whole else 'ONLY '}{self.table} f WHERE {wrong}"

    def _named(self) -> str:
        equal = [
            f"p.{key}{f' COLLATE {collation}' if collation else ''} {operator} f.{column}"
            for key, collation, operator, column in zip(
                self.keys, self.collations, self.operators, self.columns, strict=True
            )
        ]
        if self.period:
            equal[-1] = f"p.{self.keys[-1]} && f.{self.columns[-1]}"
        return f"FROM {'' if self.referred_whole else 'ONLY '}{self.referred} p WHERE {' AND '.join(equal)}"

    def _is_covered(self) -> str:
        periods = f"SELECT range_agg(p.{self.keys[-1]}) @> f.{self.columns[-1]} {self._named()}"
        return f"coalesce(({periods}), false)"


def orphans(asking: Asking) -> Inspected:
    """Foreign keys that nothing vouches for; with time, all of them."""
    keys = foreign_keys(asking)
    asked = keys if asking.deep else [key for key in keys if not (key.validated and key.guarded)]
    for key in asking.look.each(asked, "foreign keys"):
        with asking.seeing(key.what, key.table, key.referred):
            _look(asking, key)
    return asking.done(len(asked))


def foreign_keys(asking: Asking) -> list[ForeignKey]:
    newer = asking.major >= 18
    query = _KEYS.format(
        period="con.conperiod" if newer else "false", enforced="con.conenforced" if newer else "true"
    ).replace("%%", "%")
    return [ForeignKey(*row) for row in asking.rows(query)]


def _look(asking: Asking, key: ForeignKey) -> None:
    from_where = key.orphans()
    shown = ", ".join(f"left(f.{column}::text, 60)" for column in key.columns)
    # Every name in it is quoted by the server.
    query = sql.SQL("SELECT {} {} LIMIT {}").format(sql.SQL(shown), sql.SQL(from_where), sql.Literal(BOUND + 1))
    found = asking.rows(query)
    if found:
        count = len(found)
        asking.look.flaw(
            key.what,
            f"{bounded(count)} name{'s' if count == 1 else ''} what is not in {key.referred}: {_first(key, found)}",
            f"add what they name, or correct them: SELECT f.* {from_where}",
        )


def _first(key: ForeignKey, found: Sequence[tuple[Any, ...]]) -> str:
    rows = [f"({row_text(zip(key.columns, row, strict=True))})" for row in found[:SHOWN]]
    return ", ".join([*rows, *(["…"] if len(found) > SHOWN else [])])
