"""ALTER of a table's columns, indexes, constraints, TTL, settings: one change of its CREATE statement, all or nothing.

Some of them go on as a mutation after the statement is answered (MODIFY of a type, RENAME COLUMN on later servers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.contract.finding import Finding
from schemactl.engines.clickhouse.probes import ended, mutations
from schemactl.engines.clickhouse.probes.site import quoted, where

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.probes.site import Site
    from schemactl.engines.clickhouse.statements import Known
    from schemactl.running.hands import Before

WAY_OUT: Final = "mend or delete the rows that it fails on, or change the table back; KILL MUTATION makes it unreadable"


def before(site: Site, known: Known) -> Before:
    thing = site.thing(known.name)
    stale = [list(one) for one in ended.columns_before(site, known)]
    return {"mark": thing.mark if thing else "", "stale": stale, **mutations.before(site, known)}


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
    return _rewritten(site, known, noted) or Finding(verdict="done", evidence=f"{known.name} is changed", query=query)


def _rewritten(site: Site, known: Known, noted: Before) -> Finding | None:
    """What there is to say where no mutation is at work and parts are as they were before; None where all are changed.

    It could not simply be sent again: the table has its new columns, so the server would have nothing to do.
    """
    stale = ended.stale(site, known, noted)
    if not stale:
        return None
    return Finding(
        verdict="unknown",
        evidence=f"{known.name} is changed and some of its parts are not: {stale[0]}, and no mutation is at work on it."
        " Either this server rewrites them without one, or somebody ended it. Where the query ends without an error,"
        f" OPTIMIZE TABLE {quoted(known.name)} FINAL rewrites what it left; else delete the rows that it fails on, or"
        " change the table back by another ALTER: recover then finds it done, or not done",
        query=f"SELECT count() FROM {quoted(known.name)} WHERE NOT ignore(*)",
    )


def tidy(site: Site, known: Known, noted: Before) -> str:
    return mutations.tidy(site, known, noted)
