"""Partitions that come and go as time passes: what of a catalogue is the schema's, and what is this month's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.postgres.seeding_table import names_of as written_names
from schemactl.engines.postgres.snapshot.words import parts as names_of
from schemactl.errors import UnsupportedError
from schemactl.model.catalog import Catalog, CatalogObject

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from schemactl.model.catalog import Identity

_TABLES = ("table", "foreign table")


def without_rolling(catalog: Catalog, rolling: Collection[str]) -> Catalog:
    """The catalogue without the partitions of some tables and all that belongs to them; their DEFAULT ones stay.

    rolling  partitioned tables as platform.toml names them: `events` (schema public), `app.events`
    raises   UnsupportedError for a name that is no partitioned table of the catalogue
    """
    if not rolling:
        return catalog
    parents = {written: written_names(written) for written in rolling}
    _refuse_unpartitioned(catalog.objects, parents)
    gone = _partitions(catalog.objects, {names for names in parents.values() if names is not None})
    kept = (item for item in catalog.objects if _table_of(item) not in gone)
    return Catalog(catalog.engine, (_unlisted(item, gone) for item in kept))


def _refuse_unpartitioned(objects: Iterable[CatalogObject], parents: Mapping[str, Identity | None]) -> None:
    """A name that is one letter off would have every month told as a difference, or nothing left out."""
    tables = {item.identity: "partition_key" in item.facts for item in objects if item.kind == "table"}
    for written, names in parents.items():
        if names is None or not tables.get(names):
            what = "is no partitioned table" if names in tables else "is not there"
            raise UnsupportedError(
                f"`{written}` {what}, though platform.toml names it under `rolling`",
                do="correct the name in `rolling`, or take it out",
                kind="rolling",
            )


def _unlisted(item: CatalogObject, gone: Collection[Identity]) -> CatalogObject:
    """A publication without the partitions that it lists by name and that are gone; all else as it is."""
    tables = item.facts.get("tables") if item.kind == "publication" else None
    if not tables:
        return item
    left = {table: facts for table, facts in tables.items() if names_of(table) not in gone}
    return CatalogObject(kind=item.kind, identity=item.identity, facts={**item.facts, "tables": left})


def _partitions(objects: Iterable[CatalogObject], parents: Collection[Identity]) -> set[Identity]:
    """The partitions of `parents` but for the DEFAULT ones, and theirs on every level."""
    parts = {
        item.identity: (names_of(item.facts["partition_of"]), item.facts["bound"])
        for item in objects
        if item.kind in _TABLES and "partition_of" in item.facts
    }
    gone = {table for table, (parent, bound) in parts.items() if parent in parents and bound != "DEFAULT"}
    while below := {table for table, (parent, _) in parts.items() if parent in gone} - gone:
        gone |= below
    return gone


def _table_of(item: CatalogObject) -> Identity | None:
    """The table that an object is or belongs to; None for what belongs to none."""
    if item.kind in _TABLES or len(item.identity) > 2:
        return item.identity[:2]
    for fact in ("table", "owned_by"):
        if fact in item.facts:
            return names_of(item.facts[fact])[:2]
    if item.kind == "statistics":
        return names_of(item.facts["definition"].rpartition(" FROM ")[2])
    return None
