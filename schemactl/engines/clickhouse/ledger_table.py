"""How the ledger's table is kept on this server: which engine it has, and what makes a write of it sure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse.link import NO_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Row, Settings
    from schemactl.engines.clickhouse.server import Facts

# What 18.16 has: no LowCardinality, no DateTime64, no codecs.
_COLUMNS: Final = (
    "(seq UInt64, event String, kind String, version_id UInt64, service_name String, version String,"
    " at DateTime('UTC'), payload String)"
)


def create(facts: Facts) -> tuple[str, ...]:
    """The statements that make the ledger where it is not there."""
    return (f"CREATE TABLE IF NOT EXISTS schema_events {_COLUMNS} ENGINE = MergeTree ORDER BY (seq, event)",)


def reading(facts: Facts) -> Settings:
    """The settings of a read, so that it shows what was written last."""
    return NO_SETTINGS


def writing(session: Session, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows as one block, and come back only when they are sure to stay.

    raises  ServerError
    """
    session.link.insert(table, columns, rows, query_id=session.query_id(), settings=_sure(session.facts))


def _sure(facts: Facts) -> Settings:
    return {"insert_deduplicate": 0} if "insert_deduplicate" in facts.settings else NO_SETTINGS
