"""One login to a Neo4j server over Bolt, without a driver: whether it answers, and which version it is. Asks no query.

source   Neo4j, Bolt protocol documentation: handshake, HELLO of version 5.0, PackStream
"""

from __future__ import annotations

import socket
import ssl
import struct
from typing import Any
from urllib.parse import unquote, urlsplit

from schemactl.errors import ConnectError

PORT = 7687

_MAGIC = b"\x60\x60\xb0\x17"
# 5.0 and 4.4: the last ones in which HELLO carries the password, so that one message is a whole login.
_VERSIONS = b"\x00\x00\x00\x05\x00\x00\x04\x04" + bytes(8)
_HELLO, _SUCCESS = 0x01, 0x70


def version(url: str, *, timeout_s: float = 10.0) -> str:
    """Log in and return the server's version, `5.26.0`.

    url      `bolt://user:password@host:port`, `neo4j://…`, `+s` with TLS, `+ssc` with TLS and any certificate
    raises   ConnectError with the server's words where it does not answer or refuses
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or PORT
    try:
        with socket.create_connection((host, port), timeout_s) as plain:
            stream = _encrypted(plain, parts.scheme, host) if "+" in parts.scheme else plain
            answer = _hello(stream, unquote(parts.username or ""), unquote(parts.password or ""))
    except (OSError, EOFError) as error:
        raise ConnectError(f"no answer from {host}:{port}: {error}", kind="unreachable") from error
    signature, told = answer
    if signature != _SUCCESS:
        raise ConnectError(f"{host}:{port} refused the login: {told.get('message', told)}", kind="authentication")
    return str(told.get("server", "")).partition("/")[2]


def _encrypted(plain: socket.socket, scheme: str, host: str) -> socket.socket:
    context = ssl.create_default_context()
    if scheme.endswith("+ssc"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=host)


def _hello(stream: socket.socket, user: str, password: str) -> tuple[int, dict[str, Any]]:
    stream.sendall(_MAGIC + _VERSIONS)
    if _exactly(stream, 4) == bytes(4):
        raise EOFError("it speaks none of the protocol's versions 5.0 and 4.4")
    told = {"user_agent": "schemactl-sandbox", "scheme": "basic", "principal": user, "credentials": password}
    body = bytes([0xB1, _HELLO, 0xA0 + len(told)]) + b"".join(_text(part) for pair in told.items() for part in pair)
    stream.sendall(struct.pack(">H", len(body)) + body + bytes(2))
    message = b""
    while size := struct.unpack(">H", _exactly(stream, 2))[0]:
        message += _exactly(stream, size)
    return message[1], _Reader(message[2:]).value()


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack(">BH", 0xD1, len(data)) + data


def _exactly(stream: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = stream.recv(size - len(data))
        if not more:
            raise EOFError("the connection was closed")
        data += more
    return data


_FIXED = {0xC0: None, 0xC2: False, 0xC3: True}
_NUMBERS = {0xC1: ">d", 0xC8: ">b", 0xC9: ">h", 0xCA: ">i", 0xCB: ">q"}
# Marker of the tiny form, markers of the forms with a size, in order of its length.
_SIZED = {"text": (0x80, 0xD0), "list": (0x90, 0xD4), "map": (0xA0, 0xD8)}


class _Reader:
    """PackStream's values, as far as an answer to HELLO holds them: no structures."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def value(self) -> Any:
        marker = self._take(1)[0]
        if marker in _FIXED:
            return _FIXED[marker]
        if marker in _NUMBERS:
            return struct.unpack(_NUMBERS[marker], self._take(struct.calcsize(_NUMBERS[marker])))[0]
        for kind, (tiny, first) in _SIZED.items():
            if marker & 0xF0 == tiny:
                return self._sized(kind, marker & 0x0F)
            if first <= marker <= first + 2:
                width = 1 << (marker - first)
                return self._sized(kind, int.from_bytes(self._take(width), "big"))
        return marker - 256 if marker >= 0xF0 else marker

    def _sized(self, kind: str, size: int) -> Any:
        if kind == "text":
            return self._take(size).decode("utf-8", "replace")
        if kind == "list":
            return [self.value() for _ in range(size)]
        return {self.value(): self.value() for _ in range(size)}

    def _take(self, size: int) -> bytes:
        taken, self._data = self._data[:size], self._data[size:]
        if len(taken) < size:
            raise EOFError("an answer that ends in its middle")
        return taken
