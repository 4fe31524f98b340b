"""A script seed: its statements one by one, or its `seed(ctx)`; its record comes behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.job import PlannedStatement
from schemactl.engines.clickhouse import python_script, seeding_record
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.hands import ClickHouseHands
from schemactl.engines.clickhouse.seeding_failure import Faults
from schemactl.errors import SchemactlError
from schemactl.model.seed import Rows
from schemactl.running.failure import RefusedError
from schemactl.running.progress import place
from schemactl.script import python_file
from schemactl.script.hidden import hidden_in

if TYPE_CHECKING:
    from schemactl.contract.job import Job
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.lock import ClickHouseLock
    from schemactl.events import Listener
    from schemactl.model.seed import SeedFile, SeedRecord


def run(session: Session, lock: ClickHouseLock, seed: SeedFile, job: Job, record: SeedRecord, emit: Listener) -> None:
    """See contract.seeding.Seeder.run."""
    faults = Faults(session, seed, Rows("", (), "", ()))
    if job.script is not None:
        faults.now = "what the script did before it stopped is there; it is not recorded as run"
        _python(session, lock, job, emit, faults)
    else:
        _statements(session, lock, job, emit, faults)
    faults.now = "the script has run; its record is not written"
    try:
        seeding_record.write(session, record)
    except ServerError as error:
        raise faults.of(error, do="run the command again") from error


def _python(session: Session, lock: ClickHouseLock, job: Job, emit: Listener, faults: Faults) -> None:
    planned = PlannedStatement(0, python_file.as_statement(job.text))
    try:
        lock.check()
        python_script.run(session, job, planned, emit, lock.check, "seed")
    except RefusedError as refused:
        raise _error(job, refused, faults, job.text) from refused


def _statements(session: Session, lock: ClickHouseLock, job: Job, emit: Listener, faults: Faults) -> None:
    hands = ClickHouseHands(session, lock)
    for index, segment in enumerate(job.segments):
        for planned in segment.steps:
            faults.now = _kept(index)
            if session.opening.stop:
                raise faults.interrupted()
            try:
                hands.send(job, index, hands.before(job, index), emit)
            except RefusedError as refused:
                faults.now = f"{_kept(index)}; what is left of the one that stopped is not known"
                raise _error(job, refused, faults, planned.statement.text) from refused
            except SchemactlError as error:
                error.now = error.now or _kept(index)
                raise


def _kept(done: int) -> str:
    if not done:
        return "no statement of the script was carried out"
    return f"statements 1 to {done} of the script were carried out, and it is not recorded as run"


def _error(job: Job, refused: RefusedError, faults: Faults, text: str) -> SchemactlError:
    error = faults.failure(refused.failure, at=place(job, refused.ordinal, refused.failure), stopped=refused.stopped)
    error.what = hidden_in(error.what, text)
    return error
