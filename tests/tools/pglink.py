"""One proxied connection: four threads, a client socket, a server socket, and the faults brought about between them.

Each direction has a reader, which stamps what arrives, and a pump, which sends it on when its delay is over. The reader
never waits for the pump, so delay does not slow down a client that pipelines.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.tools.pgfault import Cut, Fault
from tests.tools.pgwire import (
    CANCEL_REQUEST,
    FLUSH,
    GSS_REQUEST,
    SSL_REQUEST,
    Awaited,
    Conversation,
    Framer,
    Message,
    ProtocolError,
)

_CHUNK_BYTES = 65536
_QUEUED_CHUNKS = 4096
_Arrival = tuple[float, bytes]


class LinkClosedError(Exception):
    """The connection is gone, so what a pump waits for cannot come."""


@dataclass(slots=True, eq=False)
class _Watch:
    """A fault whose statement is on its way.

    alone        it runs inside a block, so nothing after it has to be sent for it to be over
    needs_ready  its answer ends with ReadyForQuery, not with its own CommandComplete
    sent         the server has all that the point wants it to have
    withheld     answers that the client must not see yet
    """

    fault: Fault
    awaited: Awaited
    alone: bool
    needs_ready: bool
    sent: bool = False
    answered: bool = False
    ready: bool = False
    reached: bool = False
    withheld: bytearray = field(default_factory=bytearray)

    def shows(self, message: Message) -> bool:
        # The client sends the data of a COPY only once it has seen CopyInResponse.
        return not self.reached and (self.fault.point == "acknowledged" or message.kind == "G")

    def note(self, message: Message, answered: Awaited | None) -> None:
        """Take in a backend message and what it answers in full."""
        if message.kind in "CIsE" and not self.reached:
            self.fault.answer = message.kind
        self.answered = self.answered or answered is self.awaited
        self.ready = self.ready or message.kind == "Z"

    @property
    def due(self) -> bool:
        """Whether the point is reached."""
        if self.fault.point == "sent":
            return self.sent
        return self.sent and (self.ready if self.needs_ready else self.answered)


class Link:
    """Carries one connection from its start to its end.

    number  from 1, in order of arrival
    pick    given the number and a statement that is about to be sent: the fault to bring about there, or None
    """

    def __init__(
        self,
        client: socket.socket,
        server: socket.socket,
        *,
        number: int,
        delay_s: float,
        pick: Callable[[int, Awaited], Fault | None],
    ) -> None:
        self.number = number
        self._client, self._server = client, server
        self._half_s = delay_s / 2
        self._pick = pick
        self._talk = Conversation()
        self._changed = threading.Condition()
        self._held = False
        self._closed = False
        self._open_directions = 2
        self._watch: _Watch | None = None
        self._from_client: queue.Queue[_Arrival] = queue.Queue(_QUEUED_CHUNKS)
        self._from_server: queue.Queue[_Arrival] = queue.Queue(_QUEUED_CHUNKS)
        self._untyped = Framer(untyped=True)

    def start(self) -> None:
        jobs = (
            lambda: self._read(self._client, self._from_client),
            lambda: self._read(self._server, self._from_server),
            lambda: self._pump(self._from_client, self._untyped, self._to_server, self._server),
            lambda: self._pump(self._from_server, Framer(untyped=False), self._to_client, self._client),
        )
        for job in jobs:
            threading.Thread(target=job, daemon=True, name=f"pgproxy-{self.number}").start()

    @property
    def held(self) -> bool:
        return self._held

    @property
    def closed(self) -> bool:
        return self._closed

    def hold(self) -> None:
        """Let nothing more pass in either direction."""
        with self._changed:
            self._held = True

    def resume(self) -> None:
        """Let everything held pass, in order."""
        with self._changed:
            watch, self._watch = self._watch, None
            if watch is not None:
                # The client may be gone.
                with contextlib.suppress(OSError):
                    _send(self._client, watch.withheld)
            self._held = False
            self._changed.notify_all()

    def cut(self, side: Cut = "both") -> None:
        """Close a side, or both. What is held is lost; the side left open stays silent."""
        with self._changed:
            self._held = side != "both"
            self._closed = side == "both"
            self._changed.notify_all()
        if side in ("client", "both"):
            _close(self._client)
        if side in ("server", "both"):
            _close(self._server)

    def _read(self, source: socket.socket, arrivals: queue.Queue[_Arrival]) -> None:
        data = b"-"
        while data:
            try:
                data = source.recv(_CHUNK_BYTES)
            except OSError:
                data = b""
            arrival = (time.monotonic(), data)
            while not self._closed:
                with contextlib.suppress(queue.Full):
                    arrivals.put(arrival, timeout=1)
                    break

    def _pump(
        self,
        arrivals: queue.Queue[_Arrival],
        framer: Framer,
        forward: Callable[[Iterator[Message]], None],
        onward: socket.socket,
    ) -> None:
        try:
            while True:
                arrived, data = self._arrival(arrivals)
                time.sleep(max(0.0, arrived + self._half_s - time.monotonic()))
                self._wait_until(lambda: not self._held)
                if not data:
                    break
                forward(framer.feed(data))
            with contextlib.suppress(OSError):
                onward.shutdown(socket.SHUT_WR)
            self._end_direction()
        except (LinkClosedError, ProtocolError, OSError):
            self.cut()

    def _arrival(self, arrivals: queue.Queue[_Arrival]) -> _Arrival:
        while not self._closed:
            with contextlib.suppress(queue.Empty):
                return arrivals.get(timeout=1)
        raise LinkClosedError

    def _end_direction(self) -> None:
        with self._changed:
            self._open_directions -= 1
            over = self._open_directions == 0
        if over:
            self.cut()

    def _wait_until(self, holds: Callable[[], bool]) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or holds())
            if self._closed:
                raise LinkClosedError

    def _to_server(self, messages: Iterator[Message]) -> None:
        """Send on what the client sent: all that came together goes together, up to a message that a fault is for."""
        out = bytearray()
        for message in messages:
            if message.kind == "start":
                self._begin(message, out)
                continue
            if self._watch is not None and not self._pass_watched(message):
                continue
            fault = self._fault_for(message)
            if fault is None:
                with self._changed:
                    self._talk.asked(message)
                out += message.raw
            else:
                _send(self._server, out)
                self._bring_about(fault, message)
        _send(self._server, out)

    def _begin(self, message: Message, out: bytearray) -> None:
        if message.code in (SSL_REQUEST, GSS_REQUEST):
            # Encrypted bytes could not be read, so the proxy declines in the server's place.
            time.sleep(self._half_s)
            _send(self._client, bytearray(b"N"))
            return
        out += message.raw
        if message.code != CANCEL_REQUEST:
            with self._changed:
                self._talk.asked(message)
            self._untyped.untyped = False

    def _fault_for(self, message: Message) -> Fault | None:
        sql = self._talk.sql_of(message)
        return None if sql is None else self._pick(self.number, Awaited(message.kind, sql))

    def _bring_about(self, fault: Fault, message: Message) -> None:
        """Let the server answer all that came before, so that the block is known and no earlier answer is withheld."""
        with self._changed:
            unanswered = bool(self._talk.awaited)
        if unanswered:
            _send(self._server, bytearray(FLUSH))
            self._wait_until(lambda: self._talk.skipping or not self._talk.awaited)
        with self._changed:
            awaited = self._talk.asked(message)
            if awaited is not None and not self._talk.skipping:
                self._watch = _Watch(fault, awaited, alone=self._talk.runs_in_block(awaited), needs_ready=False)
            watch = self._watch
        _send(self._server, bytearray(message.raw))
        if watch is not None and message.kind == "Q":
            self._now_sent(watch, needs_ready=True)

    def _now_sent(self, watch: _Watch, *, needs_ready: bool) -> None:
        with self._changed:
            watch.sent, watch.needs_ready = True, needs_ready
        self._check(watch)

    def _pass_watched(self, message: Message) -> bool:
        """Send what belongs to the watched statement and hold the rest; True when nothing is watched any more."""
        watch = self._watch
        if watch is None:
            return True
        if not watch.sent and watch.alone and message.kind not in "SH":
            # The answer of an Execute waits in the server for a Sync or Flush, and what follows is held back.
            _send(self._server, bytearray(FLUSH))
            self._now_sent(watch, needs_ready=False)
        if watch.sent:
            self._wait_until(lambda: self._watch is None or (watch.awaited.copying_in and message.kind in "dcf"))
            if self._watch is None:
                return True
        # Recorded only: no point is reached between here and the Sync for a fault that is for this message.
        self._fault_for(message)
        with self._changed:
            self._talk.asked(message)
        _send(self._server, bytearray(message.raw))
        if not watch.sent and message.kind in "SH":
            self._now_sent(watch, needs_ready=message.kind == "S")
        return False

    def _to_client(self, messages: Iterator[Message]) -> None:
        """Send on what the server sent, or keep it back where a fault says so."""
        batch = list(messages)
        if self._watch is None:
            # Noted only when it is sent: a fault waits for that, and then withholds no answer of an earlier statement.
            _send(self._client, bytearray(b"".join(message.raw for message in batch)))
            with self._changed:
                for message in batch:
                    self._talk.answered(message)
                self._changed.notify_all()
            return
        for message in batch:
            self._answer_watched(message)

    def _answer_watched(self, message: Message) -> None:
        with self._changed:
            watch = self._watch
            shown = watch is None or watch.shows(message)
            if shown:
                _send(self._client, bytearray(message.raw))
            elif watch is not None:
                watch.withheld += message.raw
            answered = self._talk.answered(message)
            if watch is not None:
                watch.note(message, answered)
            self._changed.notify_all()
        if watch is not None:
            self._check(watch)

    def _check(self, watch: _Watch) -> None:
        """Bring the fault about once its point is reached."""
        fault = watch.fault
        with self._changed:
            if watch.reached or not watch.due:
                return
            watch.reached = True
            self._held = fault.action == "freeze"
        if fault.action == "drop":
            self.cut()
        fault.reached.set()
        if fault.then is not None:
            fault.then(fault)


def _send(onward: socket.socket, out: bytearray) -> None:
    """Send and empty `out`."""
    if out:
        onward.sendall(out)
        out.clear()


def _close(side: socket.socket) -> None:
    # shutdown wakes a thread that waits in recv; close alone does not.
    with contextlib.suppress(OSError):
        side.shutdown(socket.SHUT_RDWR)
    side.close()
