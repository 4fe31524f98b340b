"""What is in the catalogue and does not work: INVALID indexes, partitions whose detaching stopped half-way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

# pg_stat_progress_create_index leaves out what a CONCURRENTLY under way is building: that is unfinished, not broken.
INDEXES = """
SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text, c.relkind = 'I', c.relname, i.indisready,
  (SELECT array_agg(h.inhrelid::regclass::text ORDER BY h.inhrelid::regclass::text COLLATE "C") FROM pg_inherits h
   WHERE c.relkind = 'I' AND h.inhparent = i.indrelid AND NOT EXISTS (
     SELECT FROM pg_inherits part JOIN pg_index pi ON pi.indexrelid = part.inhrelid
     WHERE part.inhparent = i.indexrelid AND pi.indrelid = h.inhrelid AND pi.indisvalid))
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT (i.indisvalid AND i.indisready AND i.indislive)
  AND n.nspname !~ '^pg_(temp|toast_temp)_' AND NOT EXISTS (
    SELECT FROM pg_stat_progress_create_index p WHERE p.datname = current_database() AND p.index_relid = i.indexrelid)
"""

DETACHING = """
SELECT h.inhrelid::regclass::text, h.inhparent::regclass::text FROM pg_inherits h
WHERE h.inhdetachpending
"""


def index(row: Sequence[Any]) -> str:
    name, table, partitioned, bare, ready, lacking = row
    if partitioned:
        parts = ", ".join(lacking or ())
        cause = f"no valid part of it on {parts}" if parts else "not every partition has a valid part of it"
        return f"partitioned index {name} on {table} is INVALID: {cause}"
    if "_ccold" in bare:
        return f"index {name} on {table} is a leftover of REINDEX CONCURRENTLY: the old index that was to be dropped"
    if "_ccnew" in bare:
        return f"index {name} on {table} is a leftover of REINDEX CONCURRENTLY: the new index that was not finished"
    state = "INVALID" if ready else "INVALID and not kept up to date"
    return f"index {name} on {table} is {state}: it was being built or dropped CONCURRENTLY and that did not finish"


def detaching(row: Sequence[Any]) -> str:
    name, parent = row
    return f"partition {name} of {parent} is half detached: ALTER TABLE {parent} DETACH PARTITION {name} FINALIZE"
