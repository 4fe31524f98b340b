"""PostgreSQL's v3 messages: cuts byte streams into them and pairs every answer with the message it answers.

Owns no socket and changes no byte. Source: PostgreSQL manual, Frontend/Backend Protocol: Message Flow, Message Formats.
"""

from __future__ import annotations

import re
import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

SSL_REQUEST = 80877103
GSS_REQUEST = 80877104
CANCEL_REQUEST = 80877102
# The server refuses longer ones too; what a TLS handshake begins with would read as one.
_MAX_STARTUP_BYTES = 10000
FLUSH = b"H\x00\x00\x00\x04"

Mode = Literal["simple", "extended"]

# Each of these backend messages ends the answer to the frontend message named beside it.
_ENDS = {
    "P": frozenset("1"),
    "B": frozenset("2"),
    "D": frozenset("Tn"),
    "E": frozenset("CIs"),
    "C": frozenset("3"),
    "S": frozenset("Z"),
    "Q": frozenset("Z"),
    "F": frozenset("Z"),
    "start": frozenset("Z"),
}
_ROLLBACK_TO = re.compile(r"\s*ROLLBACK\s+(WORK\s+|TRANSACTION\s+)?TO\b", re.IGNORECASE)
_BEGINS = re.compile(r"(\s|--[^\n]*\n|/\*.*?\*/)*(BEGIN|START\s+TRANSACTION)\b", re.IGNORECASE | re.DOTALL)
_AND_CHAIN = re.compile(r"\bAND\s+CHAIN\b", re.IGNORECASE)


class ProtocolError(Exception):
    """The bytes are no v3 message."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `kind`: its type byte as text, `start` for the untyped first ones; `raw`: all its bytes."""

    kind: str
    raw: bytes

    @property
    def body(self) -> bytes:
        return self.raw[4:] if self.kind == "start" else self.raw[5:]

    @property
    def code(self) -> int:
        """The protocol version or request code of a `start` message."""
        return int(struct.unpack_from("!I", self.raw, 4)[0])


class Framer:
    """Bytes in, whole messages out. `untyped` is True while the next message is a client's first."""

    def __init__(self, *, untyped: bool) -> None:
        self.untyped = untyped
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield the messages that `data` completes. The caller may set `untyped` between two of them."""
        self._buffer += data
        while (message := self._next()) is not None:
            yield message

    def _next(self) -> Message | None:
        head = 0 if self.untyped else 1
        if len(self._buffer) < head + 4:
            return None
        length = int(struct.unpack_from("!I", self._buffer, head)[0])
        if length < 4 or (self.untyped and length > _MAX_STARTUP_BYTES):
            raise ProtocolError(f"a message of {length} bytes cannot be")
        if len(self._buffer) < head + length:
            return None
        raw = bytes(self._buffer[: head + length])
        del self._buffer[: head + length]
        return Message("start" if self.untyped else chr(raw[0]), raw)


@dataclass(slots=True, eq=False)
class Awaited:
    """A frontend message whose answer has not ended. `sql` where it runs a statement."""

    kind: str
    sql: str | None = None
    copying_in: bool = False

    @property
    def mode(self) -> Mode:
        return "simple" if self.kind == "Q" else "extended"


@dataclass(slots=True)
class Conversation:
    """What one client has asked and the server not yet answered.

    in_block   the server is inside BEGIN … COMMIT, as far as the answers seen say
    skipping   an error was answered and the server passes over everything up to the next Sync
    """

    in_block: bool = False
    skipping: bool = False
    awaited: deque[Awaited] = field(default_factory=deque)
    _statements: dict[str, str] = field(default_factory=dict)
    _portals: dict[str, str] = field(default_factory=dict)

    def asked(self, message: Message) -> Awaited | None:
        """Note a frontend message; returns what is now awaited for it, None where it has no answer of its own."""
        kind = message.kind
        if kind in "cf":
            self._end_copy()
            return None
        if kind not in _ENDS:
            return None
        awaited = Awaited(kind, self.sql_of(message))
        self._remember(message)
        self.awaited.append(awaited)
        return awaited

    def sql_of(self, message: Message) -> str | None:
        """The SQL text that this message runs: of a Query, or of the Parse behind an Execute; None for any other."""
        if message.kind == "Q":
            return _texts(message.body, 1)[0]
        if message.kind == "E":
            return self._portals.get(_texts(message.body, 1)[0], "")
        return None

    def answered(self, message: Message) -> Awaited | None:
        """Note a backend message; returns what it answers in full, None where more is to come.

        An error answers the message it stopped, or for a Query nothing yet, since ReadyForQuery follows.
        """
        kind = message.kind
        if kind == "Z":
            return self._ready(message)
        if not self.awaited or kind in "NAS":
            return None
        head = self.awaited[0]
        if kind == "E":
            return self._failed(head)
        if kind == "G":
            head.copying_in = True
            return None
        if kind == "C":
            self._follow_block(head, message)
        return self.awaited.popleft() if kind in _ENDS[head.kind] else None

    def runs_in_block(self, awaited: Awaited) -> bool:
        """Whether what an Execute runs, once all before it is answered, leaves its fate to a later COMMIT."""
        return awaited.kind == "E" and (self.in_block or _BEGINS.match(awaited.sql or "") is not None)

    def _ready(self, message: Message) -> Awaited | None:
        ends = "S" if self.skipping else "SQF start"
        self.in_block = message.body[:1] != b"I"
        self.skipping = False
        while self.awaited:
            head = self.awaited.popleft()
            if head.kind in ends:
                return head
        return None

    def _failed(self, head: Awaited) -> Awaited | None:
        if "Z" in _ENDS[head.kind]:
            return None
        self.skipping = True
        return self.awaited.popleft()

    def _follow_block(self, head: Awaited, message: Message) -> None:
        tag = _texts(message.body, 1)[0]
        sql = head.sql or ""
        if tag in ("BEGIN", "START TRANSACTION"):
            self.in_block = True
        elif tag in ("COMMIT", "ROLLBACK", "PREPARE TRANSACTION"):
            self.in_block = bool(_ROLLBACK_TO.match(sql) or _AND_CHAIN.search(sql))

    def _remember(self, message: Message) -> None:
        if message.kind == "P":
            name, sql = _texts(message.body, 2)
            self._statements[name] = sql
        elif message.kind == "B":
            portal, name = _texts(message.body, 2)
            self._portals[portal] = self._statements.get(name, "")

    def _end_copy(self) -> None:
        # A Sync that arrives while the server takes COPY data is passed over by it, so no ReadyForQuery answers it.
        if self.awaited and self.awaited[0].kind == "E" and self.awaited[0].copying_in:
            self.awaited[0].copying_in = False
            self.awaited = deque(waiting for waiting in self.awaited if waiting.kind != "S")


def _texts(body: bytes, count: int) -> list[str]:
    """The first `count` zero-terminated strings of a body; bytes that are no UTF-8 stay visible as escapes."""
    parts = body.split(b"\x00", count)[:count]
    return [part.decode("utf-8", "backslashreplace") for part in parts]
