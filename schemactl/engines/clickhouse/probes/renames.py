"""RENAME and EXCHANGE. RENAME of several tables is not atomic on any version: the first ones stay renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.finding import Finding, Verdict
from schemactl.engines.clickhouse.probes.site import mark_of, quoted
from schemactl.engines.clickhouse.statements import known_text
from schemactl.engines.clickhouse.tokens import tokens

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.probes.site import Site
    from schemactl.engines.clickhouse.statements import Known
    from schemactl.running.hands import Before

Marks = dict[str, str]


def before(site: Site, known: Known) -> Before:
    """What stands under each name: the uuid, or, without one, a mark of the CREATE statement without the name."""
    return {"things": _things(site, known)}


def probe(site: Site, known: Known, noted: Before) -> Finding:
    now, query = _things(site, known), _query(known)
    stages = _stages(known, noted["things"])
    fits = [number for number, stage in enumerate(stages) if stage == now]
    names = ", ".join(now) or "none of them"
    verdicts = {_verdict(number, known) for number in fits}
    if len(verdicts) != 1:
        return Finding(verdict="unknown", evidence=f"{names} are there, which fits no one moment of it", query=query)
    verdict = verdicts.pop()
    told = {"done": "all are renamed", "not done": "none is renamed", "half": f"the first {fits[-1]} are renamed"}
    return Finding(verdict=verdict, evidence=told[verdict], query=query)


def tidy(site: Site, known: Known, noted: Before) -> str:
    """Rename back what was renamed, the last one first."""
    now, stages = _things(site, known), _stages(known, noted["things"])
    reached = max((number for number, stage in enumerate(stages) if stage == now), default=0)
    back = [f"{quoted(new)} TO {quoted(old)}" for old, new in reversed(known.pairs[:reached])]
    for one in back:
        site.link.ask(f"RENAME TABLE {one}")
    return f"renamed back: {', '.join(back)}" if back else "nothing to rename back"


def _verdict(reached: int, known: Known) -> Verdict:
    if reached == 0:
        return "not done"
    return "done" if reached == len(known.pairs) else "half"


def _stages(known: Known, things: Marks) -> list[Marks]:
    """What stands under each name before the first pair, after it, … as far as the server can have come with them."""
    stages, here = [dict(things)], dict(things)
    for old, new in known.pairs:
        first, second = here.pop(str(old), None), here.pop(str(new), None)
        if first is None or (second is not None and known.kind == "rename"):
            break
        here[str(new)] = first
        if known.kind == "exchange" and second is not None:
            here[str(old)] = second
        stages.append(dict(here))
    return stages


def _things(site: Site, known: Known) -> Marks:
    found = {}
    for name in dict.fromkeys(known.names):
        if known.what == "DATABASE":
            if site.has_database(name.table):
                found[str(name)] = ""
        elif (thing := site.thing(name)) is not None:
            found[str(name)] = thing.uuid or mark_of(_nameless(thing.text))
    return found


def _nameless(text: str) -> str:
    """A CREATE statement from behind its name."""
    return " ".join(tokens(text)[known_text(text).after :])


def _query(known: Known) -> str:
    names = ", ".join(f"'{name.table}'" for name in dict.fromkeys(known.names))
    return f"SELECT database, name, create_table_query FROM system.tables WHERE name IN ({names})"
