"""Waiting for a lock that another runner holds: tried again and again, told once, ended when the run is to stop."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from schemactl.errors import LockedError, RunInterruptedError
from schemactl.events import Listener, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.contract.opening import Opening

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 1.0


def wait_for(opening: Opening, take: Callable[[], str], *, wait_s: float, emit: Listener, end_holder: str) -> None:
    """Try `take` until it has the lock.

    take        tries once: "" where it is ours now, else who holds it, for people
    wait_s      how long to keep trying; 0 tries once
    end_holder  how a person ends a holder that is gone, for the error
    raises      LockedError after `wait_s`; RunInterruptedError where the run is asked to stop
    """
    until = time.monotonic() + wait_s
    pause, attempt = _FIRST_PAUSE_S, 0
    while holder := take():
        attempt += 1
        left = until - time.monotonic()
        if left <= 0:
            raise LockedError(
                f"another runner is at work: {holder}",
                at=opening.shown,
                now=f"nothing was changed; waited {wait_s:g} s",
                do=f"wait for it with `--wait 10min`, or {end_holder}",
                target=opening.target,
            )
        if attempt == 1:
            why = f"the lock is held by {holder}"
            emit(Waiting(opening.target, why, attempt, 0, round(left, 1)))
        if opening.stop.event.wait(min(pause, left)):
            raise RunInterruptedError(
                "stopped while waiting for the lock",
                at=opening.shown,
                now="nothing was changed",
                do="run the command again",
                target=opening.target,
            )
        pause = min(_LONGEST_PAUSE_S, pause * 1.5) * random.uniform(0.8, 1.0)
