"""Sequences, views and materialised views."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from schemactl.engines.postgres.snapshot import columns
from schemactl.engines.postgres.snapshot.part import Objects, Part, lines, part
from schemactl.engines.postgres.snapshot.words import dotted, ident, literal, options
from schemactl.model.snapshot import Block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.model.catalog import CatalogObject


def parts(objects: Objects) -> Iterator[Part]:
    for item in objects.all("sequence"):
        yield _sequence(item)
    for item in objects.all("view"):
        made = _view(item, objects)
        yield replace(made, loosened=partial(_loosened, made, item, objects))
    for item in objects.all("materialized view"):
        yield _materialized(item, objects)


def _comment(item: CatalogObject) -> str:
    comment = item.facts.get("comment")
    return f"COMMENT ON {item.kind.upper()} {dotted(*item.identity)} IS {literal(comment)}" if comment else ""


def _sequence(item: CatalogObject) -> Part:
    facts, name = item.facts, dotted(*item.identity)
    unlogged = "UNLOGGED " if facts.get("persistence") == "unlogged" else ""
    words = [f"CREATE {unlogged}SEQUENCE {name}"]
    words += [f"AS {facts['type']}"] if facts["type"] != "bigint" else []
    words += columns.numbers(facts, facts["type"])
    return part(item, lines(" ".join(words), _comment(item)), rank="sequence")


def _columns(item: CatalogObject, objects: Objects) -> list[CatalogObject]:
    by_name = {column.identity[2]: column for column in objects.of("column", item.identity)}
    return [by_name[name] for name in item.facts["columns"]]


def _view(item: CatalogObject, objects: Objects) -> Part:
    facts, name = item.facts, dotted(*item.identity)
    given = f" WITH ({options(facts['options'])})" if "options" in facts else ""
    made = f"CREATE VIEW {name}{given} AS\n{facts['definition'].removesuffix(';')}"
    found = _columns(item, objects)
    defaults = [
        f"ALTER VIEW {name} ALTER COLUMN {ident(column.identity[2])} SET DEFAULT {column.facts['default']}"
        for column in found
        if "default" in column.facts
    ]
    text = lines(made, *defaults, _comment(item), *map(columns.comment, found))
    return part(item, text, rank="view")


def _loosened(made: Part, item: CatalogObject, objects: Objects) -> tuple[Part, ...]:
    """A view of the same columns that reads nothing, and then what it is."""
    rows = ",\n".join(
        f"  NULL::{column.facts['type']}{_collated(column)} AS {ident(column.identity[2])}"
        for column in _columns(item, objects)
    )
    text = f"CREATE VIEW {dotted(*item.identity)} AS SELECT\n{rows};"
    outline = replace(
        made,
        block=Block("placeholder", (item.kind, *item.identity), text),
        place=made.place._replace(turn=-1),
        speaks=text,
        loosened=None,
    )
    whole = replace(
        made,
        block=made.block._replace(text=made.block.text.replace("CREATE ", "CREATE OR REPLACE ", 1)),
        brings=frozenset([("whole", *item.identity)]),
        needs=made.needs | {item.identity},
        loosened=None,
    )
    return outline, whole


def _collated(column: CatalogObject) -> str:
    return f" COLLATE {column.facts['collation']}" if "collation" in column.facts else ""


def _materialized(item: CatalogObject, objects: Objects) -> Part:
    facts, name = item.facts, dotted(*item.identity)
    words = [f"CREATE MATERIALIZED VIEW {name}"]
    if "access_method" in facts:
        words.append(f"USING {ident(facts['access_method'])}")
    if "options" in facts:
        words.append(f"WITH ({options(facts['options'])})")
    if "tablespace" in facts:
        words.append(f"TABLESPACE {ident(facts['tablespace'])}")
    data = "WITH NO DATA" if facts.get("unpopulated") else "WITH DATA"
    made = f"{' '.join(words)} AS\n{facts['definition'].removesuffix(';')}\n{data}"
    found = _columns(item, objects)
    settings = [one for column in found for one in columns.settings_of(column, what="MATERIALIZED VIEW")]
    text = lines(made, *settings, _comment(item), *map(columns.comment, found))
    needs = [("access method", facts["access_method"], "")] if "access_method" in facts else []
    return part(item, text, rank="view", needs=needs)
