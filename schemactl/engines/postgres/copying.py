"""One transaction segment of a job that is not plain: one batch, or statement by statement where COPY brings data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from schemactl.engines.postgres import transaction
from schemactl.engines.postgres.failure import QUERY_CANCELED, ServerFailure, from_exception
from schemactl.engines.postgres.sending import Trouble, exchange
from schemactl.engines.postgres.watch import cancelling, send

if TYPE_CHECKING:
    from schemactl.contract.job import Job
    from schemactl.engines.postgres.connection import Session
    from schemactl.engines.postgres.pipeline import Query

_CHUNK = 1 << 18


def run(session: Session, job: Job, index: int) -> Trouble | None:
    """Run segment `index` and its part of the ledger in one transaction; what went wrong, or None."""
    data = {step.ordinal: step.statement.copy_data for step in job.segments[index].steps}
    single = len(job.segments) == 1 and job.entry.state == "applied"
    batch = transaction.whole(session, job, None) if single else transaction.part(session, job, index)
    return run_batch(session, batch, data)


def run_batch(session: Session, batch: list[Query], data: dict[int, str | None]) -> Trouble | None:
    """Run one batch that begins and ends its transaction; what went wrong, or None.

    data  the rows of each statement, by its ordinal; None where it brings none
    """
    if not any(rows is not None for rows in data.values()):
        return exchange(session, batch)
    trouble = _one_by_one(session, batch, data)
    if trouble is not None and not session.connection.closed and session.connection.pgconn.transaction_status:
        session.connection.execute("ROLLBACK")
    return trouble


def _one_by_one(session: Session, batch: list[Query], data: dict[int, str | None]) -> Trouble | None:
    # Pipeline mode has no COPY (libpq manual, "Using Pipeline Mode"), so each statement waits for its answer.
    ordinal = -1
    try:
        with cancelling(session):
            for query in batch:
                ordinal = query.ordinal
                if session.opening.stop:
                    raise _StoppedError
                rows = data.get(ordinal)
                if rows is None:
                    send(session, query)
                else:
                    _copy(session, query, rows)
    except _StoppedError:
        return Trouble(ordinal, ServerFailure(QUERY_CANCELED, "stopped"), stopped=True)
    except psycopg.Error as error:
        failure = from_exception(error)
        return Trouble(ordinal, failure, stopped=bool(session.opening.stop) and failure.state == QUERY_CANCELED)
    return None


class _StoppedError(Exception):
    """Asked to stop between two parts."""


def _copy(session: Session, query: Query, rows: str) -> None:
    with session.connection.cursor().copy(query.sql) as copy:
        for start in range(0, len(rows), _CHUNK):
            if session.opening.stop:
                raise _StoppedError
            copy.write(rows[start : start + _CHUNK])
