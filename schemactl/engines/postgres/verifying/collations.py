"""Collations whose order may have changed under the indexes that were built by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.verifying import Inspection
from schemactl.engines.postgres.verifying.asking import names

if TYPE_CHECKING:
    from schemactl.contract.verifying import Inspected
    from schemactl.engines.postgres.verifying.asking import Asking

COLLATIONS = Inspection("collations", "every collation in use has the version that its indexes were built with")

SHOWN = 5

_DATABASE = """
SELECT quote_ident(datname), datcollversion, pg_database_collation_actual_version(oid)
FROM pg_database WHERE datname = current_database()
"""
# Those that a column, an index or a partition key has; the database's own is collation 100 ("default").
_IN_USE = """
SELECT l.oid, l.oid::regcollation::text, l.collversion, pg_collation_actual_version(l.oid)
FROM pg_collation l WHERE l.collversion IS NOT NULL AND (
  l.oid IN (SELECT a.attcollation FROM pg_attribute a WHERE NOT a.attisdropped)
  OR l.oid IN (SELECT unnest(i.indcollation) FROM pg_index i)
  OR l.oid IN (SELECT unnest(p.partcollation) FROM pg_partitioned_table p))
ORDER BY 2
"""
# Not sorted by it: text_pattern_ops and its kin, which compare bytes; hashes, where equal is the same bytes; a tree of
# prefixes (SP-GiST). An expression may have been computed by it all the same.
_DEPENDENT = """
SELECT 'index ' || i.indexrelid::regclass::text FROM pg_index i WHERE i.indrelid >= 16384 AND EXISTS (
  SELECT FROM generate_series(0, i.indnkeyatts - 1) k JOIN pg_opclass o ON o.oid = i.indclass[k]
  JOIN pg_am m ON m.oid = o.opcmethod JOIN pg_collation l ON l.oid = i.indcollation[k]
  WHERE l.oid = {} AND (i.indkey[k] = 0
    OR NOT (o.opcname LIKE '%pattern\\_ops' OR m.amname = 'spgist' OR (m.amname = 'hash' AND l.collisdeterministic))))
UNION ALL
SELECT 'partitions of ' || p.partrelid::regclass::text FROM pg_partitioned_table p
WHERE {} = ANY (p.partcollation::oid[])
ORDER BY 1
"""
_DEFAULT = 100  # pg_collation.dat, DEFAULT_COLLATION_OID


def collations(asking: Asking) -> Inspected:
    ((database, version, actual),) = asking.rows(_DATABASE)
    examined = 0
    if version is not None or actual is not None:
        examined += 1
        # One that was never recorded says nothing of what the indexes were built with.
        if version is not None and version != actual:
            refresh = f"ALTER DATABASE {database} REFRESH COLLATION VERSION"
            _flaw(asking, f"database {database}", _DEFAULT, version, actual, refresh)
    for oid, name, version, actual in asking.rows(_IN_USE):
        examined += 1
        if version != actual:
            _flaw(asking, f"collation {name}", oid, version, actual, f"ALTER COLLATION {name} REFRESH VERSION")
    return asking.done(examined)


def _flaw(asking: Asking, thing: str, oid: int, version: str, actual: str | None, refresh: str) -> None:
    dependent = [name for (name,) in asking.rows(_DEPENDENT.format(oid, oid))]
    now = f"the system has {actual}" if actual is not None else "the system tells none"
    what = f"its version was {version}, {now}"
    if not dependent:
        asking.look.flaw(thing, f"{what}; no index is sorted by it", refresh)
        return
    each = "REINDEX INDEX CONCURRENTLY each index (`--deep` tells which are wrong)"
    if len(dependent) > SHOWN:
        each += f"; all {len(dependent):,} are listed by: {' '.join(_DEPENDENT.format(oid, oid).split())};"
    asking.look.flaw(
        thing,
        f"{what}: what is sorted by it may be in the wrong order: {names(dependent, SHOWN)}",
        f"{each} then {refresh}" if len(dependent) > SHOWN else f"{each}, then {refresh}",
    )
