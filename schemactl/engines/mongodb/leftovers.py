"""What a runner left running in the server: found by the token in its client's name, awaited or ended.

A client's death does not end its command, and an index build outlives even the command. Before anything is probed, what
the runner before had under way must be over.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure, PyMongoError

from schemactl.engines.mongodb.failure import UNAUTHORIZED
from schemactl.errors import LockedError
from schemactl.events import Listener, Warned
from schemactl.running.lease import now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.engines.mongodb.connection import Document, Session

_PAUSE_S = 0.2
# What a client says of itself or asks of the server, over and over, also while nothing is under way.
_IDLE = frozenset({"hello", "ismaster", "isMaster", "ping", "currentOp", "killOp", "endSessions"})

# The end of a transaction is not to be cut short: nobody would know how it went.
_BRIEF = frozenset({"commitTransaction", "abortTransaction"})


def await_end(session: Session, before: Sequence[Document], *, until: float, emit: Listener) -> list[Document]:
    """End what these runners have under way, each known by `token` and `login`, and wait until nothing of it is.

    An index build is waited for: what it has done so far would be lost.

    returns  those of whom it cannot be seen
    raises   LockedError where something still is, by `running.lease.now()`, at `until`
    """
    unseen = [one for one in before if not _is_over(session, one, until)]
    if unseen:
        emit(
            Warned(
                session.target,
                "this user may not see what the runner before left running in the server (currentOp)",
                "grant the role clusterMonitor, or see for yourself that nothing is",
            )
        )
    return unseen


def _is_over(session: Session, one: Document, until: float) -> bool:
    """Wait for the end of what one runner has under way; False where it cannot be seen."""
    token = str(one["token"])
    while True:
        try:
            running, is_all = _visible(session)
        except OperationFailure as error:
            session.blind = f"what the runner before left running cannot be seen: {error.details}"
            return False
        except PyMongoError as error:
            raise session.reading(error, "looking for what the runner before left running") from error
        left = [op for op in running if _is_of(op, token) or _builds_index_of(op, session.name, token)]
        if not left:
            if is_all or one.get("login") == session.login:
                return True
            session.blind = f"what the runner before left running as {one.get('login')} cannot be seen"
            return False
        if token != session.token:
            # Else it is this very client once more, with a heartbeat by now.
            _end(session, [op for op in left if not _is_build(op)])
        if now() >= until or session.opening.stop.event.wait(_PAUSE_S):
            raise _still_running(session, left[0])


def _visible(session: Session) -> tuple[list[Document], bool]:
    """What is under way in the server, and whether that is everybody's or this user's alone."""
    try:
        return list(session.client.admin.command({"currentOp": 1})["inprog"]), True
    except OperationFailure as error:
        if error.code != UNAUTHORIZED:
            raise
        return _running(session), False


def _running(session: Session) -> list[Document]:
    return list(session.client.admin.command({"currentOp": 1, "$ownOps": True})["inprog"])


def await_own(session: Session, *, within_s: float) -> bool:
    """Wait for the end of what this client itself has under way; whether that came. raises  PyMongoError"""
    until = now() + within_s
    while any(_is_of(op, session.token) and _command(op) not in _BRIEF for op in _running(session)):
        if now() >= until:
            return False
        time.sleep(_PAUSE_S)
    return True


def kill(session: Session, token: str) -> None:
    """Ask the server to end the commands of this token. raises  PyMongoError"""
    _end(session, [op for op in _running(session) if _is_of(op, token) and _command(op) not in _BRIEF])


def _end(session: Session, ops: list[Document]) -> None:
    for op in ops:
        # It may have ended by itself meanwhile, or be another user's.
        with suppress(OperationFailure):
            session.client.admin.command({"killOp": 1, "op": op["opid"]})


def _is_build(op: Document) -> bool:
    """Whether it builds an index now; a server that lists idle connections too gives them no time at all."""
    builds = _command(op) == "createIndexes" or str(op.get("msg") or "").startswith("Index Build")
    return builds and op.get("microsecs_running") != 0


def _is_of(op: Document, token: str) -> bool:
    return bool(op.get("active", True)) and _command(op) not in _IDLE and _client(op).endswith(token)


def _builds_index_of(op: Document, database: str, token: str) -> bool:
    """An index build that goes on without its client is known by its namespace alone."""
    message, place = str(op.get("msg") or ""), str(op.get("ns") or "")
    return message.startswith("Index Build") and place.startswith(f"{database}.") and not _client(op).endswith(token)


def _client(op: Document) -> str:
    application: Any = (op.get("clientMetadata") or {}).get("application") or {}
    return str(op.get("appName") or application.get("name") or "")


def _command(op: Document) -> str:
    return str(next(iter(op.get("command") or {}), op.get("op") or ""))


def _still_running(session: Session, op: Document) -> LockedError:
    seconds = int(op.get("secs_running") or 0)
    return LockedError(
        f"the runner before has left {_command(op)} running on {op.get('ns') or session.name}, for {seconds} s so far",
        at=session.opening.shown,
        now="nothing was changed by this run",
        do=f"wait for it with `--wait 10min`, or end it: db.adminCommand({{killOp: 1, op: {op.get('opid')}}})",
        target=session.target,
    )
