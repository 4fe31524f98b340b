"""One transaction of a migration as a pipeline batch: guard, settings, statements, ledger, COMMIT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.postgres import ledger_writes, replay, timeouts
from schemactl.engines.postgres.key import KEY_PARTS
from schemactl.engines.postgres.pipeline import Query
from schemactl.engines.postgres.statements import arms, fires, index_if_not_exists, unsettles

if TYPE_CHECKING:
    from schemactl.contract.job import Job, Segment
    from schemactl.engines.postgres.connection import Session

# Fails where the transaction runs on another backend than the one that holds the lock, or where the migration that was
# sent before it did not commit: what is in flight behind a failure must not take effect.
_GUARD = (
    b"SELECT 1 / (current_setting('schemactl.token', true) IS NOT DISTINCT FROM $1"
    b" AND current_setting('schemactl.last', true) IS NOT DISTINCT FROM $2)::int"
)
# A migration's own RESET ALL takes the token away, so behind one the lock itself is looked for.
_GUARD_LOCK = (
    b"SELECT 1 / (current_setting('schemactl.last', true) IS NOT DISTINCT FROM coalesce($1, current_setting("
    b"'schemactl.last', true)) AND EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    b" AND classid = $2::oid AND objid = $3::oid))::int"
)
GUARD_ORDINAL = -2
# Chosen by what it says, so that a query built elsewhere finds its prepared twin.
_REPEATED = {
    "begin": b"BEGIN",
    "guard": _GUARD,
    "insert": ledger_writes.INSERT.encode(),
    "delete": ledger_writes.DELETE.encode(),
    "commit": b"COMMIT",
}
COMMIT_ORDINAL = -3
NAMESAKE_ORDINAL = -10  # minus the statement's own
# IF NOT EXISTS takes an INVALID index for a good one.
_NAMESAKE = (
    b"SELECT 1 / (NOT EXISTS (SELECT FROM pg_catalog.pg_index"
    b" WHERE indexrelid = to_regclass($1) AND NOT indisvalid))::int"
)


def is_plain(job: Job) -> bool:
    """One transaction of statements that a pipeline can carry: entry and effects in a single batch."""
    return (
        len(job.segments) == 1
        and job.segments[0].mode == "transaction"
        and job.entry.state == "applied"
        and not any(
            planned.statement.copy_data is not None or planned.statement.words[0] in ("PREPARE", "DEALLOCATE")
            for planned in job.segments[0].steps
        )
    )


def mark_of(job: Job) -> str:
    """What schemactl.last holds once the job's transaction has committed."""
    version = job.entry.version.text
    return version if job.direction == "up" else f"down {version}"


def begins(last: str) -> Query:
    """What a run starts from: the session may still have the mark of an earlier one."""
    return Query(b"SELECT set_config('schemactl.last', $1, false)", (last.encode(),))


def guard(session: Session, last: str) -> Query:
    return Query(_GUARD, (session.token.encode(), last.encode()), ordinal=GUARD_ORDINAL)


def guard_lock(last: str | None = None) -> Query:
    """Fails where this session does not hold the lock, or, with `last`, where that job did not commit."""
    mark = last.encode() if last is not None else None
    return Query(_GUARD_LOCK, (mark, *(str(part).encode() for part in KEY_PARTS)), ordinal=GUARD_ORDINAL)


class Prepared:
    """Our own statements, prepared once for a run: their parsing would cost as much as a small migration's."""

    def __init__(self, name: str) -> None:
        self._names = {sql: f"{name}_{kind}".encode() for kind, sql in _REPEATED.items()}

    def preparing(self) -> list[Query]:
        return [Query(sql, prepare=name) for sql, name in self._names.items()]

    def use(self, query: Query) -> Query:
        """`query` by its prepared name, where it has one."""
        name = self._names.get(query.sql)
        return query if name is None else Query(query.sql, query.params, prepared=name, ordinal=query.ordinal)


def whole(
    session: Session, job: Job, last: str | None, prepared: Prepared | None = None, waits: str = ""
) -> list[Query]:
    """The batch of a job that is one transaction: entry and effects commit together.

    last   the mark of the job sent before it, "" for none, None where it goes alone
    waits  what the commit waits for, where it is not to be the session's own synchronous_commit
    """
    segment = job.segments[0]
    if job.direction == "up":
        entry = Query(ledger_writes.INSERT.encode(), ledger_writes.insert_params(job.entry, "applied"))
    else:
        entry = ledger_writes.closes(job)
    queries = [
        Query(b"BEGIN"),
        guard(session, last) if last is not None else guard_lock(),
        *body(session, job, segment),
        entry,
        *([Query(f"SET LOCAL synchronous_commit = {waits}".encode())] if waits else []),
        Query(b"COMMIT", ordinal=COMMIT_ORDINAL),
    ]
    return [prepared.use(query) for query in queries] if prepared is not None else queries


def part(session: Session, job: Job, index: int) -> list[Query]:
    """The batch of one transaction segment of a job that has several: its steps are done when it commits."""
    segment = job.segments[index]
    opens = ledger_writes.opens(job)
    ending = index == len(job.segments) - 1
    return [
        Query(b"BEGIN"),
        *as_ourselves(session),
        guard_lock(),
        *([opens] if opens is not None else []),
        *replay.before(job, index),
        *body(session, job, segment),
        *as_ourselves(session),
        *(ledger_writes.ends(job) if ending else ledger_writes.steps(job, index, segment, "done")),
        Query(b"COMMIT", ordinal=COMMIT_ORDINAL),
    ]


def as_ourselves(session: Session) -> list[Query]:
    """What comes before every write to the ledger: a migration may have taken on any role."""
    return [Query(sql) for sql in session.ourselves]


def body(session: Session, job: Job, segment: Segment) -> list[Query]:
    """A segment's statements with their limits and guards, those that are done left out."""
    queries = timeouts.of_section(job)
    for planned in segment.steps:
        if planned.ordinal in job.done:
            continue
        statement = Query(planned.statement.text.encode(), ordinal=planned.ordinal)
        before, after = timeouts.around(planned) if planned.statement.directives else ([], [])
        name = index_if_not_exists(planned.statement)
        namesake = [Query(_NAMESAKE, (name.encode(),), ordinal=NAMESAKE_ORDINAL - planned.ordinal)] if name else []
        queries += [*before, *namesake, statement, *after]
    if any(unsettles(planned.statement) for planned in segment.steps):
        queries += as_ourselves(session)
    return queries


def settling(session: Session, last: str | None, *, prepared: bool = False) -> list[Query]:
    """The batch that puts the session back after a job that may have changed it.

    last      the mark of the job it is sent behind; None where that job's end has been heard of
    prepared  prepared statements go too; not within a run that has its own
    """
    settings = session.settings(last=last or "")
    return [
        Query(b"BEGIN"),
        guard_lock(last),
        *(Query(sql) for sql in session.resets),
        *([Query(b"DEALLOCATE ALL")] if prepared else []),
        Query(settings[0].encode(), tuple(value.encode() for value in settings[1])),
        Query(b"COMMIT", ordinal=COMMIT_ORDINAL),
    ]


# Anything of a person's own that runs unnamed with their statements.
ARMED = (
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE NOT tgisinternal)"
    " OR EXISTS (SELECT FROM pg_catalog.pg_event_trigger)"
    " OR EXISTS (SELECT FROM pg_catalog.pg_rewrite WHERE rulename <> '_RETURN' AND oid >= 16384)"
)


class Settling:
    """Which jobs of a run leave the session to be put back, told job after job. `armed`: what ARMED answered."""

    def __init__(self, *, armed: bool) -> None:
        self._armed = armed

    def after(self, job: Job) -> bool:
        statements = [planned.statement for segment in job.segments for planned in segment.steps]
        unsettled = any(map(unsettles, statements))
        # A statement that can do anything can have made a trigger too.
        self._armed = self._armed or unsettled or any(map(arms, statements))
        return unsettled or (self._armed and any(map(fires, statements)))
