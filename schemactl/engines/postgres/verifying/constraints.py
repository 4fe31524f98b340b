"""Constraints that hold for new rows alone, or for none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.verifying import Inspection
from schemactl.engines.postgres.catalog.query import FIRST_USER_OID

if TYPE_CHECKING:
    from schemactl.contract.verifying import Inspected
    from schemactl.engines.postgres.verifying.asking import Asking

UNVALIDATED = Inspection("unvalidated-constraints", "every check, not-null and foreign key holds for all rows")

_OF = f"""
FROM pg_constraint con LEFT JOIN pg_class c ON c.oid = con.conrelid LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE con.oid >= {FIRST_USER_OID} AND con.contype IN ('c', 'f', 'n')
  AND coalesce(n.nspname, '') !~ '^pg_(temp|toast_temp)_'
"""
# What a table has from its parent is told of at the parent.
_OWN = "AND con.conparentid = 0 AND (con.coninhcount = 0 OR con.conislocal)"
_KINDS = {"c": "check", "f": "foreign key", "n": "not-null constraint"}


def unvalidated(asking: Asking) -> Inspected:
    # Before 18 there is no NOT ENFORCED (manual, "CREATE TABLE").
    enforced = "con.conenforced" if asking.major >= 18 else "true"
    query = f"""
    SELECT con.contype::text, quote_ident(con.conname), con.conrelid::regclass::text,
      CASE WHEN con.contypid <> 0 THEN con.contypid::regtype::text END, {enforced}
    {_OF} {_OWN} AND NOT (con.convalidated AND {enforced}) ORDER BY 3, 4, 2
    """
    for letter, name, table, domain, is_enforced in asking.rows(query):
        where = f"domain {domain}" if domain else table
        alter = f"ALTER DOMAIN {domain}" if domain else f"ALTER TABLE {table}"
        thing = f"{_KINDS[letter]} {name} on {where}"
        if is_enforced:
            what = "is NOT VALID: rows that were there before it need not hold it"
            asking.look.flaw(thing, what, f"{alter} VALIDATE CONSTRAINT {name}; it refuses where a row does not hold")
        else:
            asking.look.flaw(thing, "is NOT ENFORCED: no row need hold it", _enforce(letter, alter, name))
    return asking.done(asking.one(f"SELECT count(*) {_OF} {_OWN}"))


def _enforce(letter: str, alter: str, name: str) -> str:
    if letter == "f":
        return f"{alter} ALTER CONSTRAINT {name} ENFORCED; it refuses where a row does not hold"
    return f"{alter} DROP CONSTRAINT {name}, and add it again without NOT ENFORCED"
