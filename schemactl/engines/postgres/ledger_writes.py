"""The ledger's writes that travel with a migration's own statements, as queries for one pipeline batch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemactl.engines.postgres.pipeline import Query

if TYPE_CHECKING:
    from schemactl.contract.job import Job, Segment
    from schemactl.model.entry import Entry

ENTRY_ORDINAL = -4

_COLUMNS = (
    "service_name, version, name, description, checksum, checksum_algorithm, up_hash, applied_by, tool_version, format,"
    " state, backup_id, unlocked"
)
# now() is the start of the transaction: what has passed since is the migration's own time.
_ELAPSED = "(1000 * extract(epoch FROM clock_timestamp() - now()))::bigint"
INSERT = (
    f"INSERT INTO schemactl.schema_versions ({_COLUMNS}, applied_at, duration_ms)"
    f" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, clock_timestamp(), {_ELAPSED})"
    " RETURNING set_config('schemactl.last', $2, false), version_id, duration_ms"
)
# A version is a number, however it is written: `007` ends what `7` began, where the file was renamed in between.
_IS = "service_name = $1 AND version::numeric = ($2::text)::numeric"
_IS_OF_V = "v.service_name = $1 AND v.version::numeric = ($2::text)::numeric"


def _one_row(sql: str) -> str:
    """The write as one that fails where it finds no entry: what ends must have begun."""
    return f"WITH hit AS ({sql}) SELECT 1 / count(*) FROM hit"


DELETE = _one_row(
    f"DELETE FROM schemactl.schema_versions WHERE {_IS} RETURNING set_config('schemactl.last', 'down ' || $2, false)"
)
_FINISH = _one_row(
    "UPDATE schemactl.schema_versions SET state = 'applied', applied_at = clock_timestamp(),"
    " duration_ms = (1000 * extract(epoch FROM clock_timestamp() - applied_at))::bigint, version = $2,"
    f" checksum = $3, up_hash = $4, name = $5, description = $6, tool_version = $7 WHERE {_IS} RETURNING 1"
)
_REVERTING = _one_row(
    f"UPDATE schemactl.schema_versions SET state = 'reverting', applied_at = clock_timestamp() WHERE {_IS} RETURNING 1"
)
_STEP = (
    "INSERT INTO schemactl.schema_steps (version_id, direction, ordinal, segment, statement_hash, line, state, before)"
    " SELECT version_id, $3, $4::int, $5::int, $6, $7::int, $8, $9::jsonb FROM schemactl.schema_versions"
    f" WHERE {_IS}"
    " ON CONFLICT (version_id, direction, ordinal) DO UPDATE SET segment = EXCLUDED.segment,"
    " statement_hash = EXCLUDED.statement_hash, line = EXCLUDED.line, state = EXCLUDED.state,"
    " before = CASE WHEN EXCLUDED.state = 'done' THEN schemactl.schema_steps.before ELSE EXCLUDED.before END,"
    " at = clock_timestamp()"
)


def insert_params(entry: Entry, state: str) -> tuple[bytes | None, ...]:
    """Parameters of INSERT, in the text format of the wire."""
    return (
        entry.service_name.encode(),
        entry.version.text.encode(),
        entry.name.encode(),
        entry.description.encode(),
        entry.checksum.encode(),
        entry.checksum_algorithm.encode(),
        entry.up_hash.encode(),
        entry.applied_by.encode(),
        entry.tool_version.encode(),
        str(entry.format).encode(),
        state.encode(),
        entry.backup_id.encode() if entry.backup_id is not None else None,
        b"t" if entry.unlocked else b"f",
    )


def _of(job: Job) -> tuple[bytes, bytes]:
    return (job.entry.service_name.encode(), job.entry.version.text.encode())


def opens(job: Job) -> Query | None:
    """The write that shows a migration of several segments as under way; None where the ledger says so already."""
    if job.direction == "down":
        return Query(_REVERTING.encode(), _of(job), ordinal=ENTRY_ORDINAL) if job.entry.state == "applied" else None
    if job.entry.version_id is None:
        return Query(INSERT.encode(), insert_params(job.entry, "applying"))
    return None


def closes(job: Job) -> Query:
    """The write that ends a migration. The file may have been corrected since it began."""
    if job.direction == "down":
        return Query(DELETE.encode(), _of(job), ordinal=ENTRY_ORDINAL)
    entry = job.entry
    facts = (entry.checksum, entry.up_hash, entry.name, entry.description, entry.tool_version)
    return Query(_FINISH.encode(), (*_of(job), *(fact.encode() for fact in facts)), ordinal=ENTRY_ORDINAL)


def ends(job: Job) -> list[Query]:
    """`closes`, and the steps go."""
    return [closes(job), forgets_steps(job)]


def takes_back(job: Job) -> list[Query]:
    """Undo what `opens` wrote: for a migration of which nothing has taken effect."""
    if job.direction == "up":
        sql = f"DELETE FROM schemactl.schema_versions WHERE {_IS}"
    else:
        sql = f"UPDATE schemactl.schema_versions SET state = 'applied' WHERE {_IS}"
    return [Query(sql.encode(), _of(job))]


_FORGET = "DELETE FROM schemactl.schema_steps s USING schemactl.schema_versions v WHERE v.version_id = s.version_id"


def forgets_steps(job: Job) -> Query:
    return Query(f"{_FORGET} AND {_IS_OF_V}".encode(), _of(job))


def forgets_step(job: Job, ordinal: int) -> Query:
    return Query(f"{_FORGET} AND {_IS_OF_V} AND s.ordinal = $3::int".encode(), (*_of(job), str(ordinal).encode()))


def steps(job: Job, index: int, segment: Segment, state: str, before: dict[str, Any] | None = None) -> list[Query]:
    """One write for each statement of a segment that is not done yet."""
    return [
        Query(
            _STEP.encode(),
            (
                *_of(job),
                job.direction.encode(),
                str(planned.ordinal).encode(),
                str(index).encode(),
                planned.statement.hash.encode(),
                str(planned.statement.line).encode(),
                state.encode(),
                json.dumps(before or {}).encode(),
            ),
        )
        for planned in segment.steps
        if planned.ordinal not in job.done
    ]
