"""ALTER of a table's columns, indexes, constraints, TTL, settings: one change of its CREATE statement, all or nothing.

Some of them go on as a mutation after the statement is answered (MODIFY of a type, RENAME COLUMN on later servers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.contract.finding import Finding
from schemactl.engines.clickhouse.probes import mutations
from schemactl.engines.clickhouse.probes.site import where

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.probes.site import Site
    from schemactl.engines.clickhouse.statements import Known
    from schemactl.running.hands import Before

WAY_OUT: Final = "mend or delete the rows that it fails on, or change the table back; KILL MUTATION makes it unreadable"


def before(site: Site, known: Known) -> Before:
    thing = site.thing(known.name)
    return {"mark": thing.mark if thing else "", **mutations.before(site, known)}


def probe(site: Site, known: Known, noted: Before) -> Finding:
    thing = site.thing(known.name)
    query = f"SELECT create_table_query FROM system.tables WHERE {where(known.name)}"
    if thing is None or thing.mark == noted.get("mark"):
        what = "is what it was before" if thing else "is not there"
        return Finding(verdict="not done", evidence=f"{known.name} {what}", query=query)
    left = mutations.unfinished(site, known, noted)
    if left:
        failing = next((one.reason for one in left if one.reason), "")
        why = f", which fails: {failing}; {WAY_OUT}" if failing else ""
        return Finding(
            verdict="half",
            evidence=f"{known.name} is changed, and its parts are still being rewritten{why}",
            query=mutations.query(site, known),
        )
    return Finding(verdict="done", evidence=f"{known.name} is changed", query=query)


def tidy(site: Site, known: Known, noted: Before) -> str:
    return mutations.tidy(site, known, noted)
