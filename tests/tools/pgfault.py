"""What a test asks of the proxy: faults at named points, and the statements that were seen to pass.

Holds values only; tests/tools/pglink.py brings a fault about.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Self

from tests.tools.pgwire import Mode

Point = Literal["sent", "executed", "acknowledged"]
Action = Literal["freeze", "drop"]
Cut = Literal["client", "server", "both"]
POINTS: tuple[Point, ...] = ("sent", "executed", "acknowledged")


@dataclass(frozen=True, slots=True)
class Seen:
    """A statement that passed. `nth`: from 1, which of those with the same text; `link`: from 1, its connection."""

    sql: str
    nth: int
    link: int
    mode: Mode


@dataclass(slots=True, kw_only=True, eq=False)
class Fault:
    """One interruption, at one statement. It happens once, and never where the server refuses to parse or bind it.

    match     searched for in the SQL text of each statement that is run: a Query's whole text, or the text parsed for
              the portal that an Execute runs
    nth       which of the matching statements, from 1, over all connections
    point     sent          the server has the statement, the client has nothing of its answer. Outside a transaction
                            block everything up to the Sync has been sent too, so the statement commits by itself
              executed      the server answered, and where the statement commits by itself said ReadyForQuery; the
                            client has nothing of it. A client that asks for the answer by Flush, without Sync, gets
                            the point at the answer: nothing is committed then
              acknowledged  the client has that answer, and nothing it sends afterwards reaches the server
    action    freeze        hold both directions until `release` or `resume`
              drop          close both sides at once, as a lost network does
    then      called with the fault when the point is reached, on a thread of the proxy
    reached   set when the point is reached, before `then`
    answer    how the server answered: `C` CommandComplete, `E` ErrorResponse, `I` an empty query, `s` a portal with
              more rows; empty where it has not, as far as the proxy saw
    """

    match: str | re.Pattern[str]
    nth: int = 1
    point: Point
    action: Action = "freeze"
    then: Callable[[Fault], None] | None = None
    reached: threading.Event = field(default_factory=threading.Event)
    answer: str = ""
    _left: int = 0

    def __post_init__(self) -> None:
        if self.nth < 1:
            raise ValueError(f"nth is {self.nth}; the first match is 1")
        self._left = self.nth

    @classmethod
    def at(
        cls, seen: Seen, *, point: Point, action: Action = "freeze", then: Callable[[Fault], None] | None = None
    ) -> Self:
        """The fault at that very statement of a run that repeats the recorded one."""
        whole = re.compile(rf"\A{re.escape(seen.sql)}\Z")
        return cls(match=whole, nth=seen.nth, point=point, action=action, then=then)

    def takes(self, sql: str) -> bool:
        """Count a statement that is about to run; True where it is the one."""
        if self._left == 0 or re.search(self.match, sql) is None:
            return False
        self._left -= 1
        return self._left == 0

    def wait(self, timeout_s: float = 30.0) -> None:
        """Wait until the point is reached; AssertionError where it is not within `timeout_s`."""
        assert self.reached.wait(timeout_s), f"no statement reached {self.point} of {self.match!r} (nth={self.nth})"
