"""A server's refusal as the shared machinery sees it. Each engine's own failure.py knows what its codes mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import re

OURS = -1
"""The ordinal of a failure that no statement of the migration is to blame for: our own write, a guard, COMMIT."""


class Failure(Protocol):
    """One error response of a server, or the loss of it.

    state     the server's own code as text; "" where the connection itself failed
    kind      docs/exit-codes.md
    gone      the server or the connection went away: what was under way is unknown until it is asked again
    retryable another attempt may do better: somebody else's lock was in the way, and nothing of this one was kept
    settled   the server says for sure that the statement did nothing: it was refused before it ran
    position  one-based character in the statement; 0 where the server gave none
    line      of the script that asked; 0 where none did
    remedy    the next step for people, "" where the usual one of `kind` fits
    """

    @property
    def state(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def gone(self) -> bool: ...
    @property
    def retryable(self) -> bool: ...
    @property
    def settled(self) -> bool: ...
    @property
    def position(self) -> int: ...
    @property
    def line(self) -> int: ...
    @property
    def remedy(self) -> str: ...

    def sentence(self) -> str:
        """What the server said, with its code, in one line."""

    def unquoted(self) -> str:
        """The same without what may be of a row's values, or of the statement."""


def before(pattern: re.Pattern[str], text: str) -> str:
    """What stands before the first match, without what led to it; all of it where there is none."""
    found = pattern.search(text)
    return text[: found.start()].rstrip(" ,:;=(") if found else text


class RefusedError(Exception):
    """Raised by an engine's hands where the server refused or lost what they sent.

    ordinal  of the statement; OURS for a write of the tool's own
    stopped  it was cancelled because the run was asked to stop
    during   of what, where that is no statement of the file: "at COMMIT"
    """

    def __init__(self, failure: Failure, ordinal: int = OURS, *, stopped: bool = False, during: str = "") -> None:
        super().__init__(failure.sentence())
        self.failure = failure
        self.ordinal = ordinal
        self.stopped = stopped
        self.during = during
