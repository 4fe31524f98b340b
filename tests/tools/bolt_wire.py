"""Bolt as far as tests must read it: where a request ends and an answer does, and which statement is meant.

Source: Neo4j's Bolt protocol documentation: handshake and its manifest, chunking, messages, PackStream.
"""

from __future__ import annotations

_MAGIC = b"\x60\x60\xb0\x17"
_MANIFEST = b"\x00\x00\x01\xff"
_GOODBYE, _RUN, _BEGIN, _COMMIT, _ROLLBACK, _PULL, _DISCARD = 0x02, 0x10, 0x11, 0x12, 0x13, 0x3F, 0x2F
_SUMMARIES = frozenset({0x70, 0x7E, 0x7F})  # SUCCESS, IGNORED, FAILURE: one for each request


class BoltWire:
    """One connection, both directions.

    A request's text is `RUN statement` where one is sent, and `END statement` where its effects are to last: COMMIT
    of the transaction that it is the last one of, or the reading of its answer where it commits by itself.
    """

    def __init__(self) -> None:
        self._client, self._server = _Chunks(), _Chunks()
        self._offered = self._chosen = b""
        self._manifest = False
        self._greeted = [False, False]
        self._last = ""
        self._within = False

    def requests(self, data: bytes) -> list[str]:
        if not self._greeted[0]:
            data = self._client_greets(data)
        return [text for message in self._client.feed(data) if (text := self._text(message)) is not None]

    def answers(self, data: bytes) -> int:
        if not self._greeted[1]:
            data = self._server_greets(data)
        return sum(message[1] in _SUMMARIES for message in self._server.feed(data))

    def _client_greets(self, data: bytes) -> bytes:
        """Magic and four versions; behind a manifest also the version that was chosen and a number of flags."""
        self._offered += data
        size = 20 + (5 if self._manifest else 0)
        if len(self._offered) < size or (_MANIFEST in self._offered[:20] and not self._manifest and not self._chosen):
            return b""
        assert self._offered.startswith(_MAGIC)
        self._greeted[0] = True
        return self._offered[size:]

    def _server_greets(self, data: bytes) -> bytes:
        """The chosen version, or a manifest: how many versions, four bytes each, and a number of flags."""
        self._chosen += data
        if not self._chosen.startswith(_MANIFEST):
            self._greeted[1] = True
            rest, self._chosen = self._chosen[4:], self._chosen[:4]
            return rest
        self._manifest = True
        if len(self._chosen) > 4 and len(self._chosen) > 5 + 4 * self._chosen[4]:
            size = 6 + 4 * self._chosen[4]
            self._greeted[1] = True
            return self._chosen[size:]
        return b""

    def _text(self, message: bytes) -> str | None:
        """What the request is called; "" for one nobody asks for, None for the one that has no answer."""
        sort = message[1]
        if sort == _GOODBYE:
            return None
        if sort == _RUN:
            self._last = _string(message[2:])
            return f"RUN {self._last}"
        if sort in (_PULL, _DISCARD):
            return "" if self._within else f"END {self._last}"
        if sort in (_BEGIN, _COMMIT, _ROLLBACK):
            self._within = sort == _BEGIN
            return f"END {self._last}" if sort == _COMMIT else ""
        return ""


class _Chunks:
    """Messages out of chunks: each has its size before it, and an empty one ends a message."""

    def __init__(self) -> None:
        self._data = b""
        self._message = b""

    def feed(self, data: bytes) -> list[bytes]:
        self._data += data
        whole = []
        while len(self._data) >= 2:
            size = int.from_bytes(self._data[:2], "big")
            if len(self._data) < 2 + size:
                break
            self._message += self._data[2 : 2 + size]
            self._data = self._data[2 + size :]
            if not size and self._message:
                whole.append(self._message)
                self._message = b""
        return whole


def _string(data: bytes) -> str:
    """A PackStream string: its size is in the marker, or in the one, two or four bytes behind it."""
    marker = data[0]
    if marker & 0xF0 == 0x80:
        at, size = 1, marker & 0x0F
    else:
        at = 1 + (1 << (marker - 0xD0))
        size = int.from_bytes(data[1:at], "big")
    return data[at : at + size].decode("utf-8", "replace")
