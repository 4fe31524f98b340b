"""TRUNCATE: run once more it would take what came since as well, so it is looked at by the table's parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.finding import Finding
from schemactl.engines.clickhouse.probes import rows

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.probes.site import Site
    from schemactl.engines.clickhouse.statements import Known
    from schemactl.running.hands import Before


def before(site: Site, known: Known) -> Before:
    """Its rows and blocks; {} for a table that is none of the MergeTree family, or none at all."""
    return rows.before(site, known)


def probe(site: Site, known: Known, noted: Before) -> Finding:
    """Not done while a part is there that holds a block of before: a merge keeps the numbers of the blocks it joins."""
    query = f"SELECT name, rows FROM system.parts WHERE {rows.parts_of(known)} AND active"
    if "blocks" not in noted:
        return Finding(verdict="unknown", evidence=f"nothing tells when the rows of {known.name} came", query=query)
    first = site.link.ask(
        f"SELECT partition_id, min(min_block_number) FROM system.parts WHERE {rows.parts_of(known)} AND active"
        " GROUP BY partition_id"
    )
    old = [str(part) for part, block in first if int(block) <= noted["blocks"].get(str(part), -1)]
    if old:
        return Finding(verdict="not done", evidence=f"rows of before are in {known.name}", query=query)
    return Finding(verdict="done", evidence=f"no row of before is in {known.name}", query=query)


def tidy(site: Site, known: Known, noted: Before) -> str:
    return "nothing to take away"
