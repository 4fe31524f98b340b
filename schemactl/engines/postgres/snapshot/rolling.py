"""Partitions that come and go as time passes: what of a catalogue is the schema's, and what is this month's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.postgres.snapshot.words import parts as names_of
from schemactl.model.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from schemactl.model.catalog import CatalogObject, Identity

_TABLES = ("table", "foreign table")


def without_rolling(catalog: Catalog, rolling: Collection[str]) -> Catalog:
    """The catalogue without the partitions of some tables and all that belongs to them; their DEFAULT ones stay.

    rolling  partitioned tables as platform.toml names them: `events` (schema public), `app.events`
    """
    if not rolling:
        return catalog
    parents = {names if len(names) > 1 else ("public", *names) for names in map(names_of, rolling)}
    gone = _partitions(catalog.objects, parents)
    return Catalog(catalog.engine, (item for item in catalog.objects if _table_of(item) not in gone))


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
