"""The server that fake engines share: its state, its lock, its sessions, and a process that dies where a test says.

Knows nothing of jobs or of what a statement means. A request is all or nothing: its change is made on a copy that then
takes the state's place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from schemactl.errors import ConnectError
from schemactl.model.entry import LEDGER_FORMAT, Entry
from schemactl.model.seed import SeedRecord
from schemactl.model.step import Step

Point = Literal["sent", "executed", "acknowledged"]
POINTS: tuple[Point, ...] = ("sent", "executed", "acknowledged")

_Answer = TypeVar("_Answer")


class Killed(BaseException):
    """The process of this session is dead. No code of it runs after this, so nothing catches it but the test."""


class RefusedError(Exception):
    """The server refused a statement; `state` is a word for programs."""

    def __init__(self, state: str, what: str) -> None:
        super().__init__(what)
        self.state = state
        self.what = what
        self.ordinal = -1


@dataclass(slots=True, kw_only=True)
class Crash:
    """The process that sends request `nth` of those that `match` dies there.

    sent          the server has the request and, unless `half`, loses it with the connection
    executed      the server did it, nobody read the answer
    acknowledged  the answer was read, nothing that is sent afterwards arrives
    half          at `sent`: what the server had done of the request by then stays
    """

    match: str = ""
    nth: int = 1
    point: Point
    half: bool = False


@dataclass(slots=True)
class Thing:
    """An object: rows, a note that its catalogue shows, and whether it is whole."""

    rows: list[str] = field(default_factory=list)
    note: str = ""
    whole: bool = True


@dataclass(slots=True, kw_only=True)
class Records:
    """The ledger's tables. Entries by version number, steps by entry, direction and ordinal."""

    platform: str
    service_name: str
    format: int = LEDGER_FORMAT
    entries: dict[int, Entry] = field(default_factory=dict)
    steps: dict[tuple[int, str, int], Step] = field(default_factory=dict)
    last_id: int = 0


@dataclass(slots=True)
class State:
    """`tables`: rows of named fields, what seeds are about; `seeds`: their records by number."""

    things: dict[str, Thing] = field(default_factory=dict)
    records: Records | None = None
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    seeds: dict[int, SeedRecord] = field(default_factory=dict)


class Session:
    """A connection of one process. `lost`: the server closed it; `killed`: the process is gone."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.name = name
        self.lost = False
        self.killed = False

    def request(
        self, label: str, change: Callable[[State], _Answer], *, half: Callable[[State], None] | None = None
    ) -> _Answer:
        """Have the server make `change`, in full or not at all.

        half    what it leaves where the process dies in the middle of it
        raises  RefusedError as `change` does; ConnectError; Killed
        """
        return self.server.answer(self, label, change, half)

    def read(self, look: Callable[[State], _Answer]) -> _Answer:
        """An answer that changes nothing; no crash happens here."""
        with self.server.mutex:
            self.check()
            return look(deepcopy(self.server.state))

    def check(self) -> None:
        if self.killed:
            raise Killed
        if self.lost:
            raise ConnectError("the connection was lost", now="the ledger knows", do="look again", kind="lost")


class Server:
    """One database in memory. `requests` lists what was asked of it, in order."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.state = State()
        self.mutex = threading.RLock()
        self.lock_changed = threading.Condition(self.mutex)
        self.lock_owner: Session | None = None
        self.sessions: list[Session] = []
        self.requests: list[str] = []
        self.read_only = ""
        self.exposed = ""
        self.crash: Crash | None = None

    def connect(self, name: str) -> Session:
        session = Session(self, name)
        with self.mutex:
            self.sessions.append(session)
        return session

    def disconnect(self, session: Session) -> None:
        """The session ends, for whatever reason: its lock is free."""
        with self.mutex:
            session.lost = True
            if session in self.sessions:
                self.sessions.remove(session)
            if self.lock_owner is session:
                self.lock_owner = None
                self.lock_changed.notify_all()

    def disconnect_all(self) -> None:
        with self.mutex:
            for session in list(self.sessions):
                self.disconnect(session)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def answer(
        self, session: Session, label: str, change: Callable[[State], _Answer], half: Callable[[State], None] | None
    ) -> _Answer:
        with self.mutex:
            session.check()
            self.requests.append(label)
            crash = self._struck(label)
            if crash is not None and crash.point == "sent":
                if crash.half and half is not None:
                    half(self.state)
                raise self._kill(session)
            draft = deepcopy(self.state)
            answer = change(draft)
            self.state = draft
            if crash is not None:
                killed = self._kill(session)
                if crash.point == "executed":
                    raise killed
            return answer

    def _struck(self, label: str) -> Crash | None:
        crash = self.crash
        if crash is None or crash.match not in label:
            return None
        crash.nth -= 1
        if crash.nth:
            return None
        self.crash = None
        return crash

    def _kill(self, session: Session) -> Killed:
        session.killed = True
        self.disconnect(session)
        return Killed()
