"""Views that hold nothing yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.verifying import Inspection

if TYPE_CHECKING:
    from schemactl.contract.verifying import Inspected
    from schemactl.engines.postgres.verifying.asking import Asking

UNPOPULATED = Inspection("unpopulated-views", "every materialized view can be read")

_VIEWS = "SELECT c.oid::regclass::text, c.relispopulated FROM pg_class c WHERE c.relkind = 'm' ORDER BY 1"


def unpopulated(asking: Asking) -> Inspected:
    views = asking.rows(_VIEWS)
    for name, is_populated in views:
        if not is_populated:
            what = "was never filled: whoever reads it is refused"
            asking.look.flaw(f"materialized view {name}", what, f"REFRESH MATERIALIZED VIEW {name}")
    return asking.done(len(views))
