"""Sends one statement of a migration to every server that it is for, so that its answer means that it is done."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse import distributed, on_cluster
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.inline_data import rewritten
from schemactl.engines.clickhouse.link import NO_SETTINGS
from schemactl.engines.clickhouse.sites import here
from schemactl.engines.clickhouse.statements import Known, known
from schemactl.engines.clickhouse.watching import watched
from schemactl.script.duration import milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Row, Settings

_CLUSTER_S: Final = 180
# Statements that max_execution_time ends by itself; ALTER and mutations know no time.
_TIMED: Final = ("insert", "create", "repeatable", "other")


def send(session: Session, job: Job, planned: PlannedStatement, tell: Callable[[str], None]) -> None:
    """Send a statement of the file, to every server of the cluster where it is for all of them.

    tell    is told once what is being waited for
    raises  ServerError as `answered`; UnsupportedError for rows that cannot be sent
    """
    found = known(planned.statement)
    limit_s = timeout_s_of(session, job, planned)
    sql, more = _text(session, planned, found), NO_SETTINGS
    if found.inline and not session.is_embedded:
        sql, more = rewritten(session.link, planned.statement.normal, target=session.target)
    settings = {**settings_of(session, found, limit_s, lock_s_of(session, job, planned)), **more}
    answered(session, sql, session.query_id(job, planned.ordinal), settings, limit_s, tell)


def answered(
    session: Session, sql: str, query_id: str, settings: Settings, limit_s: float, tell: Callable[[str], None]
) -> list[Row]:
    """Send a text and wait for its answer, of ON CLUSTER for that of every server; its rows.

    raises  ServerError: STOPPED, TIMEOUT after `limit_s` seconds, or the server's own
    """
    try:
        with watched(session, query_id, limit_s):
            return session.link.ask(sql, query_id=query_id, settings=settings)
    except ServerError as error:
        # The server stops waiting for the others, and they go on.
        path = distributed.path_of(error.failure)
        if not path:
            raise
        distributed.finish(session, path, tell, timeout_s=limit_s)
        return []


def _text(session: Session, planned: PlannedStatement, found: Known) -> str:
    if not on_cluster.is_added(found, session.facts):
        return planned.statement.text
    thing = here(session).thing(found.name) if on_cluster.asks_table(found) else None
    replicated = thing is not None and thing.engine.startswith("Replicated")
    return on_cluster.text_of(planned.statement, session.facts, is_replicated=replicated)


def refuse_unsendable(session: Session, planned: PlannedStatement) -> None:
    """raises  UnsupportedError for rows in the text that cannot be sent; ServerError where their table is not there"""
    if known(planned.statement).inline and not session.is_embedded:
        rewritten(session.link, planned.statement.normal, target=session.target)


def timeout_s_of(session: Session, job: Job, planned: PlannedStatement) -> float:
    """How long the statement may take, in seconds; 0 without end."""
    own = planned.statement.directives.get("statement_timeout")
    if own is not None:
        return milliseconds(own) / 1000
    asked = job.statement_timeout_ms
    return (asked if asked is not None else session.opening.statement_timeout_ms) / 1000


def lock_s_of(session: Session, job: Job, planned: PlannedStatement) -> int:
    """How long it may wait for a table's lock, in whole seconds, which is what the server counts."""
    own, asked = planned.statement.directives.get("lock_timeout"), job.lock_timeout_ms
    fallback = asked if asked is not None else session.opening.patience.lock_timeout_ms
    return math.ceil((milliseconds(own) if own is not None else fallback) / 1000)


def settings_of(session: Session, found: Known, limit_s: float, lock_s: int) -> dict[str, str | int]:
    """Those of `facts.settings` that make the answer come when all is done, on each replica."""
    seconds = max(1, math.ceil(limit_s)) if limit_s else 0
    wanted: dict[str, str | int] = {
        "mutations_sync": 2,
        "alter_sync": 2,
        "replication_alter_partitions_sync": 2,
        "lightweight_deletes_sync": 2,
        "distributed_ddl_task_timeout": seconds or _CLUSTER_S,
        "distributed_ddl_output_mode": "throw",
        "database_atomic_wait_for_drop_and_detach_synchronously": 1,
        # Where the Keeper gives these to every server, ON CLUSTER would make them once more on each.
        "ignore_on_cluster_for_replicated_access_entities_queries": 1,
        "ignore_on_cluster_for_replicated_udf_queries": 1,
        "ignore_on_cluster_for_replicated_named_collections_queries": 1,
    }
    if lock_s:
        wanted["lock_acquire_timeout"] = lock_s
    have = {name: value for name, value in wanted.items() if name in session.facts.settings}
    if seconds and found.kind in _TIMED:
        # A profile may say `break`: what had come till then would be all, and the answer a success.
        have |= {"max_execution_time": seconds, "timeout_overflow_mode": "throw"}
    if found.kind == "insert" and "async_insert" in session.facts.settings:
        # Its rows could come after its answer, with those of others.
        have["async_insert"] = 0
    return have
