"""A statement of a migration that is under way in more than one segment (docs/formats.md, "Ledger")."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of `schema_steps`: a statement of a migration that is under way in more than one segment."""

    version_id: int
    direction: Literal["up", "down"]
    ordinal: int
    segment: int
    statement_hash: str
    line: int
    state: Literal["intent", "done"]
    before: dict[str, Any] = field(default_factory=dict)
