"""How the ledger's table is kept on this server: which engine it has, and what makes a write of it sure.

On a cluster with a Keeper it is one replicated table for all shards: a write counts once most replicas have it, and a
read sees every write that counts, or is refused (docs/adr/0007). Source: ClickHouse manual, insert_quorum and
select_sequential_consistency.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse import ledger_views, literal, replicas
from schemactl.engines.clickhouse.failure import (
    QUORUM_PENDING,
    QUORUM_UNKNOWN,
    STOPPED,
    TIMEOUT,
    ServerError,
    ServerFailure,
)
from schemactl.engines.clickhouse.link import NO_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Link, Row, Settings
    from schemactl.engines.clickhouse.server import Facts

# What 18.16 has: no LowCardinality, no DateTime64, no codecs.
_COLUMNS: Final = (
    "(seq UInt64, event String, kind String, version_id UInt64, service_name String, version String,"
    " at DateTime('UTC'), payload String)"
)
_IS_THERE: Final = "EXISTS TABLE schema_events"
_HAS_ALL: Final = (
    "SELECT toUInt8(queue_size = 0 AND absolute_delay = 0 AND NOT is_readonly AND log_pointer >= log_max_index)"
    " FROM system.replicas WHERE database = currentDatabase() AND table = 'schema_events'"
)
_WAY_OUT: Final = (
    "see in system.replication_queue of that server why it fetches nothing, and run the command again; where rows of"
    " the ledger were deleted by hand, put them back from a backup"
)
_QUORUM_S: Final = 60.0
_PAUSE_S: Final = 0.2
_BEHIND: Final = 289
"""This replica lacks a write that counts: it is about to fetch it."""


TABLE: Final = "schema_events"


def create(facts: Facts, *, alone: bool = False) -> tuple[str, ...]:
    """The statements that make the ledger where it is not there.

    alone  for the one server of the cluster that they are sent to
    """
    made = f"CREATE TABLE IF NOT EXISTS schema_events{{}} {_COLUMNS} ENGINE = {{}} ORDER BY (seq, event)"
    if not facts.replicated:
        return (made.format("", "MergeTree"), *ledger_views.create("", facts.database))
    # Without the shard in the path: one ledger for all of them, so a replica's name needs its shard's.
    place = literal.text(f"/schemactl/{facts.cluster}/{facts.database}/schema_events")
    engine = f"ReplicatedMergeTree({place}, '{{shard}}_{{replica}}')"
    everywhere = "" if alone else f" ON CLUSTER {literal.name(facts.cluster)}"
    return (made.format(everywhere, engine), *ledger_views.create(everywhere, facts.database))


def make_where_missing(session: Session) -> None:
    """Make the ledger on the servers of the cluster that lack it, as one does that joined it later; under the lock.

    One that does not answer has its turn in a later run: the ledger takes writes as long as most have it.

    raises  ServerError
    """
    if not session.facts.replicated:
        return
    for where, link in replicas.answering(session).items():
        if link.ask(_IS_THERE) == [(0,)]:
            session.still_held()
            for sql in create(session.facts, alone=True):
                link.ask(sql, query_id=session.query_id())
            _await_rows(session, where, link)


def _await_rows(session: Session, where: str, link: Link) -> None:
    """Until a server that was just given the ledger has its rows: whoever reads it there sees all of them.

    raises  ServerError: STOPPED, TIMEOUT
    """
    until = time.monotonic() + _QUORUM_S
    while link.ask(_HAS_ALL) != [(1,)]:
        if time.monotonic() > until:
            what = f"{where} was given the ledger and did not fetch its rows within {_QUORUM_S:g} s"
            raise ServerError(ServerFailure(TIMEOUT, what, way_out=_WAY_OUT))
        if session.opening.stop.event.wait(_PAUSE_S):
            raise ServerError(ServerFailure(STOPPED, f"no longer waited until {where} had the ledger's rows"))


def _link_of(session: Session) -> Link:
    """The server to read from: the session's, or, where that one lacks a ledger that others have, one of those.

    raises  ConnectError where none of those that answer has it, and others do not: they may have it
    """
    if session.facts.replicated and session.link.ask(_IS_THERE) == [(0,)]:
        for look in (replicas.answering, replicas.links):
            for link in look(session).values():
                if link.ask(_IS_THERE) == [(1,)]:
                    return link
    return session.link


def reading(facts: Facts) -> Settings:
    """The settings of a read, so that it shows what was written last; a user who may set nothing does without."""
    return {"select_sequential_consistency": 1} if facts.replicated and not facts.read_only else NO_SETTINGS


def read(session: Session, sql: str) -> list[Row]:
    """The rows of a read that shows what was written last, whichever replica wrote it.

    raises  ServerError, also where this replica does not catch up; ConnectError where the servers that may have the
            ledger do not answer
    """
    until, link = time.monotonic() + _QUORUM_S, _link_of(session)
    while True:
        try:
            _refuse_gaps(session, link)
            return link.ask(sql, settings=reading(session.facts))
        except ServerError as error:
            if error.failure.code != _BEHIND or time.monotonic() > until or session.opening.stop.event.wait(_PAUSE_S):
                raise


def _refuse_gaps(session: Session, link: Link) -> None:
    """raises  ServerError (`_BEHIND`) where a replica has the last rows of the ledger, and not all before them

    The server looks for the last write alone; who was just given the ledger fetches its parts in any order.
    """
    if not session.facts.replicated:
        return
    ((has, last),) = link.ask(f"SELECT uniqExact(seq), max(seq) FROM {TABLE}", settings=reading(session.facts))
    if has < last or (not last and link.ask(_HAS_ALL) == [(0,)]):
        what = f"this server has {has} of the {last or 'unknown number of'} rows of the ledger {TABLE}"
        raise ServerError(ServerFailure(_BEHIND, what, way_out=_WAY_OUT))


def writing(session: Session, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows as one block, and come back only when they are sure to stay.

    raises  LockedError where the lock was taken and is lost: looked at before each try
            ServerError; QUORUM_PENDING where nothing was written, QUORUM_UNKNOWN where nobody can say whether it was:
            most replicas did not answer in time
    """
    until = time.monotonic() + _QUORUM_S
    settings, event = _sure(session.facts), str(rows[0][tuple(columns).index("event")])
    while True:
        session.still_held()
        try:
            session.link.insert(table, columns, rows, query_id=session.query_id(), settings=settings)
            return
        except ServerError as error:
            code = error.failure.code
            if code == QUORUM_UNKNOWN and _is_there(session, table, event, until):
                return
            # The write before is still short of replicas: this one was refused whole.
            if code != QUORUM_PENDING or time.monotonic() > until or session.opening.stop.event.wait(_PAUSE_S):
                raise


def _is_there(session: Session, table: str, event: str, until: float) -> bool:
    """Whether a write whose fate was unknown came to count after all, waited for."""
    sql = f"SELECT count() FROM {table} WHERE event = {literal.text(event)}"
    while time.monotonic() < until:
        try:
            if session.link.ask(sql, settings=reading(session.facts)) != [(0,)]:
                return True
        except ServerError as error:
            if error.failure.code != _BEHIND:
                raise
        if session.opening.stop.event.wait(_PAUSE_S):
            return False
    return False


def _sure(facts: Facts) -> Settings:
    wanted: dict[str, str | int] = {"insert_deduplicate": 0}
    if facts.replicated and len(facts.replicas) > 1:
        wanted |= {
            "insert_quorum": len(facts.replicas) // 2 + 1,
            "insert_quorum_timeout": int(_QUORUM_S * 1000),
            "insert_quorum_parallel": 0,
        }
    return {name: value for name, value in wanted.items() if name in facts.settings or name == "insert_quorum_timeout"}
