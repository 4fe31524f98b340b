"""Python migrations: what `ctx.connection` is here, and the running of `up`, `down` and `probe` with it.

Nothing holds a script's statements together: it is one step, and its own `probe(ctx)` says whether it was applied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.link import NO_SETTINGS
from schemactl.engines.clickhouse.sending import timeout_s_of, under_watch
from schemactl.engines.clickhouse.statements import known_text
from schemactl.running.python_alone import probe_script, run_alone, script_finding
from schemactl.running.python_context import Given, ScriptError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.contract.finding import Finding
    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Row, Settings
    from schemactl.events import Listener
    from schemactl.running.failure import Failure

_LOST = ("SET", "USE")


class Connection:
    """What a script is given as `ctx.connection`: the migration's own link, under its query ids."""

    def __init__(self, session: Session, job: Job, limit_s: float) -> None:
        self._session = session
        self._job = job
        self._limit_s = limit_s

    def execute(self, sql: str, *, settings: Settings = NO_SETTINGS) -> list[Row]:
        """Send one statement and return its rows; [] for one that returns none."""
        head = sql.split(None, 1)[0].upper() if sql.split() else ""
        if head in _LOST:
            raise ScriptError(f"{head} does not last here: give `settings={{…}}`, and write `database.table`")
        if not self._session.is_embedded and known_text(sql.strip().rstrip(";")).inline:
            raise ScriptError("rows do not stand in the statement here: give them to insert(table, columns, rows)")
        query_id = self._session.query_id(self._job, 0)
        return under_watch(self._session, sql, query_id, settings, self._limit_s)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert rows as one block: all of them become visible at once."""
        self._session.link.insert(table, columns, rows, query_id=self._session.query_id(self._job, 0))


def run(session: Session, job: Job, planned: PlannedStatement, emit: Listener) -> None:
    """Run the job's `up` or `down`. raises  RefusedError with the line that it stopped at"""
    given = Given("clickhouse", Connection(session, job, timeout_s_of(session, job, planned)))
    run_alone(session.opening, job, given, emit, _of_server)


def probed(session: Session, job: Job) -> bool | None:
    """What the script's own `probe(ctx)` says; None where it has none."""
    return probe_script(session.opening, job, Given("clickhouse", Connection(session, job, 0.0)))


def finding(session: Session, job: Job, planned: PlannedStatement) -> Finding:
    return script_finding(job, planned, probed(session, job))


def _of_server(error: BaseException) -> Failure | None:
    return error.failure if isinstance(error, ServerError) else None
