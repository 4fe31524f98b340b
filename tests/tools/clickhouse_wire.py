"""ClickHouse's native protocol as far as tests must read it: where a request ends, and where an answer does.

Both sides send whole packets at a time, uncompressed, over loopback: so what arrives at once begins with the number of
a packet. Source: ClickHouse's dbms/src/Core/Protocol.h.
"""

from __future__ import annotations

_QUERY, _PING = 1, 4
_EMPTY = b"\x02\x00\x01\x00\x02\xff\xff\xff\xff\x00\x00\x00"
_EXCEPTION, _PONG, _END = 2, 4, 5
_INSERTS = b"INSERT INTO "
_VALUES = b") VALUES"


class ClickHouseWire:
    """One connection, both directions. A request's text is its bytes; of an INSERT with rows, these as well."""

    def __init__(self) -> None:
        self._pending = b""
        self._hello = True

    def requests(self, data: bytes) -> list[str]:
        if self._hello or data == bytes([_PING]):
            first, self._hello = self._hello, False
            return [""] if first or data == bytes([_PING]) else []
        if data[0] == _QUERY:
            if _INSERTS in data and _VALUES in data:
                self._pending = data  # its rows come after the server's answer, which is none yet
                return []
            return [_text(data)]
        if not self._pending:
            return []
        self._pending += data
        # An empty block ends the external tables, of which there are none, and another the rows.
        if self._pending.count(_EMPTY) < 2:
            return []
        whole, self._pending = self._pending, b""
        return [_text(whole)]

    def answers(self, data: bytes) -> int:
        if data[0] == 0:
            return 1  # the server's hello
        if data == bytes([_PONG]):
            return 1
        if data[-1] == _END:
            return 1
        return int(data[0] == _EXCEPTION or b"DB::Exception" in data)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "ignore")
