"""The ledger on PostgreSQL: schema `schemactl` (docs/formats.md, "Ledger"). No one else reads its tables.

A row of schema_versions means: this migration's effects are in the database, in full where its state is `applied`, in
the part that schema_steps names where it is `applying` or `reverting`. What a run writes is in ledger_writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors
from psycopg.rows import tuple_row

from schemactl.engines.postgres.failure import reading
from schemactl.model.entry import LEDGER_FORMAT, Entry, LedgerState
from schemactl.model.version import Version

if TYPE_CHECKING:
    from schemactl.engines.postgres.connection import Session
    from schemactl.model.step import Step

SCHEMA = "schemactl"

_CREATE = """
CREATE SCHEMA IF NOT EXISTS schemactl;
CREATE TABLE schemactl.schema_format (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  format smallint NOT NULL,
  platform text NOT NULL,
  service_name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE schemactl.schema_versions (
  version_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  service_name text NOT NULL,
  version text NOT NULL CHECK (version ~ '^[0-9]+$'),
  name text NOT NULL,
  description text NOT NULL,
  checksum text NOT NULL,
  checksum_algorithm text NOT NULL,
  up_hash text NOT NULL,
  applied_at timestamptz NOT NULL,
  duration_ms bigint NOT NULL,
  applied_by text NOT NULL,
  tool_version text NOT NULL,
  format smallint NOT NULL,
  state text NOT NULL CHECK (state IN ('applied', 'applying', 'reverting')),
  backup_id text,
  unlocked boolean NOT NULL DEFAULT false);
CREATE UNIQUE INDEX schema_versions_version ON schemactl.schema_versions (service_name, (version::numeric));
CREATE TABLE schemactl.schema_steps (
  version_id bigint NOT NULL REFERENCES schemactl.schema_versions ON DELETE CASCADE,
  direction text NOT NULL CHECK (direction IN ('up', 'down')),
  ordinal integer NOT NULL,
  segment integer NOT NULL,
  statement_hash text NOT NULL,
  line integer NOT NULL,
  state text NOT NULL CHECK (state IN ('intent', 'done')),
  before jsonb NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (version_id, direction, ordinal));
"""

_READ = """
SELECT f.format, f.platform, f.service_name, v.version_id, v.service_name, v.version, v.name, v.description, v.checksum,
       v.checksum_algorithm, v.up_hash, v.applied_at, v.duration_ms, v.applied_by, v.tool_version, v.format, v.state,
       v.backup_id, v.unlocked
FROM schemactl.schema_format f LEFT JOIN schemactl.schema_versions v ON true
"""
_READ_STEPS = """
SELECT version_id, direction, ordinal, segment, statement_hash, line, state, before
FROM schemactl.schema_steps ORDER BY version_id, ordinal
"""


class PostgresLedger:
    """Reads the ledger, prepares it, and settles what recover decides."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self) -> LedgerState:
        try:
            with self._session.connection.cursor(row_factory=tuple_row) as cursor:
                rows = cursor.execute(_READ).fetchall()
                unfinished = any(row[16] not in (None, "applied") for row in rows)
                steps = cursor.execute(_READ_STEPS).fetchall() if unfinished else []
        except (errors.UndefinedTable, errors.InvalidSchemaName):
            return LedgerState(exists=False)
        except psycopg.Error as error:
            self._raise_newer()
            raise self._reading(error, "reading the ledger") from error
        if not rows:
            return LedgerState(exists=False)
        self._refuse_newer(rows[0][0])
        return LedgerState(
            exists=True,
            format=rows[0][0],
            platform=rows[0][1],
            service_name=rows[0][2],
            entries=tuple(sorted(map(_entry, rows if rows[0][3] is not None else ()), key=_number)),
            steps=tuple(_step(row) for row in steps),
        )

    def prepare(self, *, platform: str, service_name: str) -> None:
        connection = self._session.connection
        try:
            with connection.transaction():
                if connection.execute("SELECT to_regclass('schemactl.schema_format')").fetchone() == (None,):
                    connection.execute(_CREATE)
                row = connection.execute("SELECT format FROM schemactl.schema_format").fetchone()
                if row is not None:
                    self._refuse_newer(row[0])
                    return
                connection.execute(
                    "INSERT INTO schemactl.schema_format (format, platform, service_name) VALUES (%s, %s, %s)",
                    (LEDGER_FORMAT, platform, service_name),
                )
        except psycopg.Error as error:
            raise self._reading(error, "creating the ledger") from error

    def accept(self, entry: Entry, *, checksum: str, up_hash: str, note: str) -> None:
        self._write(
            "UPDATE schemactl.schema_versions SET checksum = %s, checksum_algorithm = 'sha256-lf', up_hash = %s,"
            " description = concat_ws('; ', nullif(description, ''), %s::text) WHERE version_id = %s",
            (checksum, up_hash, note, entry.version_id),
        )

    def mark(self, entry: Entry, ordinal: int, *, done: bool) -> None:
        where = "WHERE version_id = %s AND ordinal = %s"
        verb = "UPDATE schemactl.schema_steps SET state = 'done'" if done else "DELETE FROM schemactl.schema_steps"
        self._write(f"{verb} {where}", (entry.version_id, ordinal))

    def remove(self, entry: Entry) -> None:
        self._write("DELETE FROM schemactl.schema_versions WHERE version_id = %s", (entry.version_id,))

    def reinstate(self, entry: Entry) -> None:
        self._write(
            "WITH back AS (UPDATE schemactl.schema_versions SET state = 'applied'"
            " WHERE version_id = %s AND state = 'reverting' RETURNING version_id)"
            " DELETE FROM schemactl.schema_steps WHERE version_id IN (SELECT version_id FROM back)",
            (entry.version_id,),
        )

    def _write(self, sql: str, params: tuple[Any, ...]) -> None:
        try:
            self._session.connection.execute(sql.encode(), params)
        except psycopg.Error as error:
            raise self._reading(error, "writing the ledger") from error

    def _raise_newer(self) -> None:
        # A newer format may lack a column that this tool asks for: then its number is the better answer.
        try:
            row = self._session.connection.execute("SELECT format FROM schemactl.schema_format").fetchone()
        except psycopg.Error:
            return
        if row is not None:
            self._refuse_newer(row[0])

    def _refuse_newer(self, found: int) -> None:
        if found > LEDGER_FORMAT:
            from schemactl.running.newer_ledger import refusal

            raise refusal(found, self._session.opening)

    def _reading(self, error: psycopg.Error, what: str) -> Exception:
        return reading(error, target=self._session.target, shown=self._session.opening.shown, what=what)


def _number(entry: Entry) -> int:
    return entry.version.number


def _entry(row: tuple[Any, ...]) -> Entry:
    return Entry(
        version_id=row[3],
        service_name=row[4],
        version=Version(row[5]),
        name=row[6],
        description=row[7],
        checksum=row[8],
        checksum_algorithm=row[9],
        up_hash=row[10],
        applied_at=row[11],
        duration_ms=row[12],
        applied_by=row[13],
        tool_version=row[14],
        format=row[15],
        state=row[16],
        backup_id=row[17],
        unlocked=row[18],
    )


def _step(row: tuple[Any, ...]) -> Step:
    from schemactl.model.step import Step

    return Step(
        version_id=row[0],
        direction=row[1],
        ordinal=row[2],
        segment=row[3],
        statement_hash=row[4],
        line=row[5],
        state=row[6],
        before=row[7],
    )
