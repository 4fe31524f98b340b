"""What is in the catalogue and does not work: INVALID indexes, partitions whose detaching stopped half-way."""

from __future__ import annotations

import re
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

# DETACH PARTITION CONCURRENTLY commits this mark and then waits, with no lock of its own, for every transaction that
# has the parent locked; behind them it locks both, and so does FINALIZE. A statement's text is shown to who may see
# it, locks to everybody. A build of an index waits for transactions in the same way.
DETACHING = """
SELECT h.inhrelid::regclass::text, h.inhparent::regclass::text FROM pg_inherits h
JOIN pg_class c ON c.oid = h.inhrelid
WHERE h.inhdetachpending AND NOT EXISTS (
    SELECT FROM pg_stat_activity a WHERE a.datname = current_database() AND a.state = 'active'
      AND a.pid <> pg_backend_pid() AND a.query ~* '\\mdetach\\M'
      AND strpos(lower(a.query), lower(replace(c.relname, '"', '""'))) > 0)
  AND NOT EXISTS (
    SELECT FROM pg_locks w JOIN pg_locks o ON o.virtualxid = w.virtualxid AND o.granted
      JOIN pg_locks p ON p.pid = o.pid AND p.granted AND p.relation = h.inhparent
        AND p.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    WHERE w.locktype = 'virtualxid' AND NOT w.granted
      AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index i WHERE i.pid = w.pid))
  AND NOT EXISTS (
    SELECT FROM pg_locks p JOIN pg_locks k ON k.pid = p.pid AND k.database = p.database
    WHERE p.relation = h.inhparent AND p.mode = 'ShareUpdateExclusiveLock' AND k.relation = h.inhrelid
      AND k.mode IN ('ShareUpdateExclusiveLock', 'AccessExclusiveLock')
      AND p.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""

# Manual, REINDEX, "Rebuilding Indexes Concurrently": the end of the name, and a number where that was taken.
_LEFTOVER = re.compile(r"_cc(new|old)\d*$")


def leftover(bare: str) -> str:
    """Which index of a REINDEX CONCURRENTLY has this name: "new", "old", or "" where it is none."""
    found = _LEFTOVER.search(bare)
    return found.group(1) if found else ""


def index(row: Sequence[Any]) -> str:
    name, table, partitioned, bare, ready, lacking = row
    if partitioned:
        parts = ", ".join(lacking or ())
        cause = f"no valid part of it on {parts}" if parts else "not every partition has a valid part of it"
        return f"partitioned index {name} on {table} is INVALID: {cause}"
    if which := leftover(bare):
        what = "the old index that was to be dropped" if which == "old" else "the new index that was not finished"
        return f"index {name} on {table} is a leftover of REINDEX CONCURRENTLY: {what}"
    state = "INVALID" if ready else "INVALID and not kept up to date"
    return f"index {name} on {table} is {state}: it was being built or dropped CONCURRENTLY and that did not finish"


def detaching(row: Sequence[Any]) -> str:
    name, parent = row
    return f"partition {name} of {parent} is half detached: ALTER TABLE {parent} DETACH PARTITION {name} FINALIZE"
