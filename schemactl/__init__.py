"""schemactl: versioned schemas for PostgreSQL, ClickHouse, MongoDB and Neo4j."""

from __future__ import annotations

__version__ = "0.1.0"
