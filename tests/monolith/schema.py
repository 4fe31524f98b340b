"""Where the schema of each monolith is kept."""

from __future__ import annotations

from pathlib import Path

PLATFORMS = ("ijaa", "jobs")

_SCHEMAS = Path(__file__).parents[2] / "schemas"


def schema_of(platform: str) -> str:
    """The SQL that makes the monolith of this platform in an empty database."""
    return (_SCHEMAS / platform / "monolith.sql").read_text(encoding="utf-8")
