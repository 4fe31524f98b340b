"""INSERT and what else moves rows: no catalogue tells whether it took effect. How many there were is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.finding import Finding
from schemactl.engines.clickhouse import literal
from schemactl.engines.clickhouse.probes.site import database, quoted

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.probes.site import Site
    from schemactl.engines.clickhouse.statements import Known
    from schemactl.running.hands import Before


def before(site: Site, known: Known) -> Before:
    """Rows and blocks of a table of the MergeTree family; {} for any other."""
    thing = site.thing(known.name) if known.names else None
    if thing is None or not thing.is_merge_tree:
        return {}
    blocks, rows = _blocks(site, known)
    return {"rows": rows, "blocks": blocks, "alone": not thing.feeds_views}


def untouched(site: Site, known: Known, noted: Before) -> bool:
    """Whether the table is for sure as it was: no block came since, and no view is fed from it.

    Each insert brings a block with a number of its own, which a merge keeps (manual, "MergeTree", Data Storage).
    """
    return bool(noted.get("alone")) and _blocks(site, known)[0] == noted["blocks"]


def probe(site: Site, known: Known, noted: Before) -> Finding:
    name = quoted(known.name) if known.names else ""
    was = f"; it had {noted['rows']} rows before" if "rows" in noted else ""
    same = "; no part was added to it since" if noted and untouched(site, known, noted) else ""
    return Finding(
        verdict="unknown",
        evidence=f"ClickHouse does not tell whether rows reached {known.name}{was}{same}",
        query=f"SELECT count() FROM {name}" if name else "SHOW TABLES",
    )


def tidy(site: Site, known: Known, noted: Before) -> str:
    return "nothing to take away"


def parts_of(known: Known) -> str:
    """The condition that finds a table's parts in system.parts."""
    return f"database = {database(known.name)} AND table = {literal.text(known.name.table)}"


def _blocks(site: Site, known: Known) -> tuple[dict[str, int], int]:
    """(the highest block number of each partition, the rows)."""
    rows = site.link.ask(
        "SELECT partition_id, max(max_block_number), sumIf(rows, active) FROM system.parts"
        f" WHERE {parts_of(known)} GROUP BY partition_id ORDER BY partition_id"
    )
    return {str(one[0]): int(one[1]) for one in rows}, sum(int(one[2]) for one in rows)
