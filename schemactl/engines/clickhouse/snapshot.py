"""A target's catalogue as statements that make it (contract: Snapshots). Pure: reads the catalogue, asks no server.

A table's columns, indexes, projections and constraints are parts of its CREATE. Passwords stand as '[HIDDEN]', as the
catalogue has them. Left out: the engine of the database, which an empty target has already.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from schemactl.engines.clickhouse import literal, snapshot_order, snapshot_rights, snapshot_text
from schemactl.engines.clickhouse.tokens import unquoted
from schemactl.errors import UnsupportedError
from schemactl.model.snapshot import Block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemactl.model.catalog import Catalog, CatalogObject

_MADE: Final = ("table", "dictionary", "view", "materialized view", "live view", "window view")
_HEAD: Final = {"function": "CREATE FUNCTION", "named collection": "CREATE NAMED COLLECTION"}
_INNER: Final = re.compile(r"CREATE TABLE (?:`(?:\\.|[^`\\])*`|\S+)\s*")


class ClickHouseSnapshots:
    def blocks(self, catalog: Catalog) -> tuple[Block, ...]:
        """Collections and functions, then what uses them, then who may do what.

        raises  UnsupportedError for a materialised view whose hidden table was changed apart from it
        """
        found = [*_of_server(catalog), *_of_database(catalog)]
        found += snapshot_order.ordered([_block(item) for item in catalog.objects if item.kind in _MADE])
        return (*found, *snapshot_rights.blocks(catalog))


def _block(item: CatalogObject) -> Block:
    _refuse_apart(item)
    (name,) = item.identity
    text = snapshot_text.statement(item.facts["query"], name, item.facts["columns"])
    return Block(item.kind, item.identity, text)


def _of_server(catalog: Catalog) -> Iterator[Block]:
    """What the server has for all its databases and the target's own objects name: there already, it is passed over."""
    named = _named(catalog)
    collections = [item for item in catalog.objects if item.kind == "named collection" and item.identity[0] in named]
    functions = [item for item in catalog.objects if item.kind == "function" and item.identity[0] in named]
    for item in collections:
        yield Block(item.kind, item.identity, _guarded(item, item.facts["query"]))
    yield from snapshot_order.ordered(
        [Block(one.kind, one.identity, _guarded(one, one.facts["query"])) for one in functions]
    )


def _named(catalog: Catalog) -> set[str]:
    """Every word in the statements of the target's own objects, and in those of the functions among them."""
    functions = {item.identity[0]: item.facts["query"] for item in catalog.objects if item.kind == "function"}
    texts = [item.facts["query"] for item in catalog.objects if item.kind in _MADE]
    texts += [item.facts["filter"] for item in catalog.objects if item.kind == "row policy"]
    found: set[str] = set()
    while texts:
        words = {unquoted(part.token) for text in texts for part in snapshot_text.pieces(text)} - found
        found |= words
        texts = [functions[word] for word in words if word in functions]
    return found


def _guarded(item: CatalogObject, query: str) -> str:
    head = _HEAD[item.kind]
    (name,) = item.identity
    behind = snapshot_text.pieces(query)[len(head.split()) + 1 :]
    return f"{head} IF NOT EXISTS {snapshot_text.name(name)} {snapshot_text.plain(behind)};"


def _of_database(catalog: Catalog) -> Iterator[Block]:
    """Its comment. A statement has to name it, and its name is no part of the catalogue: a parameter stands there."""
    for item in catalog.objects:
        if item.kind == "database" and item.facts["comment"]:
            comment = literal.text(item.facts["comment"])
            yield Block(item.kind, item.identity, f"ALTER DATABASE {{database:Identifier}} MODIFY COMMENT {comment};")


def _refuse_apart(item: CatalogObject) -> None:
    """A hidden table that is not as the view's own statement would make it again: no statement can name it."""
    facts: Mapping[str, Any] = item.facts
    if "rows_in" not in facts:
        return
    said = _INNER.sub("", facts["rows_in"], count=1)
    if _plain(said) in _plain(facts["query"]):
        return
    (name,) = item.identity
    raise UnsupportedError(
        f"materialized view {name}: the table that holds its rows was changed apart from it",
        do=f"make a table of your own with these columns, and {name} TO it, by a migration; or undo what was changed",
        kind="no_statement",
    )


def _plain(text: str) -> str:
    """Tokens alone: a server lays out one statement in several ways."""
    return " ".join(part.token for part in snapshot_text.pieces(text))
