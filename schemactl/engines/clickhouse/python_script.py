"""Python migrations: what `ctx.connection` is here, and the running of `up`, `down` and `probe` with it.

Nothing holds a script's statements together: it is one step, and its own `probe(ctx)` says whether it was applied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.clickhouse import awaiting, observe
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.link import NO_SETTINGS
from schemactl.engines.clickhouse.planner import refusals
from schemactl.engines.clickhouse.sending import answered, lock_s_of, settings_of, timeout_s_of
from schemactl.engines.clickhouse.statements import Known, known
from schemactl.engines.clickhouse.watching import watched
from schemactl.errors import ConfigError
from schemactl.events import Noted, ignore
from schemactl.running.python_alone import probe_script, run_alone, script_finding
from schemactl.running.python_context import Given, ScriptError
from schemactl.script import split, syntax

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.contract.finding import Finding
    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Row, Settings
    from schemactl.events import Listener
    from schemactl.running.failure import Failure
    from schemactl.script.statement import Statement

_LOST = ("SET", "USE")


class Connection:
    """What a script is given as `ctx.connection`: the migration's own link, under its query ids.

    look  called right before anything is sent; raises where the lock is not held any more
    """

    def __init__(
        self, session: Session, job: Job, planned: PlannedStatement, look: Callable[[], None], emit: Listener
    ) -> None:
        self._session = session
        self._job = job
        self._planned = planned
        self._look = look
        self._emit = emit
        self._limit_s = timeout_s_of(session, job, planned)

    def execute(self, sql: str, *, settings: Settings = NO_SETTINGS) -> list[Row]:
        """Send one statement and return its rows, [] for one that returns none; what it begins is awaited."""
        statement = _statement(sql)
        found = known(statement)
        if statement.words[:1] and statement.words[0] in _LOST:
            raise ScriptError(f"{statement.words[0]} does not last here: give `settings={{…}}`, write `database.table`")
        self._refuse(statement, found)
        if not self._session.is_embedded and found.inline:
            raise ScriptError("rows do not stand in the statement here: give them to insert(table, columns, rows)")
        planned = self._planned._replace(statement=statement)
        noted = observe.before(self._session, planned) if found.kind in ("mutation", "alter") else {}
        self._look()
        given = {**self._own(found), **settings}
        query_id = self._session.query_id(self._job, 0)
        rows = answered(self._session, sql, query_id, given, self._limit_s, self._tell)
        awaiting.mutations(self._session, planned, noted, self._tell, timeout_s=self._limit_s)
        return rows

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert rows as one block: all of them become visible at once."""
        statement = _statement(f"INSERT INTO {table} SELECT 1")
        self._refuse(statement, known(statement))
        query_id, settings = self._session.query_id(self._job, 0), self._own(Known("insert"))
        self._look()
        with watched(self._session, query_id, self._limit_s):
            self._session.link.insert(table, columns, rows, query_id=query_id, settings=settings)

    def _refuse(self, statement: Statement, found: Known) -> None:
        """raises  ScriptError for what has no place in a migration, as the planner does for a file's"""
        for what, do, _ in refusals(statement, found, self._session.facts.database):
            raise ScriptError(f"{what}: {do}")

    def _own(self, found: Known) -> Settings:
        """The settings of a migration's statement; who may set nothing may ask all the same."""
        if self._session.facts.read_only:
            return NO_SETTINGS
        return settings_of(self._session, found, self._limit_s, lock_s_of(self._session, self._job, self._planned))

    def _tell(self, what: str) -> None:
        self._emit(Noted(self._session.target, self._job.entry.version.text, f"waiting: {what}"))


def run(
    session: Session,
    job: Job,
    planned: PlannedStatement,
    emit: Listener,
    look: Callable[[], None],
    function: str = "",
) -> None:
    """Run the job's `up` or `down`, or another `function`. raises  RefusedError with the line that it stopped at

    look  raises LockedError where the lock is not held any more
    """
    given = Given("clickhouse", Connection(session, job, planned, look, emit))
    run_alone(session.opening, job, given, emit, _of_server, function)


def probed(session: Session, job: Job) -> bool | None:
    """What the script's own `probe(ctx)` says; None where it has none."""
    planned = job.segments[0].steps[0]
    return probe_script(
        session.opening, job, Given("clickhouse", Connection(session, job, planned, lambda: None, ignore))
    )


def finding(session: Session, job: Job, planned: PlannedStatement) -> Finding:
    return script_finding(job, planned, probed(session, job))


def _statement(sql: str) -> Statement:
    """The one statement that the text is, comments left out of its normal form."""
    try:
        found = split.statements(sql, syntax.CLICKHOUSE)
    except ConfigError as error:
        raise ScriptError(error.what) from error
    if len(found) != 1:
        raise ScriptError(f"execute() takes one statement; there are {len(found)} in its text")
    return found[0]


def _of_server(error: BaseException) -> Failure | None:
    return error.failure if isinstance(error, ServerError) else None
