"""Tables that inherit from others: which columns come from the parents, and what is to be said of them all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.postgres.snapshot.words import dotted, ident
from schemactl.engines.postgres.snapshot.words import parts as names_of
from schemactl.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemactl.engines.postgres.snapshot.part import Objects
    from schemactl.model.catalog import CatalogObject


def at_once(table: CatalogObject, objects: Objects) -> bool:
    """CREATE TABLE … INHERITS gives the columns in the order that they have; else they are taken over afterwards.

    raises  UnsupportedError where neither makes the same table
    """
    if "inherits" not in table.facts:
        return False
    columns = {column.identity[2]: column for column in objects.of("column", table.identity)}
    given = [name for parent in _parents(table, objects) for name in parent.facts["columns"]]
    own = [name for name in table.facts["columns"] if _is_local(columns[name])]
    if list(dict.fromkeys([*given, *own])) == table.facts["columns"]:
        return True
    if any(not _is_local(column) for column in columns.values()):
        raise UnsupportedError(
            f"table {dotted(*table.identity)} got columns from its parents after its own, which no CREATE TABLE does",
            do="give the parent's new columns to it first (ALTER TABLE … ADD COLUMN), then to the parent",
            kind="no_statement",
        )
    return False


def comes_by_itself(column: CatalogObject, table: CatalogObject, objects: Objects) -> bool:
    """The column is its parents' alone."""
    return "inherits" in table.facts and not _is_local(column) and at_once(table, objects)


def not_null_comes(column: CatalogObject, table: CatalogObject, objects: Objects) -> bool:
    """A parent says NOT NULL already, and nothing is known of one that is the table's own."""
    comes = at_once(table, objects) and _parents_not_null(column, table, objects)
    return comes and not column.facts.get("not_null_local")


def settings(table: CatalogObject, columns: Sequence[CatalogObject], objects: Objects) -> Iterator[str]:
    """What differs from what the parents give, as statements."""
    if "inherits" not in table.facts:
        return
    alter = f"ALTER TABLE {dotted(*table.identity)}"
    if not at_once(table, objects):
        for parent in table.facts["inherits"]:
            yield f"{alter} INHERIT {parent}"
        return
    for column in columns:
        above, name = _above(column, table, objects), ident(column.identity[2])
        if not above:
            continue
        default = column.facts.get("default")
        given = next((one.facts["default"] for one in above if "default" in one.facts), None)
        if default is None and given is not None and "generated" not in column.facts:
            yield f"{alter} ALTER COLUMN {name} DROP DEFAULT"
        elif default != given and default is not None and not _is_local(column):
            yield f"{alter} ALTER COLUMN {name} SET DEFAULT {default}"
        comes = _parents_not_null(column, table, objects)
        has = column.facts.get("not_null", False)
        if comes and not has:
            yield f"{alter} ALTER COLUMN {name} DROP NOT NULL"
        elif not _is_local(column) and has and (not comes or column.facts.get("not_null_local")):
            yield f"{alter} ALTER COLUMN {name} SET NOT NULL"


def _is_local(column: CatalogObject) -> bool:
    return not column.facts.get("inherited") or bool(column.facts.get("local"))


def _parents(table: CatalogObject, objects: Objects) -> Iterator[CatalogObject]:
    for name in table.facts.get("inherits", ()):
        parent = objects.get("table", names_of(name)) or objects.get("foreign table", names_of(name))
        if parent is not None:
            yield parent


def _above(column: CatalogObject, table: CatalogObject, objects: Objects) -> list[CatalogObject]:
    """The columns of the same name that the parents have."""
    found = (objects.get("column", (*parent.identity, column.identity[2])) for parent in _parents(table, objects))
    return [one for one in found if one is not None]


def _parents_not_null(column: CatalogObject, table: CatalogObject, objects: Objects) -> bool:
    return any(
        one.facts.get("not_null") and not one.facts.get("not_null_no_inherit") for one in _above(column, table, objects)
    )
