"""One transaction segment of a job that is not plain: one batch, or statement by statement where COPY brings data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from schemactl.engines.postgres import transaction
from schemactl.engines.postgres.alone import Trouble, exchange
from schemactl.engines.postgres.failure import from_exception

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
    if not any(rows is not None for rows in data.values()):
        return exchange(session, batch)
    return _one_by_one(session, batch, data)


def _one_by_one(session: Session, batch: list[Query], data: dict[int, str | None]) -> Trouble | None:
    # Pipeline mode has no COPY (libpq manual, "Using Pipeline Mode"), so each statement waits for its answer.
    connection = session.connection
    ordinal = -1
    try:
        for query in batch:
            ordinal = query.ordinal
            rows = data.get(ordinal)
            if rows is None:
                _send(session, query)
            else:
                with connection.cursor().copy(query.sql) as copy:
                    for start in range(0, len(rows), _CHUNK):
                        copy.write(rows[start : start + _CHUNK])
    except psycopg.Error as error:
        if not connection.closed and connection.pgconn.transaction_status:
            connection.execute("ROLLBACK")
        return Trouble(ordinal, from_exception(error))
    return None


def _send(session: Session, query: Query) -> None:
    result = session.connection.pgconn.exec_params(query.sql, query.params)
    if result.status not in _FINE:
        raise psycopg.errors.error_from_result(result)


_FINE = (psycopg.pq.ExecStatus.COMMAND_OK, psycopg.pq.ExecStatus.TUPLES_OK, psycopg.pq.ExecStatus.EMPTY_QUERY)
