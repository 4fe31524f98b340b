"""The ledger's writes that travel with a migration's own commands, as commands: in one transaction, or one by one.

`expects` is how many documents a write must meet: what ends must have begun, and what begins must not be there yet.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from bson.int64 import Int64

from schemactl.engines.mongodb.ledger import FORMAT, ONLY, STEPS, VERSIONS, entry_id, facts_of, step_id

if TYPE_CHECKING:
    from schemactl.contract.job import Job, Segment
    from schemactl.engines.mongodb.connection import Document
    from schemactl.model.entry import Entry


class Write(NamedTuple):
    """One write; `numbers`: it gives the entry the number that the write before it drew."""

    document: Document
    expects: int | None = 1
    numbers: bool = False


NUMBER = Write(
    {
        "findAndModify": FORMAT,
        "query": {"_id": ONLY},
        "update": {"$inc": {"last_version_id": 1}},
        "new": True,
        "fields": {"last_version_id": 1},
    },
    expects=None,
)
_SINCE = {"$subtract": [{"$toLong": "$$NOW"}, {"$toLong": "$applied_at"}]}


def _update(collection: str, where: Document, *stages: Document, upsert: bool = False) -> Document:
    return {"update": collection, "updates": [{"q": where, "u": list(stages), "upsert": upsert}]}


def _delete(collection: str, where: Document) -> Document:
    return {"delete": collection, "deletes": [{"q": where, "limit": 0}]}


def numbered(write: Write, number: int) -> Document:
    """A write of `inserts` with the number that NUMBER drew."""
    (update,) = write.document["updates"]
    stages = [*update["u"], {"$set": {"version_id": Int64(number)}}]
    return {**write.document, "updates": [{**update, "u": stages}]}


def inserts(entry: Entry, state: str, duration_ms: int) -> list[Write]:
    """The entry, new. One of this number that is there already makes the write fail: its `_id` stands twice."""
    facts = {"_id": entry_id(entry), "state": state, "duration_ms": Int64(duration_ms), **facts_of(entry)}
    made = {"$mergeObjects": [{"$literal": facts}, {"applied_at": "$$NOW"}]}
    nobody = {"_id": entry_id(entry), "version_id": {"$exists": False}}
    return [NUMBER, Write(_update(VERSIONS, nobody, {"$replaceWith": made}, upsert=True), numbers=True)]


def opens(job: Job) -> list[Write]:
    """What shows a migration of several segments as under way; nothing where the ledger says so already."""
    if job.direction == "down":
        if job.entry.state != "applied":
            return []
        where = {"_id": entry_id(job.entry), "state": "applied"}
        return [Write(_update(VERSIONS, where, {"$set": {"state": "reverting", "applied_at": "$$NOW"}}))]
    return inserts(job.entry, "applying", 0) if job.entry.version_id is None else []


def closes(job: Job) -> Write:
    """What ends a migration. The file may have been corrected, or renamed, since it began."""
    if job.direction == "down":
        return Write(_delete(VERSIONS, {"_id": entry_id(job.entry)}))
    entry = job.entry
    changed = {"checksum": entry.checksum, "up_hash": entry.up_hash, "name": entry.name, "version": entry.version.text}
    changed |= {"description": entry.description, "tool_version": entry.tool_version}
    literal = {key: {"$literal": value} for key, value in changed.items()}
    stages = ({"$set": {"duration_ms": _SINCE}}, {"$set": {"applied_at": "$$NOW", "state": "applied", **literal}})
    return Write(_update(VERSIONS, {"_id": entry_id(entry), "state": "applying"}, *stages))


def ends(job: Job) -> list[Write]:
    """`closes`, and then the steps go."""
    return [closes(job), Write(_delete(STEPS, _steps_of(job)), expects=None)]


def takes_back(job: Job) -> Write:
    """Undo what `opens` wrote: for a migration of which nothing has taken effect."""
    where = {"_id": entry_id(job.entry)}
    if job.direction == "up":
        return Write(_delete(VERSIONS, where))
    return Write(_update(VERSIONS, where, {"$set": {"state": "applied"}}))


def forgets(job: Job, ordinal: int) -> Write:
    return Write(_delete(STEPS, {"_id": step_id(job.entry, job.direction, ordinal)}), expects=None)


def steps(job: Job, index: int, segment: Segment, state: str, before: dict[str, Any] | None = None) -> list[Write]:
    """One write for each statement of a segment that is not done yet; what was noted before it stays with it."""
    written: list[Write] = []
    for planned in segment.steps:
        if planned.ordinal in job.done:
            continue
        identity = step_id(job.entry, job.direction, planned.ordinal)
        facts = {
            "entry": entry_id(job.entry),
            "direction": job.direction,
            "ordinal": planned.ordinal,
            "segment": index,
            "statement_hash": planned.statement.hash,
            "line": planned.statement.line,
            "state": state,
        }
        noted = {"$literal": json.dumps(before or {}, ensure_ascii=False)}
        kept = {"$ifNull": ["$before", noted]} if state == "done" else noted
        change = {**{key: {"$literal": value} for key, value in facts.items()}, "before": kept, "at": "$$NOW"}
        written.append(Write(_update(STEPS, {"_id": identity}, {"$set": change}, upsert=True)))
    return written


def _steps_of(job: Job) -> Document:
    return {"entry": entry_id(job.entry)}
