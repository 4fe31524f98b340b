"""The ledger's writes that travel with a migration's own statements, for the transaction that they stand in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from schemactl.contract.job import Job
    from schemactl.model.entry import Entry, EntryState

_NOW: Final = "datetime.realtime()"
_IS: Final = "MATCH (v:SchemaVersion {service_name: $service, version_key: $key})"
_SINCE: Final = f"{_NOW}.epochMillis - {{}}.epochMillis"


class Write(NamedTuple):
    """One write. hits  it must find its row: `hit` of its answer says how many it found"""

    text: str
    values: dict[str, Any]
    hits: bool = False


# The transaction's own clock is its start: what has passed since is the migration's own time.
_INSERT: Final = (
    "MATCH (f:SchemaFormat {only: 'row'}) SET f.last_id = f.last_id + 1"
    " CREATE (v:SchemaVersion) SET v = $entry, v.version_id = f.last_id"
    f" SET v.duration_ms = {_SINCE.format('datetime.transaction()')}, v.applied_at = {_NOW} RETURN count(v) AS hit"
)
_FINISH: Final = (
    f"{_IS} SET v.duration_ms = {_SINCE.format('v.applied_at')} SET v.applied_at = {_NOW}, v.state = 'applied',"
    " v += $facts RETURN count(v) AS hit"
)
_REVERTING: Final = f"{_IS} SET v.state = 'reverting', v.applied_at = {_NOW} RETURN count(v) AS hit"
_DELETE: Final = f"{_IS} DELETE v RETURN count(*) AS hit"
_BACK: Final = f"{_IS} SET v.state = 'applied' RETURN count(v) AS hit"
_STEPS: Final = (
    f"{_IS} UNWIND $steps AS step"
    " MERGE (s:SchemaStep {version_id: v.version_id, direction: step.direction, ordinal: step.ordinal})"
    " SET s.segment = step.segment, s.statement_hash = step.statement_hash, s.line = step.line, s.state = step.state,"
    " s.before = CASE step.state WHEN 'done' THEN coalesce(s.before, step.before) ELSE step.before END,"
    f" s.at = {_NOW} RETURN count(s) AS hit"
)
_FORGET: Final = f"{_IS} MATCH (s:SchemaStep {{version_id: v.version_id}}) DELETE s"
_FORGET_ONE: Final = f"{_IS} MATCH (s:SchemaStep {{version_id: v.version_id, ordinal: $ordinal}}) DELETE s"


def whole(job: Job) -> list[Write]:
    """What a migration that is one transaction leaves: its entry as applied, or none."""
    return [_insert(job.entry, "applied")] if job.direction == "up" else [_closes(job)]


def opens(job: Job) -> list[Write]:
    """The write that shows a migration of several segments as under way; none where the ledger says so already."""
    if job.direction == "down":
        return [Write(_REVERTING, of_job(job), hits=True)] if job.entry.state == "applied" else []
    return [_insert(job.entry, "applying")] if job.entry.version_id is None else []


def ends(job: Job) -> list[Write]:
    """The end of a migration of several segments: its steps go, its entry is applied, or goes too."""
    return [Write(_FORGET, of_job(job)), _closes(job)]


def steps(job: Job, index: int, state: str, before: dict[str, Any] | None = None) -> list[Write]:
    """Every statement of a segment that is not done yet, as `state`."""
    rows = [
        {
            "direction": job.direction,
            "ordinal": planned.ordinal,
            "segment": index,
            "statement_hash": planned.statement.hash,
            "line": planned.statement.line,
            "state": state,
            "before": json.dumps(before or {}),
        }
        for planned in job.segments[index].steps
        if planned.ordinal not in job.done
    ]
    return [Write(_STEPS, {**of_job(job), "steps": rows}, hits=True)] if rows else []


def forgets(job: Job, ordinal: int, *, entry: bool) -> list[Write]:
    """The step goes; `entry`: what `opens` wrote is undone too, for nothing of the migration took effect."""
    gone = Write(_FORGET_ONE, {**of_job(job), "ordinal": ordinal})
    if not entry:
        return [gone]
    return [gone, Write(_DELETE if job.direction == "up" else _BACK, of_job(job), hits=True)]


def _closes(job: Job) -> Write:
    """The file may have been corrected since the migration began."""
    if job.direction == "down":
        return Write(_DELETE, of_job(job), hits=True)
    entry = job.entry
    facts = {
        "version": entry.version.text,
        "checksum": entry.checksum,
        "up_hash": entry.up_hash,
        "name": entry.name,
        "description": entry.description,
        "tool_version": entry.tool_version,
    }
    return Write(_FINISH, {**of_job(job), "facts": facts}, hits=True)


def _insert(entry: Entry, state: EntryState) -> Write:
    facts = {
        "service_name": entry.service_name,
        "version": entry.version.text,
        "version_key": key_of(entry),
        "name": entry.name,
        "description": entry.description,
        "checksum": entry.checksum,
        "checksum_algorithm": entry.checksum_algorithm,
        "up_hash": entry.up_hash,
        "applied_by": entry.applied_by,
        "tool_version": entry.tool_version,
        "format": entry.format,
        "state": state,
        "backup_id": entry.backup_id,
        "unlocked": entry.unlocked,
    }
    return Write(_INSERT, {"entry": facts}, hits=True)


def of_job(job: Job) -> dict[str, Any]:
    """`service` and `key`: what finds its entry."""
    return {"service": job.entry.service_name, "key": key_of(job.entry)}


def key_of(entry: Entry) -> str:
    """A version is a number, however it is written, and may be longer than the server's integers."""
    return str(entry.version.number)
