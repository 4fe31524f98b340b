"""All parts of a catalogue, put into order: what `contract.snapshots.Snapshots` asks of PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.postgres.snapshot import (
    constraints,
    foreign,
    grants,
    operators,
    programs,
    relations,
    routines,
    schemas,
    tables,
    text_search,
    types,
)
from schemactl.engines.postgres.snapshot.order import ordered
from schemactl.engines.postgres.snapshot.part import Objects
from schemactl.engines.postgres.snapshot.rolling import without_rolling
from schemactl.model.snapshot import Block

if TYPE_CHECKING:
    from collections.abc import Collection

    from schemactl.model.catalog import Catalog

_GROUPS = (
    schemas,
    types,
    operators,
    text_search,
    foreign,
    relations,
    routines,
    tables,
    constraints,
    programs,
    grants,
)


class PostgresSnapshots:
    """contract.snapshots.Snapshots. Who owns what is no part of it: that is whoever runs the statements.

    rolling  partitioned tables whose partitions come and go: those are no part of it either
    """

    def __init__(self, rolling: Collection[str] = ()) -> None:
        self._rolling = rolling

    def blocks(self, catalog: Catalog) -> tuple[Block, ...]:
        """The catalogue as statements, in an order in which they can be run on an empty database."""
        objects = Objects(without_rolling(catalog, self._rolling))
        found = [one for group in _GROUPS for one in group.parts(objects)]
        return (_settings(objects), *(one.block for one in ordered(found))) if found else ()


def _settings(objects: Objects) -> Block:
    """What the statements are read under, as those of pg_dump are.

    Every name is qualified, so none is to be found by a path; functions may speak of what is made behind them.
    """
    told = ["SET search_path = '';", "SET standard_conforming_strings = on;"]
    if any("AS $" in item.facts["definition"] for item in objects.all("function", "procedure")):
        told.append("SET check_function_bodies = off;")
    return Block("settings", ("session",), "\n".join(told))
