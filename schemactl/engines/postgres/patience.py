"""Trying again what failed because of somebody else's locks."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from schemactl.events import Waiting

if TYPE_CHECKING:
    from schemactl.engines.postgres.connection import Session
    from schemactl.engines.postgres.failure import ServerFailure
    from schemactl.events import Listener


class Patiently:
    """Tries again what failed because of somebody else's locks, with growing pauses and jitter."""

    def __init__(self, session: Session, emit: Listener) -> None:
        self._session = session
        self._emit = emit
        self.attempt = 1

    def again(self, failure: ServerFailure) -> bool:
        """Whether to try once more; waits before it says yes."""
        patience = self._session.opening.patience
        if not failure.retryable or self.attempt >= patience.tries:
            return False
        delay = min(patience.max_delay_s, patience.first_delay_s * 2 ** (self.attempt - 1)) * random.uniform(0.8, 1.2)
        self._emit(Waiting(self._session.target, failure.sentence(), self.attempt, patience.tries, round(delay, 1)))
        self.attempt += 1
        return not self._session.opening.stop.event.wait(delay)
