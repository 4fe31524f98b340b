"""Waits for what the server goes on with after it has answered: mutations, on every replica that they are about.

Polled from 50 ms up to 1 s. A stop ends the waiting and not the mutation: what the server was told, it finishes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.clickhouse import sites
from schemactl.engines.clickhouse.failure import STOPPED, TIMEOUT, UNFINISHED, ServerError, ServerFailure
from schemactl.engines.clickhouse.probes import mutations as probe
from schemactl.engines.clickhouse.statements import known

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.contract.job import PlannedStatement
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.probes.mutations import Mutation
    from schemactl.engines.clickhouse.probes.site import Site
    from schemactl.engines.clickhouse.statements import Known
    from schemactl.running.hands import Before

_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 1.0
_TOLD_AFTER_S: Final = 2.0


class _Left(NamedTuple):
    """A mutation that is not done yet, and where."""

    where: str
    site: Site
    mutation: Mutation


def mutations(
    session: Session,
    planned: PlannedStatement,
    noted: Before,
    tell: Callable[[str], None],
    *,
    timeout_s: float = 0.0,
    stalls_s: float = 0.0,
) -> None:
    """Wait until what this statement began is done on every server that it is about.

    tell       is told once what is being waited for
    timeout_s  how long in all; 0 without end
    stalls_s   how long without one more part done; 0 without end
    raises     ServerError: STOPPED, TIMEOUT, or UNFINISHED where it fails or stalls, with what is unfinished and where
    """
    found = known(planned.statement)
    if found.kind not in ("mutation", "alter"):
        return
    began = moved = time.monotonic()
    pause, to_do, told = _FIRST_PAUSE_S, -1, False
    while left := _left(session, found, noted):
        now = time.monotonic()
        _refuse_failing(found, left)
        parts = sum(one.mutation.parts for one in left)
        if parts != to_do:
            to_do, moved = parts, now
        if timeout_s and now - began > timeout_s:
            raise _error(TIMEOUT, found, left, f"not done within {timeout_s:g} s")
        if stalls_s and now - moved > stalls_s:
            raise _error(UNFINISHED, found, left, f"no part was done for {stalls_s:g} s")
        if not told and now - began > _TOLD_AFTER_S:
            told = True
            tell(_sentence(found, left))
        if session.opening.stop.event.wait(pause):
            raise _error(STOPPED, found, left, "no longer waited for")
        pause = min(_LONGEST_PAUSE_S, pause * 1.5)


def _left(session: Session, found: Known, noted: Before) -> list[_Left]:
    replicas = noted.get("replicas")
    return [
        _Left(where, site, one)
        for where, site in sites.of(session, found).items()
        for one in probe.unfinished(site, found, replicas.get(where, {}) if replicas is not None else noted)
    ]


def _refuse_failing(found: Known, left: list[_Left]) -> None:
    failing = [one for one in left if one.mutation.reason]
    if failing:
        raise _error(UNFINISHED, found, failing, f"failing: {failing[0].mutation.reason}")


def _error(code: int, found: Known, left: list[_Left], why: str) -> ServerError:
    return ServerError(ServerFailure(code, f"{_sentence(found, left)}, {why}"))


def _sentence(found: Known, left: list[_Left]) -> str:
    one = left[0]
    where = f" on {one.where}" if one.where else ""
    return f"mutation {one.mutation.id} of {found.name}{where} is not done, {one.mutation.parts} parts to do"
