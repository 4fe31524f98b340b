"""Partitions: half detached ones, and rows that stand in the wrong one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from schemactl.contract.verifying import Inspection
from schemactl.engines.postgres.catalog import broken
from schemactl.engines.postgres.verifying.counting import BOUND, bounded

if TYPE_CHECKING:
    from schemactl.contract.verifying import Inspected
    from schemactl.engines.postgres.verifying.asking import Asking

PARTITIONS = Inspection("partitions", "no partition is half detached")
ROWS = Inspection("partition-rows", "every row stands in the partition that it belongs to", deep=True)

_COUNT = "SELECT count(*) FROM pg_class WHERE relispartition AND relkind IN ('r', 'p', 'f')"
_LEAVES = """
SELECT c.oid::regclass::text, pg_get_partition_constraintdef(c.oid), h.inhparent::regclass::text
FROM pg_class c JOIN pg_inherits h ON h.inhrelid = c.oid
WHERE c.relispartition AND c.relkind = 'r' ORDER BY 1
"""


def partitions(asking: Asking) -> Inspected:
    for row in sorted(asking.rows(broken.DETACHING)):
        name, parent = row
        what, _, do = broken.detaching(row).removeprefix(f"partition {name} ").partition(": ")
        asking.look.flaw(f"partition {name}", f"{what}: rows in it are not seen through {parent}", do)
    return asking.done(asking.one(_COUNT))


def rows(asking: Asking) -> Inspected:
    """Rows come into a wrong partition where a collation's order changed under it, or a bound was not checked."""
    leaves = asking.rows(_LEAVES)
    for name, bound, parent in asking.look.each(leaves, "partitions"):
        if bound is None:
            continue
        # Both come from the server, quoted.
        wrong = sql.SQL("SELECT count(*) FROM (SELECT FROM ONLY {} WHERE NOT ({}) LIMIT {}) rows").format(
            sql.SQL(name), sql.SQL(bound), sql.Literal(BOUND + 1)
        )
        with asking.seeing(f"partition {name}", name):
            if count := asking.one(wrong):
                asking.look.flaw(
                    f"partition {name}",
                    f"{bounded(count)} in it belong elsewhere: queries on {parent} by the key pass over them",
                    f"move them: DELETE FROM ONLY {name} WHERE NOT ({bound}), and insert them into {parent} again",
                )
    return asking.done(len(leaves))
