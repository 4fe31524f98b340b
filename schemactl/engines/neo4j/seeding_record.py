"""Nodes `SchemaSeed` (docs/formats.md, "Ledger"): written in a seed's own transaction, behind the fence, so that none
needs a constraint; read without a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schemactl.engines.neo4j.ledger_writes import Write
from schemactl.model.seed import SeedRecord
from schemactl.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemactl.engines.neo4j.connection import Session

_FACTS: Final = (
    "name",
    "kind",
    "checksum",
    "environment",
    "applied_by",
    "tool_version",
    "head",
    "added",
    "changed",
    "same",
)
_READ: Final = "RETURN COLLECT { MATCH (s:SchemaSeed) RETURN properties(s) } AS seeds"
_WRITE: Final = (
    "MERGE (s:SchemaSeed {version_key: $key}) SET s += $facts, s.applied_at = datetime.realtime()"
    " RETURN count(s) AS hit"
)


def read(session: Session) -> tuple[SeedRecord, ...]:
    """Every record; empty where there is none. raises  ConnectError, StatementError"""
    found = session.read(_READ, "reading which seeds were applied")[0]["seeds"]
    return tuple(sorted(map(_record, found), key=lambda record: record.version.number))


def write(record: SeedRecord) -> Write:
    facts = {"version": record.version.text, **{name: getattr(record, name) for name in _FACTS}}
    return Write(_WRITE, {"key": str(record.version.number), "facts": facts}, hits=True)


def _record(node: Mapping[str, Any]) -> SeedRecord:
    facts = {name: node[name] for name in _FACTS}
    return SeedRecord(version=Version(node["version"]), applied_at=node["applied_at"].to_native(), **facts)
