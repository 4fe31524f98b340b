"""The first exchange of ClickHouse's native protocol: who is there, and does it let this user in. No driver.

Source: ClickHouse's dbms/src/Server/TCPHandler.cpp, receiveHello and sendHello.
"""

from __future__ import annotations

import socket
import ssl
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from schemactl.errors import ConnectError

_HELLO, _EXCEPTION = 0, 2
_REVISION = 54410


def version(url: str, *, timeout_s: float = 10.0) -> str:
    """`18.16`, of the server at a clickhouse:// or clickhouses:// URL that lets its user in.

    raises  ConnectError with the server's words where it does not answer, or refuses
    """
    parts = urlsplit(url)
    secure = parts.scheme == "clickhouses"
    host, port = parts.hostname or "127.0.0.1", parts.port or (9440 if secure else 9000)
    login = (parts.path.lstrip("/") or "default", unquote(parts.username or "default"), unquote(parts.password or ""))
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as plain:
            channel = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if secure else plain
            channel.sendall(_hello(*login))
            with channel.makefile("rb") as answer:
                return _read(answer)
    except (OSError, EOFError) as error:
        raise ConnectError(f"{host}:{port} does not answer: {error}", kind="unreachable") from error


def _hello(database: str, user: str, password: str) -> bytes:
    words = b"".join(_text(word) for word in (database, user, password))
    return _number(_HELLO) + _text("schemactl") + _number(1) + _number(1) + _number(_REVISION) + words


def _read(answer: BinaryIO) -> str:
    kind = _read_number(answer)
    if kind == _HELLO:
        _read_text(answer)
        return f"{_read_number(answer)}.{_read_number(answer)}"
    if kind == _EXCEPTION:
        answer.read(4)
        _read_text(answer)
        raise ConnectError(f"the server refused: {_read_text(answer)}", kind="authentication")
    raise ConnectError("something answers that is no ClickHouse server", kind="unreachable")


def _number(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _text(value: str) -> bytes:
    data = value.encode()
    return _number(len(data)) + data


def _read_number(answer: BinaryIO) -> int:
    value = shift = 0
    while True:
        byte = answer.read(1)
        if not byte:
            raise EOFError("the connection was closed")
        value |= (byte[0] & 0x7F) << shift
        shift += 7
        if not byte[0] & 0x80:
            return value


def _read_text(answer: BinaryIO) -> str:
    return answer.read(_read_number(answer)).decode("utf-8", "replace")
