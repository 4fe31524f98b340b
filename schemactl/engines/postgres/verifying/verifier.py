"""The inspections of PostgreSQL in their order, and what to tell where one cannot be made. Sends nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from schemactl.engines.postgres.failure import QUERY_CANCELED, from_exception, reading
from schemactl.engines.postgres.verifying import (
    amcheck,
    checksums,
    collations,
    constraints,
    foreign_keys,
    indexes,
    partitions,
    sequences,
    triggers,
    views,
)
from schemactl.engines.postgres.verifying import strangers as roles
from schemactl.engines.postgres.verifying.asking import Asking
from schemactl.engines.postgres.watch import cancelling
from schemactl.running.inspecting import stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.contract.verifying import Inspected, Inspection
    from schemactl.engines.postgres.connection import Session
    from schemactl.events import Listener

# Each with what it counts.
_INSPECTIONS: dict[Inspection, tuple[Callable[[Asking], Inspected], str]] = {
    indexes.INVALID: (indexes.invalid, "indexes"),
    constraints.UNVALIDATED: (constraints.unvalidated, "constraints"),
    foreign_keys.ORPHANS: (foreign_keys.orphans, "foreign keys"),
    triggers.DISABLED: (triggers.disabled, "triggers and rules"),
    sequences.SEQUENCES: (sequences.sequences, "columns with a sequence"),
    collations.COLLATIONS: (collations.collations, "collations"),
    partitions.PARTITIONS: (partitions.partitions, "partitions"),
    views.UNPOPULATED: (views.unpopulated, "views"),
    partitions.ROWS: (partitions.rows, "partitions"),
    amcheck.AMCHECK: (amcheck.amcheck, "indexes and tables"),
    checksums.CHECKSUMS: (checksums.checksums, "counters"),
}
# What keeps one from looking and is no fault of the server or of ours.
_KEPT = ("insufficient_privilege", "lock_timeout", "serialization_failure")


class PostgresVerifier:
    """Each question is a read-only statement of its own, so a snapshot is held no longer than it takes."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._deep = False

    def inspections(self, *, deep: bool) -> tuple[Inspection, ...]:
        # Those that are not deep may take their time, too, where somebody has it.
        self._deep = deep
        return tuple(one for one in _INSPECTIONS if deep or not one.deep)

    def inspect(self, inspection: Inspection, *, emit: Listener) -> Inspected:
        session = self._session
        look_for, unit = _INSPECTIONS[inspection]
        asking = Asking(session, inspection, emit, unit=unit, deep=self._deep)
        try:
            with cancelling(session), asking.way.watching():
                return look_for(asking)
        except psycopg.Error as error:
            failure = from_exception(error)
            if session.opening.stop and not failure.gone:
                raise stopped(session.opening) from error
            found = None if failure.gone else asking.broken_off(error)
            if found is not None:
                return found
            if failure.kind in _KEPT or failure.state == QUERY_CANCELED:
                return asking.not_run(asking.kept_from(error))
            what = f"looking for {inspection.name}"
            raise reading(error, target=session.target, shown=session.opening.shown, what=what) from error

    def strangers(self, rights: Sequence[str]) -> tuple[str, ...]:
        session = self._session
        try:
            return roles.strangers(session.connection, rights)
        except psycopg.Error as error:
            what = "looking for roles"
            raise reading(error, target=session.target, shown=session.opening.shown, what=what) from error
