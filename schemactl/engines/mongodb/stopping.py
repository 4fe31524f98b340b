"""Listens while the driver waits for an answer: a stop that is asked for ends what this client has under way."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from pymongo.errors import PyMongoError

from schemactl.engines.mongodb import leftovers
from schemactl.running.inspecting import stopped
from schemactl.running.listening import listening

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from schemactl.engines.mongodb.connection import Session

_AGAIN_S: Final = 0.2


@contextmanager
def watched(session: Session) -> Iterator[None]:
    """While the body runs, what it has under way in the server is ended by a stop. raises  the body's own"""
    with listening(partial(_watch, session), name=f"stop {session.target}"):
        yield


@contextmanager
def looking(session: Session) -> Iterator[None]:
    """The same for what reads. raises  RunInterruptedError where it was ended by a stop; the body's own"""
    try:
        with watched(session):
            yield
    except PyMongoError as error:
        if session.opening.stop:
            raise stopped(session.opening) from error
        raise


def _watch(session: Session, over: threading.Event) -> None:
    while not over.wait(_AGAIN_S):
        if session.opening.stop:
            with suppress(PyMongoError):
                leftovers.kill(session, session.token)
