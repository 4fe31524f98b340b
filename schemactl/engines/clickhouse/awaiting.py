"""Waits for what the server goes on with after it has answered: mutations, on every replica that they are about.

Polled from 50 ms up to 1 s. A stop ends the waiting and not the mutation: what the server was told, it finishes. One
that somebody ends meanwhile is gone from the list, like one that was never there: what was seen once is looked for.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.clickhouse import sites
from schemactl.engines.clickhouse.failure import STOPPED, TIMEOUT, UNFINISHED, ServerError, ServerFailure
from schemactl.engines.clickhouse.probes import ended
from schemactl.engines.clickhouse.probes import mutations as probe
from schemactl.engines.clickhouse.statements import known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from schemactl.contract.job import PlannedStatement
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.probes.mutations import Mutation
    from schemactl.engines.clickhouse.probes.site import Site
    from schemactl.engines.clickhouse.statements import Known
    from schemactl.running.hands import Before

_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 1.0
_TOLD_AFTER_S: Final = 2.0
_STALLS_S: Final = 300.0
"""How long parts may stay as they were, where no mutation tells whether the server is at work on them."""


class _Left(NamedTuple):
    """A mutation that is not done yet, and where; `noted` of that server."""

    where: str
    site: Site
    mutation: Mutation
    noted: Before


class _Wait:
    """One waiting: how long it has gone on, and since when nothing moved."""

    def __init__(self, session: Session, tell: Callable[[str], None], timeout_s: float, stalls_s: float) -> None:
        self._session = session
        self._tell = tell
        self._timeout_s = timeout_s
        self._stalls_s = stalls_s
        self._began = self._moved = time.monotonic()
        self._pause, self._parts, self._told = _FIRST_PAUSE_S, -1, False

    def once(self, parts: int, sentence: Callable[[], str], way_out: Callable[[], str]) -> None:
        """A pause. raises  ServerError: STOPPED, TIMEOUT, or UNFINISHED where it stalls"""
        now = time.monotonic()
        if parts != self._parts:
            self._parts, self._moved = parts, now
        if self._timeout_s and now - self._began > self._timeout_s:
            raise _error(TIMEOUT, f"{sentence()}, not done within {self._timeout_s:g} s", way_out())
        if self._stalls_s and now - self._moved > self._stalls_s:
            raise _error(UNFINISHED, f"{sentence()}, no part was done for {self._stalls_s:g} s", way_out())
        if not self._told and now - self._began > _TOLD_AFTER_S:
            self._told = True
            self._tell(sentence())
        if self._session.opening.stop.event.wait(self._pause):
            raise _error(STOPPED, f"{sentence()}, no longer waited for", way_out())
        self._pause = min(_LONGEST_PAUSE_S, self._pause * 1.5)


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
    raises     ServerError: STOPPED, TIMEOUT, or UNFINISHED where it fails, stalls or was ended by somebody, with what
               is unfinished and where
    """
    found = known(planned.statement)
    if found.kind not in ("mutation", "alter"):
        return
    wait, seen = _Wait(session, tell, timeout_s, stalls_s), dict[tuple[str, str], _Left]()
    while left := _left(session, found, noted):
        seen |= {(one.where, one.mutation.id): one for one in left}
        _refuse_failing(found, left)
        parts = sum(one.mutation.parts for one in left)
        wait.once(parts, partial(_sentence, found, left[0]), partial(_way_out, found, left[0]))
    _refuse_ended(found, seen.values())
    if session.facts.has_fail_reason:
        return  # a change of a type is a mutation too, and was seen above: what parts are called proves nothing
    wait = _Wait(session, tell, timeout_s, stalls_s or _STALLS_S)
    while stale := _stale(session, found, noted):
        wait.once(len(stale), partial(_stale_sentence, stale[0]), str)


def blame(session: Session, planned: PlannedStatement, noted: Before, error: ServerError) -> None:
    """Say whose mutation it is that the server's error is about, where it is not the statement's own.

    raises  ServerError with its name and the way out; nothing where it is ours
    """
    found = known(planned.statement)
    if error.failure.code == UNFINISHED and found.kind in ("mutation", "alter"):
        for one in _left(session, found, noted):
            _refuse_blocked(found, one)


def _left(session: Session, found: Known, noted: Before) -> list[_Left]:
    return [
        _Left(where, site, one, of_this)
        for where, site, of_this in _sites(session, found, noted)
        for one in probe.unfinished(site, found, of_this)
    ]


def _sites(session: Session, found: Known, noted: Before) -> list[tuple[str, Site, Before]]:
    replicas = noted.get("replicas")
    return [
        (where, site, replicas.get(where, {}) if replicas is not None else noted)
        for where, site in sites.of(session, found).items()
    ]


def _stale(session: Session, found: Known, noted: Before) -> list[tuple[str, str]]:
    """The columns that were changed in the table and not in its parts, where the server does that without a mutation.

    Only of replicated tables: for any other the server answers when it has rewritten all (18.16).
    """
    return [
        (f"{found.name}{f' on {where}' if where else ''}", str(one))
        for where, site, of_this in _sites(session, found, noted)
        if _is_replicated(site, found)
        for one in ended.stale(site, found, of_this)
    ]


def _is_replicated(site: Site, found: Known) -> bool:
    thing = site.thing(found.name)
    return thing is not None and thing.engine.startswith("Replicated")


def _stale_sentence(one: tuple[str, str]) -> str:
    return ": ".join(one)


def _refuse_failing(found: Known, left: list[_Left]) -> None:
    for one in left:
        if one.mutation.reason:
            _refuse_blocked(found, one)
            raise _error(UNFINISHED, f"{_sentence(found, one)}, failing: {one.mutation.reason}")


def _refuse_blocked(found: Known, one: _Left) -> None:
    """raises  ServerError where it waits behind somebody else's, which fails"""
    other = probe.blocking(one.site, found, one.noted)
    if other is not None and other.reason:
        raise _error(
            UNFINISHED, f"{_sentence(found, one)}; that one fails: {other.reason}", _way_out(found, one, other)
        )


def _refuse_ended(found: Known, seen: Iterable[_Left]) -> None:
    for one in seen:
        if one.mutation.id not in {listed.id for listed in probe.of(one.site, found)}:
            raise _error(UNFINISHED, f"{_sentence(found, one)}, and somebody ended it (KILL MUTATION)")


def _error(code: int, what: str, way_out: str = "") -> ServerError:
    return ServerError(ServerFailure(code, what, way_out=way_out))


def _way_out(found: Known, one: _Left, other: Mutation | None = None) -> str:
    """About a mutation of other people that it waits behind; "" where there is none."""
    other = other or probe.blocking(one.site, found, one.noted)
    if other is None:
        return ""
    return f"see to mutation {other.id}: {probe.end_by_hand(one.site, found, other)}; then run `schemactl recover`"


def _sentence(found: Known, one: _Left) -> str:
    where = f" on {one.where}" if one.where else ""
    other = probe.blocking(one.site, found, one.noted)
    behind = f", and waits behind {other.id} ({other.command}), which is not this migration's" if other else ""
    return f"mutation {one.mutation.id} of {found.name}{where} is not done, {one.mutation.parts} parts to do{behind}"
