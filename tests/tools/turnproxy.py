"""A TCP proxy in front of any server that takes a request and answers it: records requests, breaks at named points.

    with TurnProxy(("127.0.0.1", 27017), MongoWire) as proxy:
        halt = proxy.arm(Halt(match=r"create.*city", point="executed"))
        client = start_client(port=proxy.port)
        halt.wait()
        client.kill()
        proxy.release()

What a request and an answer are, a Wire tells that reads both directions of one connection.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Protocol, Self

Point = Literal["sent", "executed", "acknowledged"]
Action = Literal["freeze", "drop"]
POINTS: tuple[Point, ...] = ("sent", "executed", "acknowledged")
_CHUNK = 1 << 16


class Wire(Protocol):
    """Reads one connection's bytes as they pass, in both directions."""

    def requests(self, data: bytes) -> list[str]:
        """The requests that are whole with these bytes of the client, as text to match; "" for one nobody asks for."""

    def answers(self, data: bytes) -> int:
        """How many answers are whole with these bytes of the server."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A request that passed. `nth`: from 1, which of those with the same text."""

    text: str
    nth: int
    link: int


@dataclass(slots=True, kw_only=True, eq=False)
class Halt:
    """One interruption, at one request; it happens once.

    match   searched for in the request's text; nth: which of the matching ones, from 1, over all connections
    point   sent          the server has the request, the client has nothing of its answer
            executed      the server has answered in full, the client has nothing of it
            acknowledged  the client has that answer, and nothing that it sends afterwards reaches the server
    action  freeze        hold both directions until `release`
            drop          close both sides at once, as a lost network does
    answer  what the client gets instead, before all goes on, or with `drop` is lost. At `sent` it is made of the
            request, which the server never sees; at `executed` of the server's own answer
    """

    match: str | re.Pattern[str]
    nth: int = 1
    point: Point
    action: Action = "freeze"
    answer: Callable[[bytes], bytes] | None = None
    reached: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def at(cls, turn: Turn, *, point: Point, action: Action = "freeze") -> Self:
        """The halt at that very request of a run that repeats the recorded one."""
        return cls(
            match=re.compile(rf"\A{re.escape(turn.text)}\Z", re.DOTALL), nth=turn.nth, point=point, action=action
        )

    def takes(self, text: str) -> bool:
        """Count a request; True where it is the one."""
        if self.nth <= 0 or not text or re.search(self.match, text) is None:
            return False
        self.nth -= 1
        return self.nth == 0

    def wait(self, timeout_s: float = 30.0) -> None:
        assert self.reached.wait(timeout_s), f"no request reached {self.point} of {self.match!r}"


class TurnProxy:
    """Listens on 127.0.0.1 from construction until `close`."""

    def __init__(self, to: tuple[str, int], wire: Callable[[], Wire]) -> None:
        self.to = to
        self.host = "127.0.0.1"
        self._wire = wire
        self._lock = threading.Lock()
        self._links: list[_Link] = []
        self._halts: list[Halt] = []
        self._seen: list[Turn] = []
        self._counts: Counter[str] = Counter()
        self._listener = socket.create_server((self.host, 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True, name="turnproxy-accept").start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def seen(self) -> list[Turn]:
        """The requests that passed, in order."""
        with self._lock:
            return list(self._seen)

    def arm(self, halt: Halt) -> Halt:
        """Bring `halt` about once, at its request; several may be armed. Returns it."""
        with self._lock:
            self._halts.append(halt)
        return halt

    def release(self) -> None:
        """Let go of what is frozen: what was held goes on to whoever is still there."""
        for link in self._links:
            link.go.set()

    def cut(self) -> None:
        """Close every connection, as a lost network does; new ones are taken."""
        with self._lock:
            links, self._links = self._links, []
        for link in links:
            link.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept; close alone does not
        self._listener.close()
        self.cut()

    def passing(self, text: str, link: int) -> Halt | None:
        """Note a request of connection `link`; the halt that it is to bring about, or None."""
        with self._lock:
            if text:
                self._counts[text] += 1
                self._seen.append(Turn(text, self._counts[text], link))
            return next((halt for halt in self._halts if halt.takes(text)), None)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(self.to, timeout=10)
                except OSError:
                    client.close()
                    continue
                server.settimeout(None)
                # A request in two writes would wait for the first one's acknowledgement: 40 ms each.
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._links.append(_Link(self, len(self._links) + 1, client, server, self._wire()))


class _Link:
    """One connection and its two directions; `go` is cleared while it is frozen."""

    def __init__(self, proxy: TurnProxy, number: int, client: socket.socket, server: socket.socket, wire: Wire) -> None:
        self._proxy = proxy
        self._number = number
        self._client = client
        self._server = server
        self._wire = wire
        self._awaited: deque[Halt | None] = deque()
        self.go = threading.Event()
        self.go.set()
        for pump in (self._requests, self._answers):
            threading.Thread(target=self._run, args=(pump,), daemon=True, name=f"turnproxy-{number}").start()

    def close(self) -> None:
        for end in (self._client, self._server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.go.set()

    def _run(self, pump: Callable[[], None]) -> None:
        with contextlib.suppress(OSError):
            pump()
        self.close()

    def _requests(self) -> None:
        while data := self._client.recv(_CHUNK):
            self.go.wait()
            halts = [self._proxy.passing(text, self._number) for text in self._wire.requests(data)]
            self._awaited.extend(halts)
            sent = next((halt for halt in halts if halt is not None and halt.point == "sent"), None)
            if sent is not None and sent.answer is not None:
                self._awaited.pop()
                self._client.sendall(sent.answer(data))
                self._reach(sent)
                continue
            if sent is not None:
                self.go.clear()  # before the server can have answered
            self._server.sendall(data)
            if sent is not None:
                self._reach(sent)

    def _answers(self) -> None:
        while data := self._server.recv(_CHUNK):
            done = [self._awaited.popleft() for _ in range(self._wire.answers(data)) if self._awaited]
            halt = next((one for one in done if one is not None), None)
            if halt is not None and halt.answer is not None:
                self._client.sendall(halt.answer(data))
                self._reach(halt)
                continue
            if halt is not None and halt.point == "executed":
                self.go.clear()
                self._reach(halt)
            if halt is not None and halt.point == "acknowledged":
                self.go.clear()
                self._client.sendall(data)
                self._reach(halt)
                continue
            self.go.wait()
            self._client.sendall(data)

    def _reach(self, halt: Halt) -> None:
        if halt.action == "drop":
            self.close()
        halt.reached.set()
