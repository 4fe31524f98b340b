"""What is read at length: data against its constraints, indexes against the data, and the store from end to end.

A consistency check of the store's files (`neo4j-admin database check`) wants a stopped database or a dump, and is no
part of it. Nothing here waits for a writer or keeps one waiting; so what is written meanwhile may look like a
difference, and only one that writing does not explain, and that shows each time, is told.

source  Neo4j manual, "Planner hints": USING SCAN reads the nodes of a label past the indexes of their properties
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schemactl.engines.neo4j.catalog import CONSTRAINTS, INDEXES
from schemactl.engines.neo4j.failure import from_exception, is_driver_error
from schemactl.engines.neo4j.verifying_state import in_order, listed, quoted, refused, rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemactl.engines.neo4j.connection import Session
    from schemactl.running.inspecting import Look

COUNTED: Final = 1000
"""Violations of one constraint that are counted; reading stops there."""
_SHOWN: Final = 5
_TIMES: Final = 5


def violations(session: Session, look: Look) -> None:
    for row in look.each(in_order(listed(session, CONSTRAINTS, look, "constraints")), "constraints"):
        about = f"constraint {row['name']}"
        question = _question(row)
        if question is None:
            look.unread(about, f"verify does not know constraints of type {row['type']}")
            continue
        try:
            ((found,),) = (one.values() for one in rows(session, question))
        except Exception as error:
            if not refused(error, session, look, about):
                raise
            continue
        look.examined += 1
        if found:
            number = f"{COUNTED:,} or more" if len(found) >= COUNTED else f"{len(found):,}"
            first = "; ".join(map(str, found[:_SHOWN])) + ("; …" if len(found) > _SHOWN else "")
            do = f"mend them, then drop the constraint (DROP CONSTRAINT {quoted(row['name'])}) and make it anew"
            look.flaw(about, f"{number} {_words(row)}: {first}", do)


def _words(row: Mapping[str, Any]) -> str:
    what = "nodes" if row["entityType"] == "NODE" else "relationships"
    return f"values are there more than once, at {what}" if "UNIQUE" in row["type"] else f"{what} violate it"


def _question(row: Mapping[str, Any]) -> str | None:
    """The query that collects what violates a constraint; None for a type that is not known."""
    thing, pattern = _matched(row)
    names = [f"{thing}.{quoted(name)}" for name in row["properties"]]
    end = f"WITH {{what}} AS found LIMIT {COUNTED} RETURN collect(found) AS found"
    sort, missing = str(row["type"]), " OR ".join(f"{name} IS NULL" for name in names)
    if sort.endswith("UNIQUENESS"):
        there = " AND ".join(f"{name} IS NOT NULL" for name in names)
        twice = f"WITH {', '.join(f'{name} AS v{at}' for at, name in enumerate(names))},"
        ids = f"collect(elementId({thing}))[..2] AS ids, count(*) AS number WHERE number > 1"
        return f"{pattern} WHERE {there} {twice} {ids} {end.format(what='ids')}"
    what = f"elementId({thing})"
    if sort.endswith("PROPERTY_EXISTENCE") or sort.endswith("KEY"):
        return f"{pattern} WHERE {missing} {end.format(what=what)}"
    if sort.endswith("PROPERTY_TYPE"):
        typed = f"{names[0]} IS NOT NULL AND NOT {names[0]} IS :: {row['propertyType']}"
        return f"{pattern} WHERE {typed} {end.format(what=what)}"
    return None


def _matched(row: Mapping[str, Any]) -> tuple[str, str]:
    """The variable, and the pattern that finds all nodes or relationships of a label or type past other indexes."""
    label = quoted(row["labelsOrTypes"][0])
    if row["entityType"] == "NODE":
        return "n", f"MATCH (n:{label}) USING SCAN n:{label}"
    return "r", f"MATCH ()-[r:{label}]->() USING SCAN r:{label}"


def entries(session: Session, look: Look) -> None:
    """Only of indexes on one property that any value is in: of the others no count tells what is to be there."""
    found = listed(session, INDEXES, look, "indexes")
    comparable = [one for one in in_order(found) if one["type"] == "RANGE" and one["state"] == "ONLINE"]
    for row in look.each([one for one in comparable if len(one["properties"]) == 1], "indexes"):
        about = f"index {row['name']}"
        try:
            differing = _differing(session, row)
        except Exception as error:
            if not refused(error, session, look, about):
                raise
            continue
        look.examined += 1
        if differing is not None:
            stored, indexed = differing
            what = f"it finds {indexed:,} of what it is on, and there are {stored:,}"
            look.flaw(about, what, "drop it, or its constraint, and make it anew")


def _differing(session: Session, row: Mapping[str, Any]) -> tuple[int, int] | None:
    """How many have the property by the store, and by the index; None where the two may be one.

    Others write meanwhile: the store is counted before the index and after it, and the index differs where it has more
    than both, or less, by more than the store moved, each time in the same direction.
    """
    thing, scan = _matched(row)
    label, name = quoted(row["labelsOrTypes"][0]), quoted(row["properties"][0])
    end = f"WHERE {thing}.{name} IS NOT NULL RETURN count(*) AS number"
    # Of this kind: a text index may be on the same property.
    hint = f"USING RANGE INDEX {thing}:{label}({name})"
    of_store, of_index = f"{scan} {end}", f"{scan.partition(' USING')[0]} {hint} {end}"
    side = 0
    for _ in range(_TIMES):
        before, indexed, after = (_number(session, text) for text in (of_store, of_index, of_store))
        apart = outside(before, indexed, after)
        if not apart or apart * side < 0:
            return None
        side = apart
    return after, indexed


def outside(before: int, indexed: int, after: int) -> int:
    """How far the index lies above both counts of the store, or below; 0 where what was written may be the reason."""
    low, high = min(before, after), max(before, after)
    apart = max(indexed - high, 0) or min(indexed - low, 0)
    return apart if abs(apart) > high - low else 0


def _number(session: Session, text: str) -> int:
    ((number,),) = (one.values() for one in rows(session, text))
    return int(number)


def store(session: Session, look: Look) -> None:
    patterns = {"nodes": "MATCH (n)", "relationships": "MATCH ()-[n]->()"}
    for what, pattern in look.each(list(patterns.items()), "kinds"):
        # The sum is of no use; for it the server reads every value.
        text = f"{pattern} RETURN count(*) AS number, sum(size(keys(properties(n)))) AS properties"
        try:
            (found,) = rows(session, text)
        except Exception as error:
            if refused(error, session, look, what):
                continue
            if not is_driver_error(error) or from_exception(error).gone:
                raise
            do = "stop the database and run `neo4j-admin database check`; restore a backup"
            look.flaw(what, f"not all can be read: {from_exception(error).unquoted()}", do)
            continue
        look.examined += int(found["number"])
