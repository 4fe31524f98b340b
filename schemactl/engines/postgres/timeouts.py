"""`lock_timeout` and `statement_timeout` of a section or of one statement, and back to what they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.postgres.pipeline import Query
from schemactl.script.duration import milliseconds

if TYPE_CHECKING:
    from schemactl.contract.job import Job, PlannedStatement

_NAMES = ("lock_timeout", "statement_timeout")
_Around = tuple[list[Query], list[Query]]


def of_section(job: Job) -> list[Query]:
    """What the section says, for the transaction that this stands in."""
    return [_set("SET LOCAL", name, value) for name, value in _section(job).items()]


def around(planned: PlannedStatement) -> _Around:
    """What to send before and after a statement in a transaction that has limits of its own."""
    return _around(_statement(planned), "true", "SET LOCAL")


def around_alone(job: Job, planned: PlannedStatement) -> _Around:
    """What to send before and after a statement that no transaction holds: the session itself takes the limits on."""
    return _around(_section(job) | _statement(planned), "false", "SET")


def _around(said: dict[str, int], local: str, verb: str) -> _Around:
    # What stood there before is kept in a setting of ours: the migration may have set it itself.
    keep = [_copy(f"schemactl.{name}", name, local) for name in said]
    give = [_set(verb, name, value) for name, value in said.items()]
    return [*keep, *give], [_copy(name, f"schemactl.{name}", local) for name in said]


def _section(job: Job) -> dict[str, int]:
    said = {"lock_timeout": job.lock_timeout_ms, "statement_timeout": job.statement_timeout_ms}
    return {name: value for name, value in said.items() if value is not None}


def _statement(planned: PlannedStatement) -> dict[str, int]:
    directives = planned.statement.directives
    return {name: milliseconds(directives[name]) for name in _NAMES if name in directives}


def _set(verb: str, name: str, value: int) -> Query:
    return Query(f"{verb} {name} TO {value}".encode())


def _copy(to: str, source: str, local: str) -> Query:
    return Query(f"SELECT set_config('{to}', current_setting('{source}'), {local})".encode())
