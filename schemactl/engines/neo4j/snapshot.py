"""A database's catalogue as statements that make it (contract: Snapshots). Pure: reads the catalogue, asks no server.

What a server takes where nothing is said is not said: versions differ in the options that they know, not in those
defaults.
source  Cypher manual, "CREATE INDEX", "CREATE CONSTRAINT", "Configuration settings" of point and vector indexes,
        "Naming rules and recommendations"; what 5.26 shows of each kind was tried
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from schemactl.errors import UnsupportedError
from schemactl.model.snapshot import Block

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemactl.model.catalog import Catalog, CatalogObject

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_PLAIN: Final = frozenset({"EXISTS", "FALSE", "FOR", "IF", "INF", "NAN", "NOT", "NULL", "ON", "REQUIRE", "TRUE"})
_PROVIDERS: Final = frozenset(
    {"range-1.0", "text-2.0", "point-1.0", "fulltext-1.0", "vector-2.0", "token-lookup-1.0", None}
)
_FAR: Final = 1_000_000.0
_DEFAULTS: Final[Mapping[str, Any]] = {
    "spatial.cartesian.min": [-_FAR, -_FAR],
    "spatial.cartesian.max": [_FAR, _FAR],
    "spatial.cartesian-3d.min": [-_FAR, -_FAR, -_FAR],
    "spatial.cartesian-3d.max": [_FAR, _FAR, _FAR],
    "spatial.wgs-84.min": [-180.0, -90.0],
    "spatial.wgs-84.max": [180.0, 90.0],
    "spatial.wgs-84-3d.min": [-180.0, -90.0, -_FAR],
    "spatial.wgs-84-3d.max": [180.0, 90.0, _FAR],
    "vector.hnsw.ef_construction": 100,
    "vector.hnsw.m": 16,
    "vector.quantization.enabled": True,
}
_RULES: Final = {"UNIQUENESS": "IS UNIQUE", "EXISTENCE": "IS NOT NULL", "TYPE": "IS :: {type}"}


class Neo4jSnapshots:
    def blocks(self, catalog: Catalog) -> tuple[Block, ...]:
        """Constraints, then indexes, by name: none of them needs another.

        raises  UnsupportedError for a kind of constraint that no statement here makes
        """
        return tuple(
            Block(item.kind, item.identity, _constraint(item) if item.kind == "constraint" else _index(item))
            for item in catalog.objects
        )


def quoted(name: str) -> str:
    """A name, in backticks where it must have them."""
    if _PLAIN.fullmatch(name) and name.upper() not in _NOT_PLAIN:
        return name
    # `\u` and four digits are a character wherever they stand in a statement.
    return "`" + name.replace("\\u", "\\u005Cu").replace("`", "``") + "`"


def _index(item: CatalogObject) -> str:
    facts = item.facts
    entity = str(facts["entity"])
    if facts["type"] == "LOOKUP":
        # An empty database has both already.
        what = "(n) ON EACH labels(n)" if entity == "NODE" else "()-[r]-() ON EACH type(r)"
        return f"CREATE LOOKUP INDEX IF NOT EXISTS FOR {what};"
    alias = _alias(entity)
    properties = _properties(alias, facts["properties"])
    on = f"EACH [{properties}]" if facts["type"] == "FULLTEXT" else f"({properties})"
    head = f"CREATE {facts['type']} INDEX {quoted(item.identity[0])} FOR {_pattern(entity, facts['labels'])}"
    return f"{head} ON {on}{_options(facts)};"


def _constraint(item: CatalogObject) -> str:
    facts = item.facts
    entity, told = str(facts["entity"]), str(facts["type"])
    rule = next((rule for word, rule in _RULES.items() if told.endswith(word)), "")
    if told.endswith("_KEY"):
        rule = f"IS {entity} KEY"
    if not rule or not facts["properties"]:
        raise UnsupportedError(
            f"constraint {item.identity[0]} is of a kind that schemactl does not know: {told}",
            do="use a later schemactl, or take this constraint away by a migration",
            kind="no_statement",
        )
    properties = _properties(_alias(entity), facts["properties"])
    on = f"({properties})" if len(facts["properties"]) > 1 else properties
    head = f"CREATE CONSTRAINT {quoted(item.identity[0])} FOR {_pattern(entity, facts['labels'])}"
    return f"{head} REQUIRE {on} {rule.format(type=facts['property_type'])}{_options(facts)};"


def _alias(entity: str) -> str:
    return "n" if entity == "NODE" else "r"


def _pattern(entity: str, labels: Sequence[str]) -> str:
    named = "|".join(map(quoted, labels))
    return f"(n:{named})" if entity == "NODE" else f"()-[r:{named}]-()"


def _properties(alias: str, names: Sequence[str]) -> str:
    return ", ".join(f"{alias}.{quoted(name)}" for name in names)


def _options(facts: Mapping[str, Any]) -> str:
    """OPTIONS {…} on a line of its own, with what is not so by itself; "" where all is."""
    config = {name: value for name, value in facts["config"].items() if _DEFAULTS.get(name) != value}
    told = []
    if config:
        pairs = ", ".join(f"{quoted(name)}: {_value(value)}" for name, value in sorted(config.items()))
        told.append(f"indexConfig: {{{pairs}}}")
    if facts["provider"] not in _PROVIDERS:
        told.append(f"indexProvider: {_value(facts['provider'])}")
    return f"\n    OPTIONS {{{', '.join(told)}}}" if told else ""


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):
        return "'" + json.dumps(value, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"
    return json.dumps(value)
