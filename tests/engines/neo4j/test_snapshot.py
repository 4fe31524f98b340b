"""What a snapshot says of constraints that Community has not: the engine reads each back as what it is."""

from __future__ import annotations

import pytest

from schemactl.engines.neo4j.definitions import of_constraint, of_statement
from schemactl.engines.neo4j.options import TYPE
from schemactl.engines.neo4j.snapshot import Neo4jSnapshots
from schemactl.errors import UnsupportedError
from schemactl.model.catalog import Catalog, CatalogObject
from tests.contract.neo4j_dialect import DIALECT
from tests.contract.work import cut


def constraint(told: str, entity: str, *properties: str, of: str | None = None) -> Catalog:
    facts: dict[str, object] = {
        "type": told,
        "entity": entity,
        "labels": ["A `b"],
        "properties": list(properties),
        "property_type": of,
        "provider": None,
        "config": {},
    }
    return Catalog("neo4j", [CatalogObject(kind="constraint", identity=("for",), facts=facts)])


@pytest.mark.parametrize(
    ("told", "entity", "properties", "of"),
    [
        ("UNIQUENESS", "NODE", ("x",), None),
        ("NODE_PROPERTY_UNIQUENESS", "NODE", ("x", "y z"), None),
        ("NODE_KEY", "NODE", ("x", "y"), None),
        ("RELATIONSHIP_KEY", "RELATIONSHIP", ("x",), None),
        ("NODE_PROPERTY_EXISTENCE", "NODE", ("x",), None),
        ("RELATIONSHIP_PROPERTY_EXISTENCE", "RELATIONSHIP", ("x",), None),
        ("NODE_PROPERTY_TYPE", "NODE", ("x",), "INTEGER | STRING"),
        ("RELATIONSHIP_PROPERTY_TYPE", "RELATIONSHIP", ("x",), "LIST<DATE NOT NULL>"),
    ],
)
def test_a_constraint_is_read_back_as_what_it_is(
    told: str, entity: str, properties: tuple[str, ...], of: str | None
) -> None:
    catalog = constraint(told, entity, *properties, of=of)
    (block,) = Neo4jSnapshots().blocks(catalog)
    (statement,) = cut(DIALECT, block.text.removesuffix(";")).up.statements
    made = of_statement(statement)
    facts = catalog.objects[0].facts
    row = {"type": told, "entityType": entity, "labelsOrTypes": facts["labels"], "properties": facts["properties"]}
    assert made is not None and (made.name, made.definition) == ("for", of_constraint(row))
    assert made.asked.get(TYPE, "") == (of or "").replace(" | ", "|")


def test_a_constraint_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UnsupportedError) as refused:
        Neo4jSnapshots().blocks(constraint("NODE_LABEL_IMPLICATION", "NODE"))
    assert "NODE_LABEL_IMPLICATION" in refused.value.what
