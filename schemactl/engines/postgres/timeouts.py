"""`lock_timeout` and `statement_timeout`: of the session, of a section, of one statement, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.postgres.pipeline import Query
from schemactl.script.duration import milliseconds

if TYPE_CHECKING:
    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.postgres.connection import Session

_NAMES = ("lock_timeout", "statement_timeout")


def of_section(job: Job) -> list[Query]:
    """What the section says, for the transaction that this stands in."""
    said = _section(job)
    return [_set("SET LOCAL", name, f"{said[name]}") for name in _NAMES if said[name] is not None]


def around(session: Session, job: Job, planned: PlannedStatement) -> tuple[list[Query], list[Query]]:
    """What to send before and after a statement in a transaction that has limits of its own."""
    own = _statement(planned)
    base = _section(job)
    before = [_set("SET LOCAL", name, f"{value}") for name, value in own.items()]
    after = [
        _set("SET LOCAL", name, f"{base[name]}" if base[name] is not None else _session(session, name)) for name in own
    ]
    return before, after


def around_alone(session: Session, job: Job, planned: PlannedStatement) -> tuple[list[Query], list[Query]]:
    """What to send before and after a statement that no transaction holds: the session itself takes the limits on."""
    said = {name: value for name, value in _section(job).items() if value is not None} | _statement(planned)
    before = [_set("SET", name, f"{value}") for name, value in said.items()]
    return before, [_set("SET", name, _session(session, name)) for name in said]


def _section(job: Job) -> dict[str, int | None]:
    return {"lock_timeout": job.lock_timeout_ms, "statement_timeout": job.statement_timeout_ms}


def _statement(planned: PlannedStatement) -> dict[str, int]:
    directives = planned.statement.directives
    return {name: milliseconds(directives[name]) for name in _NAMES if name in directives}


def _session(session: Session, name: str) -> str:
    opening = session.opening
    if name == "lock_timeout":
        return f"{opening.patience.lock_timeout_ms}"
    return f"{opening.statement_timeout_ms}" if opening.statement_timeout_ms else "DEFAULT"


def _set(verb: str, name: str, value: str) -> Query:
    return Query(f"{verb} {name} TO {value}".encode())
