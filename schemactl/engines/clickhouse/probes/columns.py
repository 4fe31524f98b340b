"""ALTER of a table's columns, indexes, constraints, TTL, settings: one change of its CREATE statement, all or nothing.

Some of them go on as a mutation after the statement is answered (MODIFY of a type, RENAME COLUMN on later servers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.finding import Finding
from schemactl.engines.clickhouse.probes import mutations
from schemactl.engines.clickhouse.probes.site import where

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.probes.site import Site
    from schemactl.engines.clickhouse.statements import Known
    from schemactl.running.hands import Before


def before(site: Site, known: Known) -> Before:
    thing = site.thing(known.name)
    return {"text": thing.text if thing else "", **mutations.before(site, known)}


def probe(site: Site, known: Known, noted: Before) -> Finding:
    thing = site.thing(known.name)
    query = f"SELECT create_table_query FROM system.tables WHERE {where(known.name)}"
    if thing is None or thing.text == noted.get("text"):
        what = "is what it was before" if thing else "is not there"
        return Finding(verdict="not done", evidence=f"{known.name} {what}", query=query)
    if mutations.unfinished(site, known, noted):
        return Finding(
            verdict="half",
            evidence=f"{known.name} is changed, and its parts are still being rewritten",
            query=mutations.query(site, known),
        )
    return Finding(verdict="done", evidence=f"{known.name} is changed", query=query)


def tidy(site: Site, known: Known, noted: Before) -> str:
    return mutations.tidy(site, known, noted)
