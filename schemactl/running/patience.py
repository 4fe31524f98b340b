"""Trying again what failed because of somebody else's locks."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from schemactl.events import Waiting

if TYPE_CHECKING:
    from schemactl.contract.opening import Opening
    from schemactl.events import Listener
    from schemactl.running.failure import Failure


class Patiently:
    """Tries again what failed because of somebody else's locks, with growing pauses and jitter."""

    def __init__(self, opening: Opening, emit: Listener) -> None:
        self._opening = opening
        self._emit = emit
        self.attempt = 1

    def again(self, failure: Failure) -> bool:
        """Whether to try once more; waits before it says yes."""
        patience = self._opening.patience
        if not failure.retryable or self.attempt >= patience.tries:
            return False
        delay = min(patience.max_delay_s, patience.first_delay_s * 2 ** (self.attempt - 1)) * random.uniform(0.8, 1.2)
        self._emit(Waiting(self._opening.target, failure.sentence(), self.attempt, patience.tries, round(delay, 1)))
        self.attempt += 1
        return not self._opening.stop.event.wait(delay)
