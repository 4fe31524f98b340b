"""The catalogue: indexes and constraints as values, our own left out, and those that are there but do not work.

Labels, types and property keys are no part of it: they follow the data, and their names outlive it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schemactl.engines.neo4j.statements import OUR_CONSTRAINTS, OUR_LABELS
from schemactl.model.catalog import Catalog, CatalogObject

if TYPE_CHECKING:
    from collections.abc import Mapping

    import neo4j

    from schemactl.engines.neo4j.connection import Session

INDEXES: Final = (
    "SHOW INDEXES YIELD id, name, state, populationPercent, type, entityType, labelsOrTypes, properties, indexProvider,"
    " owningConstraint, options, failureMessage"
)
CONSTRAINTS: Final = (
    "SHOW CONSTRAINTS YIELD id, name, type, entityType, labelsOrTypes, properties, ownedIndex, propertyType, options"
)


class Neo4jCatalog:
    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self) -> Catalog:
        def both(tx: neo4j.Transaction) -> list[list[dict[str, Any]]]:
            return [tx.run(text).data() for text in (INDEXES, CONSTRAINTS)]

        try:
            # One transaction: what it reads of the schema does not change in between.
            with self._session.session() as opened, opened.begin_transaction() as tx:
                indexes, constraints = both(tx)
        except Exception as error:
            raise self._session.trouble(error, "reading the catalogue") from error
        found = [_index(row) for row in indexes if not row["owningConstraint"] and not is_ours(row)]
        return Catalog("neo4j", [*found, *(_constraint(row) for row in constraints if not is_ours(row))])

    def broken(self) -> tuple[str, ...]:
        rows = self._session.read(f"{INDEXES} WHERE state <> 'ONLINE'", "looking for broken indexes")
        return tuple(sorted(sentence(row) for row in rows))


def sentence(row: Mapping[str, Any]) -> str:
    """What is wrong with an index that is not ONLINE."""
    if row["state"] == "FAILED":
        why = str(row["failureMessage"] or "").strip().split("\n")[0]
        return f"index {row['name']} is FAILED: {why}" if why else f"index {row['name']} is FAILED"
    return f"index {row['name']} is still being built: {row['populationPercent']:.0f} %"


def is_ours(row: Mapping[str, Any]) -> bool:
    return row["name"] in OUR_CONSTRAINTS or bool(set(row["labelsOrTypes"] or ()).intersection(OUR_LABELS))


def _index(row: Mapping[str, Any]) -> CatalogObject:
    sort = str(row["type"])
    labels = list(row["labelsOrTypes"] or ())
    # A lookup index is one of two that there can be, and its first name is one that the server made up.
    identity = ("lookup", str(row["entityType"])) if sort == "LOOKUP" else (str(row["name"]),)
    facts = {
        "type": sort,
        "entity": row["entityType"],
        "labels": sorted(labels) if sort == "FULLTEXT" else labels,
        "properties": list(row["properties"] or ()),
        "provider": row["indexProvider"],
        "config": _config(row["options"]),
    }
    return CatalogObject(kind="index", identity=identity, facts=facts)


def _constraint(row: Mapping[str, Any]) -> CatalogObject:
    facts = {
        "type": row["type"],
        "entity": row["entityType"],
        "labels": list(row["labelsOrTypes"] or ()),
        "properties": list(row["properties"] or ()),
        "property_type": row["propertyType"],
        "provider": (row["options"] or {}).get("indexProvider"),
        "config": _config(row["options"]),
    }
    return CatalogObject(kind="constraint", identity=(str(row["name"]),), facts=facts)


def _config(options: Mapping[str, Any] | None) -> dict[str, Any]:
    return dict(sorted(((options or {}).get("indexConfig") or {}).items()))
