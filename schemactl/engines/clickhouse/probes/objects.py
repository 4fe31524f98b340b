"""CREATE and DROP of tables, views, dictionaries, databases and functions.

A materialised view is two objects, made and dropped one after the other: itself, and a hidden table `.inner.NAME`
(`.inner_id.UUID` in a database of the engine Atomic) where it has no TO. A crash between the two leaves half of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.contract.finding import Finding
from schemactl.engines.clickhouse import literal
from schemactl.engines.clickhouse.probes.site import quoted, where

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.probes.site import Site
    from schemactl.engines.clickhouse.statements import Known
    from schemactl.running.hands import Before

INNER: Final = ".inner_id."


def before(site: Site, known: Known) -> Before:
    if known.what in ("DATABASE", "FUNCTION"):
        return {"exists": _exists(site, known)}
    thing = site.thing(known.name)
    noted: Before = {"exists": thing is not None}
    if thing is not None:
        noted |= {"uuid": thing.uuid, "mark": thing.mark}
    if "VIEW" in known.what or (thing is not None and thing.engine == "MaterializedView"):
        noted["inners"] = site.inners(known.name)
        noted["inner"] = _inner(site, known, noted)
    return noted


def probe(site: Site, known: Known, noted: Before) -> Finding:
    if known.what in ("DATABASE", "FUNCTION"):
        there = _exists(site, known)
        done = there != noted.get("exists") and there == (known.kind == "create")
        return Finding(verdict="done" if done else "not done", evidence=_is(known, there), query=_query(known))
    return _made(site, known, noted) if known.kind == "create" else _dropped(site, known, noted)


def tidy(site: Site, known: Known, noted: Before) -> str:
    left = _leftover(site, known, noted)
    if not left or (known.kind == "drop" and site.thing(known.name) is not None):
        return "nothing to take away: the statement takes it from there"
    site.link.ask(f"DROP TABLE IF EXISTS {quoted(known.name, left)}")
    return f"dropped the hidden table {left}"


def _made(site: Site, known: Known, noted: Before) -> Finding:
    thing, query = site.thing(known.name), _query(known)
    if noted.get("exists"):
        changed = thing is not None and (thing.uuid, thing.mark) != (noted.get("uuid"), noted.get("mark"))
        if not known.repeats or not changed:
            return Finding(verdict="not done", evidence=f"{known.name} is what it was before", query=query)
    if thing is None:
        left = _leftover(site, known, noted)
        if left:
            return Finding(
                verdict="half", evidence=f"{known.name} is not there, but its hidden table {left} is", query=query
            )
        return Finding(verdict="not done", evidence=_is(known, False), query=query)
    if known.populate:
        count = f"SELECT count() FROM {quoted(known.name)}"
        return Finding(verdict="unknown", evidence=f"{known.name} is there, perhaps not with all its rows", query=count)
    return Finding(verdict="done", evidence=_is(known, True), query=query)


def _dropped(site: Site, known: Known, noted: Before) -> Finding:
    thing, query = site.thing(known.name), _query(known)
    if not noted.get("exists"):
        return Finding(verdict="not done", evidence=f"there was no {known.name}", query=query)
    gone = thing is None or thing.uuid != noted.get("uuid")
    left = _leftover(site, known, noted)
    if gone and left:
        return Finding(
            verdict="half", evidence=f"{known.name} is gone, but its hidden table {left} is there", query=query
        )
    if gone:
        return Finding(verdict="done", evidence=_is(known, False), query=query)
    if noted.get("inner") and not left:
        return Finding(verdict="half", evidence=f"{known.name} is there, but its hidden table is gone", query=query)
    return Finding(verdict="not done", evidence=_is(known, True), query=query)


def _inner(site: Site, known: Known, noted: Before) -> str:
    """The hidden table that the view had before; "" where it had none."""
    names = (f".inner.{known.name.table}", f"{INNER}{noted.get('uuid', '')}")
    return next((name for name in noted["inners"] if name in names), "")


def _leftover(site: Site, known: Known, noted: Before) -> str:
    """The hidden table of a view that is not whole: of a drop the one it had, of a create one that is new."""
    if "inners" not in noted:
        return ""
    now = site.inners(known.name)
    if known.kind == "drop":
        return noted["inner"] if noted["inner"] in now else ""
    new = [name for name in now if name not in noted["inners"]]
    ours = f".inner.{known.name.table}"
    return next((name for name in new if name == ours or name.startswith(INNER)), "")


def _exists(site: Site, known: Known) -> bool:
    if known.what == "DATABASE":
        return site.has_database(known.name.table)
    name = literal.text(known.name.table)
    return bool(site.link.ask(f"SELECT 1 FROM system.functions WHERE name = {name}"))


def _is(known: Known, there: bool) -> str:
    return f"{known.what.lower()} {known.name} is {'there' if there else 'not there'}"


def _query(known: Known) -> str:
    if known.what in ("DATABASE", "FUNCTION"):
        table = f"system.{known.what.lower()}s"
        return f"SELECT name FROM {table} WHERE name = {literal.text(known.name.table)}"
    return f"SELECT name, engine, create_table_query FROM system.tables WHERE {where(known.name)}"
