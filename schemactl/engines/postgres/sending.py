"""One batch sent and answered, outside a run of plain jobs: what went wrong as a value, or raised."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from schemactl.engines.postgres import guards
from schemactl.engines.postgres.failure import QUERY_CANCELED, ServerFailure, from_exception
from schemactl.engines.postgres.pipeline import Batch, Exchange
from schemactl.running.failure import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.contract.job import Job
    from schemactl.engines.postgres.connection import Session


@dataclass(frozen=True, slots=True)
class Trouble:
    """A statement's failure: `ordinal` of the statement, negative for one of ours; `stopped` because we were asked."""

    ordinal: int
    failure: ServerFailure
    stopped: bool = False


def exchange(session: Session, batch: Batch, *, stoppable: bool = True) -> Trouble | None:
    """Send one batch and wait for all its answers; what went wrong, or None.

    stoppable  False for the ledger's own writes: what a statement did is written down also when the run is to stop
    """
    stop = session.opening.stop if stoppable else None
    if stop:
        return Trouble(-1, ServerFailure(QUERY_CANCELED, "stopped before it was sent"), stopped=True)
    failed = Exchange(session.connection, stop).run(iter([batch]), lambda _: None)
    if failed is not None:
        ordinal = batch[failed.query].ordinal if failed.query < len(batch) else -1
        return Trouble(ordinal, failed.failure, failed.stopped)
    return None


def settle(session: Session, job: Job, trouble: Trouble | None) -> None:
    """raises  what one of our own guards means, else RefusedError; nothing for no trouble"""
    if trouble is None:
        return
    failure, ordinal = trouble.failure, trouble.ordinal
    if error := guards.error(session, job, ordinal, failure):
        raise error
    raise RefusedError(failure, ordinal, stopped=trouble.stopped, during=guards.during(ordinal))


@contextmanager
def asking() -> Iterator[None]:
    """What the driver raises in the body becomes RefusedError."""
    try:
        yield
    except psycopg.Error as error:
        raise RefusedError(from_exception(error)) from error
