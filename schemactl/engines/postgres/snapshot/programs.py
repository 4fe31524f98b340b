"""What runs by itself on a table or a database: triggers, event triggers, rules, row security policies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemactl.engines.postgres.snapshot.part import RANKS, Objects, Part, lines, part
from schemactl.engines.postgres.snapshot.words import dotted, function_name, ident, literal, routine
from schemactl.engines.postgres.snapshot.words import parts as names_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.engines.postgres.snapshot.part import Key
    from schemactl.model.catalog import CatalogObject, Identity

RULE, TRIGGER, POLICY = 4, 5, 6
_STATES = {"disabled": "DISABLE", "replica": "ENABLE REPLICA", "always": "ENABLE ALWAYS"}


def parts(objects: Objects) -> Iterator[Part]:
    for item in objects.all("rule"):
        yield _on_table(item, _text(item, item.facts["definition"].removesuffix(";")), RULE)
    for item in objects.all("trigger"):
        yield _trigger(item, objects)
    for item in objects.all("policy"):
        yield _policy(item)
    for item in objects.all("event trigger"):
        yield _event_trigger(item)


def owner_rank(objects: Objects, relation: Identity) -> str:
    """The rank of what belongs to a relation is the relation's own."""
    is_view = objects.get("view", relation) or objects.get("materialized view", relation)
    return "view" if is_view else "table"


def _on_table(item: CatalogObject, text: str, turn: int) -> Part:
    schema, table, name = item.identity
    made = part(item, text, rank="table", owner=(schema, table), turn=turn, needs=[(schema, table)])
    return replace(made, brings=frozenset([(item.kind, schema, table, name)]))


def _text(item: CatalogObject, definition: str) -> str:
    schema, table, name = item.identity
    return lines(definition, _state(item), _comment(item, f"{item.kind.upper()} {ident(name)}", dotted(schema, table)))


def _state(item: CatalogObject) -> str:
    schema, table, name = item.identity
    state = _STATES.get(item.facts.get("enabled", ""))
    return f"ALTER TABLE {dotted(schema, table)} {state} {item.kind.upper()} {ident(name)}" if state else ""


def _comment(item: CatalogObject, what: str, table: str) -> str:
    comment = item.facts.get("comment")
    return f"COMMENT ON {what} ON {table} IS {literal(comment)}" if comment is not None else ""


def _trigger(item: CatalogObject, objects: Objects) -> Part:
    if not item.facts.get("inherited"):
        made = _on_table(item, _text(item, item.facts["definition"]), TRIGGER)
    else:
        # The copy came with the parent's: only whether it fires is its own.
        schema, table, name = item.identity
        state = _state(item) or f"ALTER TABLE {dotted(schema, table)} ENABLE TRIGGER {ident(name)}"
        comment = _comment(item, f"TRIGGER {ident(name)}", dotted(schema, table))
        made = _on_table(item, lines(state, comment), TRIGGER)
        above = frozenset(("trigger", *parent, name) for parent in _above(objects, (schema, table)))
        made = replace(made, needs=made.needs | above, speaks="")
    rank = RANKS[owner_rank(objects, item.identity[:2])]
    return replace(made, place=made.place._replace(rank=rank))


def _above(objects: Objects, table: Identity) -> Iterator[Identity]:
    """The table's parents, up to the root."""
    found = objects.get("table", table)
    while found is not None and "partition_of" in found.facts:
        parent = names_of(found.facts["partition_of"])
        yield parent
        found = objects.get("table", parent)


def _policy(item: CatalogObject) -> Part:
    facts, (schema, table, name) = item.facts, item.identity
    made = [f"CREATE POLICY {ident(name)} ON {dotted(schema, table)}"]
    if facts.get("restrictive"):
        made.append("AS RESTRICTIVE")
    if "command" in facts:
        made.append(f"FOR {facts['command'].upper()}")
    if "roles" in facts:
        made.append(f"TO {', '.join(map(ident, facts['roles']))}")
    if "using" in facts:
        made.append(f"USING ({facts['using']})")
    if "with_check" in facts:
        made.append(f"WITH CHECK ({facts['with_check']})")
    comment = _comment(item, f"POLICY {ident(name)}", dotted(schema, table))
    found = _on_table(item, lines("\n  ".join(made), comment), POLICY)
    return replace(found, place=found.place._replace(rank=RANKS["role"])) if "roles" in facts else found


def _event_trigger(item: CatalogObject) -> Part:
    facts, (name,) = item.facts, item.identity
    tags = f"\n  WHEN TAG IN ({', '.join(map(literal, facts['tags']))})" if "tags" in facts else ""
    call = f"EXECUTE FUNCTION {function_name(facts['function'])}()"
    made = f"CREATE EVENT TRIGGER {ident(name)} ON {facts['event']}{tags}\n  {call}"
    state = _STATES.get(facts.get("enabled", ""))
    comment = f"COMMENT ON EVENT TRIGGER {ident(name)} IS {literal(facts['comment'])}" if "comment" in facts else ""
    text = lines(made, comment, f"ALTER EVENT TRIGGER {ident(name)} {state}" if state else "")
    needs: tuple[Key, ...] = routine(facts["function"])
    return replace(part(item, text, rank="event trigger", needs=needs), brings=frozenset())
