"""`schema_seeds` on PostgreSQL (docs/formats.md, "Ledger"): made with the first record, written in its own
transaction, read without a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg import errors
from psycopg.rows import tuple_row

from schemactl.engines.postgres.pipeline import Query
from schemactl.model.seed import SeedRecord
from schemactl.model.version import Version

if TYPE_CHECKING:
    from schemactl.engines.postgres.connection import Connection

_CREATE: Final = (
    b"""CREATE TABLE schemactl.schema_seeds (
  version text NOT NULL CHECK (version ~ '^[0-9]+$'),
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('rows', 'script')),
  checksum text NOT NULL,
  environment text NOT NULL,
  added bigint NOT NULL,
  changed bigint NOT NULL,
  same bigint NOT NULL,
  head text NOT NULL,
  applied_at timestamptz NOT NULL,
  applied_by text NOT NULL,
  tool_version text NOT NULL)""",
    b"CREATE UNIQUE INDEX schema_seeds_version ON schemactl.schema_seeds ((version::numeric))",
)
_WRITE: Final = b"""
INSERT INTO schemactl.schema_seeds (version, name, kind, checksum, environment, added, changed, same, head, applied_at,
                                    applied_by, tool_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp(), $10, $11)
ON CONFLICT ((version::numeric)) DO UPDATE SET version = EXCLUDED.version, name = EXCLUDED.name, kind = EXCLUDED.kind,
  checksum = EXCLUDED.checksum, environment = EXCLUDED.environment, added = EXCLUDED.added,
  changed = EXCLUDED.changed, same = EXCLUDED.same, head = EXCLUDED.head, applied_at = EXCLUDED.applied_at,
  applied_by = EXCLUDED.applied_by, tool_version = EXCLUDED.tool_version
"""
_READ: Final = """
SELECT version, name, kind, checksum, environment, applied_by, tool_version, added, changed, same, head, applied_at
FROM schemactl.schema_seeds ORDER BY version::numeric
"""


def read(connection: Connection) -> tuple[SeedRecord, ...]:
    """Every record; empty where there is no table. raises  psycopg.Error"""
    with connection.cursor(row_factory=tuple_row) as cursor:
        try:
            rows = cursor.execute(_READ).fetchall()
        except (errors.UndefinedTable, errors.InvalidSchemaName):
            return ()
    return tuple(SeedRecord(Version(row[0]), *row[1:]) for row in rows)


def writes(connection: Connection, record: SeedRecord) -> list[Query]:
    """What writes one record in the transaction that is open. raises  psycopg.Error"""
    with connection.cursor(row_factory=tuple_row) as cursor:
        there = cursor.execute("SELECT to_regclass('schemactl.schema_seeds') IS NOT NULL").fetchone() == (True,)
    facts = (record.version.text, record.name, record.kind, record.checksum, record.environment)
    counts = (str(record.added), str(record.changed), str(record.same))
    values = tuple(value.encode() for value in (*facts, *counts, record.head, record.applied_by, record.tool_version))
    return [*([] if there else map(Query, _CREATE)), Query(_WRITE, values)]
