"""The project's own checks as inspections: each is a query that must return no row. Runs none of them by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.verifying import Flaw, Inspected, Inspection
from schemactl.errors import SchemactlError

if TYPE_CHECKING:
    from schemactl.contract.checking import Check
    from schemactl.contract.engine import Engine
    from schemactl.workflows.site import Site

SHOWN = 10
# What keeps one from looking, and is no fault of the query.
_KEPT = ("insufficient_privilege", "lock_timeout", "statement_timeout")


def inspection(check: Check) -> Inspection:
    return Inspection(check.name, check.description or f"{check.shown} returns no row")


def look(engine: Engine, site: Site, check: Check) -> Inspected:
    """Run the query; each row that it returns is a flaw. A right or time that it lacks: not run, with the reason.

    raises  SchemactlError at the file where it cannot be run
    """
    at = f"{check.shown}:{check.statement.line}"
    try:
        rows = engine.checker.rows(check, limit=SHOWN)
    except SchemactlError as error:
        if error.kind in _KEPT:
            return Inspected(inspection(check), not_run=error.what)
        error.at, error.target = at, site.target
        raise
    do = f"correct the row, or the query in {at}"
    flaws = tuple(Flaw("row", row, do) for row in rows.first)
    # How many there are beside these is not counted, and there is one at least.
    more = 1 if rows.more else 0
    return Inspected(inspection(check), 1, flaws, unit="queries", more=more, at_least=rows.more)
