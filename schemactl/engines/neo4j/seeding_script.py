"""A script seed: its statements, or its `seed(ctx)`, in one transaction with its record; else the record comes last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.neo4j import python_script, seeding_record, work
from schemactl.engines.neo4j.hands import Neo4jHands
from schemactl.engines.neo4j.timeouts import of_job
from schemactl.running.failure import RefusedError
from schemactl.running.patience import Patiently
from schemactl.running.progress import place
from schemactl.running.seed_faults import NOTHING_KEPT, Faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.contract.job import Job
    from schemactl.engines.neo4j.connection import Session
    from schemactl.engines.neo4j.ledger_writes import Write
    from schemactl.events import Listener
    from schemactl.model.seed import SeedFile, SeedRecord

_FUNCTION: Final = "seed"
_PART: Final = "what it did until then is there, and it has no record"


def run(
    session: Session, check: Callable[[], None], seed: SeedFile, job: Job, record: SeedRecord, emit: Listener
) -> None:
    """See contract.seeding.Seeder.run."""
    whole = all(segment.mode != "alone" for segment in job.segments)
    faults = Faults(session.opening, seed, now=NOTHING_KEPT if whole else _PART)
    hands = Neo4jHands(session, check, _FUNCTION)
    patience = Patiently(session.opening, emit)
    written = seeding_record.write(record)
    while True:
        try:
            if whole:
                _at_once(session, hands, job, written, emit)
            else:
                _one_by_one(session, hands, job, written, emit)
            return
        except RefusedError as refused:
            if not whole or refused.stopped or refused.failure.gone or not patience.again(refused.failure):
                raise faults.refused(refused, at=place(job, refused.ordinal, refused.failure)) from refused


def _at_once(session: Session, hands: Neo4jHands, job: Job, record: Write, emit: Listener) -> None:
    with hands.noticing(), work.transaction(session, of_job(session.opening, job)) as open_work:
        if job.script is not None:
            python_script.run(session, job, open_work, emit, _FUNCTION)
        else:
            for index in range(len(job.segments)):
                hands.statements(job, index, open_work)
        open_work.write([record])


def _one_by_one(session: Session, hands: Neo4jHands, job: Job, record: Write, emit: Listener) -> None:
    limits = of_job(session.opening, job)
    for index, segment in enumerate(job.segments):
        if segment.mode == "alone":
            hands.send(job, index, hands.before(job, index), emit)
            continue
        with hands.noticing(), work.transaction(session, limits) as open_work:
            hands.statements(job, index, open_work)
    with hands.noticing(), work.transaction(session, limits, stoppable=False) as open_work:
        open_work.write([record])
