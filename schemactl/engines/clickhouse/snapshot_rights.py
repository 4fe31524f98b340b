"""Row policies, and what users and roles may do, as statements: behind all else, for not every server has those.

Not run on any server: 18.16 has neither, and chdb knows no users.
source  ClickHouse manual, "CREATE ROW POLICY", "GRANT", "REVOKE"
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemactl.engines.clickhouse.snapshot_text import name
from schemactl.model.snapshot import Block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemactl.model.catalog import Catalog, CatalogObject


def blocks(catalog: Catalog) -> Iterator[Block]:
    """A block for each policy, then one for all that is granted on a table, or on the database as a whole."""
    kinds = {
        item.identity[0]: item.kind for item in catalog.objects if len(item.identity) == 1 and item.kind != "database"
    }
    for item in catalog.objects:
        if item.kind == "row policy":
            yield Block(item.kind, item.identity, _policy(item))
    granted: dict[str, list[CatalogObject]] = {}
    for item in catalog.objects:
        if item.kind == "grant":
            granted.setdefault(item.identity[0], []).append(item)
    for table, items in sorted(granted.items()):
        identity = (kinds.get(table, "table"), table) if table else ("database", "itself")
        # What is taken away in part was given as a whole before.
        texts = [_grant(item) for item in sorted(items, key=lambda item: (item.identity[4], item.identity))]
        yield Block("grants", identity, "\n".join(texts))


def _policy(item: CatalogObject) -> str:
    table, called = item.identity
    facts: Mapping[str, Any] = item.facts
    using = f" USING {facts['filter']}" if facts["filter"] else ""
    kind = "RESTRICTIVE" if facts["restrictive"] else "PERMISSIVE"
    return f"CREATE ROW POLICY {name(called)} ON {_on(table)} FOR SELECT{using} AS {kind}{_to(facts)};"


def _to(facts: Mapping[str, Any]) -> str:
    if facts["to"] != "ALL":
        return f" TO {_names(facts['to'])}" if facts["to"] else ""
    return f" TO ALL EXCEPT {_names(facts['except'])}" if facts["except"] else " TO ALL"


def _names(values: Sequence[str]) -> str:
    return ", ".join(map(name, values))


def _grant(item: CatalogObject) -> str:
    table, column, who, access, verb = item.identity
    what = f"{access}({name(column)})" if column else access
    if verb == "revoke":
        return f"REVOKE {what} ON {_on(table)} FROM {name(who)};"
    option = " WITH GRANT OPTION" if item.facts["option"] else ""
    return f"GRANT {what} ON {_on(table)} TO {name(who)}{option};"


def _on(table: str) -> str:
    return name(table) if table else "*"
