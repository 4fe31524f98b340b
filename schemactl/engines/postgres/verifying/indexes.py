"""Indexes that the server does not use, or does not keep up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.verifying import Inspection
from schemactl.engines.postgres.catalog import broken

if TYPE_CHECKING:
    from schemactl.contract.verifying import Inspected
    from schemactl.engines.postgres.verifying.asking import Asking

INVALID = Inspection("invalid-indexes", "every index is valid, and kept up to date")

_COUNT = """
SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_(temp|toast_temp)_'
"""

# What another user is building shows in the progress view without its names: the locks have them. DROP INDEX
# CONCURRENTLY holds the index itself.
_AT_WORK = """
AND NOT EXISTS (
  SELECT FROM pg_locks l WHERE l.relation = i.indexrelid AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
AND NOT EXISTS (
  SELECT FROM pg_stat_progress_create_index p JOIN pg_locks l ON l.pid = p.pid
  WHERE p.relid IS NULL AND p.datname = current_database() AND l.relation = i.indrelid
    AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted)
"""


def invalid(asking: Asking) -> Inspected:
    for row in sorted(asking.rows(broken.INDEXES + _AT_WORK)):
        name, _, partitioned, bare, *_ = row
        kind, _, what = broken.index(row).partition(f" {name} ")
        asking.look.flaw(f"{kind} {name}", what, _do(name, bare, partitioned=partitioned))
    return asking.done(asking.one(_COUNT))


def _do(name: str, bare: str, *, partitioned: bool) -> str:
    if partitioned:
        return f"make the same index on each partition that lacks it, then ALTER INDEX {name} ATTACH PARTITION …"
    if broken.leftover(bare):
        return f"DROP INDEX CONCURRENTLY {name}"
    return (
        f"REINDEX INDEX CONCURRENTLY {name} (of a unique one, remove duplicates first); or"
        f" DROP INDEX CONCURRENTLY {name} where nobody misses it"
    )
