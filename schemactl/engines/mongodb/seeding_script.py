"""A script seed: its commands, or its `seed(ctx)`, in one transaction with its record; else the record behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.mongodb import python_script, seeding_record
from schemactl.engines.mongodb.hands import MongoHands
from schemactl.running.failure import RefusedError
from schemactl.running.patience import Patiently
from schemactl.running.progress import place
from schemactl.running.seed_faults import NOTHING_KEPT, Faults

if TYPE_CHECKING:
    from schemactl.contract.job import Job
    from schemactl.engines.mongodb.connection import Document
    from schemactl.engines.mongodb.sending import Sender
    from schemactl.errors import SchemactlError
    from schemactl.events import Listener
    from schemactl.model.seed import SeedFile, SeedRecord

_FUNCTION: Final = "seed"
_PART: Final = "what it did until then is there, and it has no record"


def run(sender: Sender, seed: SeedFile, job: Job, record: SeedRecord, emit: Listener) -> None:
    """See contract.seeding.Seeder.run."""
    whole = all(segment.mode != "alone" for segment in job.segments)
    faults = Faults(sender.session.opening, seed, now=NOTHING_KEPT if whole else _PART)
    hands = MongoHands(sender, _FUNCTION)
    patience = Patiently(sender.session.opening, emit)
    written = seeding_record.write(record)
    while True:
        try:
            sender.make_seeds(seeding_record.make)
            if whole:
                _at_once(sender, hands, job, written, emit)
            else:
                _one_by_one(sender, hands, job, written, emit)
            return
        except RefusedError as refused:
            if not whole or refused.stopped or sender.session.lost or not patience.again(refused.failure):
                raise _error(job, refused, faults) from refused


def _at_once(sender: Sender, hands: MongoHands, job: Job, record: Document, emit: Listener) -> None:
    with sender.transaction():
        if job.script is not None:
            python_script.run(sender, job, emit, _FUNCTION)
            with python_script.ended(sender, job):
                sender.record(record)
            return
        for index in range(len(job.segments)):
            hands.commands(job, index)
        sender.record(record)


def _one_by_one(sender: Sender, hands: MongoHands, job: Job, record: Document, emit: Listener) -> None:
    for index, segment in enumerate(job.segments):
        if segment.mode == "alone":
            hands.send(job, index, {}, emit)
            continue
        with sender.transaction():
            hands.commands(job, index)
    with sender.transaction():
        sender.record(record)


def _error(job: Job, refused: RefusedError, faults: Faults) -> SchemactlError:
    return faults.refused(refused, at=place(job, refused.ordinal, refused.failure))
