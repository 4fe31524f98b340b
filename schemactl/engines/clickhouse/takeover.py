"""Ends what an earlier runner left running in the server: a client's death does not end its statement there.

A statement that was killed may have taken effect all the same; what it did is probed afterwards, never assumed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.clickhouse import distributed, literal, replicas
from schemactl.engines.clickhouse.connection import prefix_of
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.errors import LockedError, RunInterruptedError
from schemactl.events import Waiting

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Link
    from schemactl.events import Listener

_LONGEST_PAUSE_S: Final = 1.0
_READ: Final = 100_000
"""Letters of a statement that are read: a secret is known by its end too, wherever what is shown is cut."""
_LEFT: Final = "the runner before left a statement running: {}"
_TASK: Final = "a task of the cluster about this database, whoever sent it, is not done: {}, {} did not answer"


def end_statements(session: Session, token: str, *, grace_s: float, wait_s: float, emit: Listener) -> None:
    """Kill the statements whose id begins with this token, on every replica, and wait until none is left.

    grace_s  how long to wait first: the runner may just have sent one
    wait_s   how long to wait for their end
    raises   LockedError where one does not end; RunInterruptedError where the run is asked to stop
    """
    if not token:
        return
    if session.opening.stop.event.wait(grace_s):
        raise _stopped(session)
    until, pause, told = time.monotonic() + max(wait_s, 0.0), 0.02, False
    while found := _running(session, token) or _tasks(session):
        if time.monotonic() > until:
            raise _still_running(session, found[0])
        if not told:
            told = True
            emit(Waiting(session.target, found[0].why, 1, 0, round(max(wait_s, 0.0), 1)))
        for one in found:
            _kill(one)
        if session.opening.stop.event.wait(pause):
            raise _stopped(session)
        pause = min(_LONGEST_PAUSE_S, pause * 1.5)


class _Left(NamedTuple):
    """What is still at work, as a sentence. `link`: to the server where it can be ended; None for a cluster's task."""

    why: str
    query_id: str = ""
    link: Link | None = None


def _running(session: Session, token: str) -> list[_Left]:
    pattern = literal.text(prefix_of(token).replace("_", "\\_") + "%")
    asked = f"SELECT query_id, substring(query, 1, {_READ}) FROM system.processes WHERE query_id LIKE {pattern}"
    found = []
    for where, link in replicas.links(session).items():
        at = f" on {where}" if where else ""
        with session.translated(f"looking for statements of the runner before{at}"):
            rows = link.ask(asked)
        found += [
            _Left(_LEFT.format(distributed.beginning(str(query)) + at), str(query_id), link) for query_id, query in rows
        ]
    return found


def _tasks(session: Session) -> list[_Left]:
    """What a cluster was told to do and goes on with: nobody can end that."""
    with session.translated("looking for tasks of the cluster"):
        tasks = distributed.unfinished(session)
    return [_Left(_TASK.format(task, ", ".join(task.missing))) for task in tasks]


def _kill(left: _Left) -> None:
    if left.link is None:
        return
    try:
        # Not SYNC: what cannot be ended is waited for by looking, so that a stop is heard.
        left.link.ask(f"KILL QUERY WHERE query_id = {literal.text(left.query_id)} ASYNC")
    except ServerError as error:
        if error.failure.gone:
            raise


def _still_running(session: Session, left: _Left) -> LockedError:
    kill = f", or end it: `KILL QUERY WHERE query_id = '{left.query_id}' SYNC`"
    by_hand = kill if left.query_id else ", and see that the servers named are up"
    return LockedError(
        left.why,
        at=session.opening.shown,
        now="nothing was changed by this command",
        do=f"wait for it with `--wait 10min`{by_hand}",
        target=session.target,
    )


def _stopped(session: Session) -> RunInterruptedError:
    return RunInterruptedError(
        "stopped while a statement of the runner before was at work",
        at=session.opening.shown,
        now="nothing was changed by this command",
        do="run the command again",
        target=session.target,
    )
