"""The first exchange of ClickHouse's native protocol: who is there, and does it let this user in. No driver.

Source: ClickHouse's dbms/src/Server/TCPHandler.cpp, receiveHello and sendHello.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from schemactl.errors import ConnectError

_HELLO, _EXCEPTION = 0, 2
REVISION = 54410


def version(url: str, *, timeout_s: float = 10.0) -> str:
    """`18.16`, of the server at a clickhouse:// or clickhouses:// URL that lets its user in.

    raises  ConnectError with the server's words where it does not answer, or refuses
    """
    with greeted(url, timeout_s=timeout_s) as (_, _, version):
        return version


@contextmanager
def greeted(url: str, *, timeout_s: float = 10.0) -> Iterator[tuple[socket.socket, BinaryIO, str]]:
    """A connection that is past the hello: to write to, to read from, and the server's version.

    raises  ConnectError, for what goes wrong in the body too
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
                yield channel, answer, _read(answer)
    except (OSError, EOFError) as error:
        raise ConnectError(f"{host}:{port} does not answer: {error}", kind="unreachable") from error


def _hello(database: str, user: str, password: str) -> bytes:
    words = b"".join(text(word) for word in (database, user, password))
    return number(_HELLO) + text("schemactl") + number(1) + number(1) + number(REVISION) + words


def _read(answer: BinaryIO) -> str:
    kind = read_number(answer)
    if kind == _HELLO:
        read_text(answer)
        version = f"{read_number(answer)}.{read_number(answer)}"
        # What the protocol of our number has besides: time zone, name, patch level.
        revision = read_number(answer)
        for least, read in ((54058, read_text), (54372, read_text), (54401, read_number)):
            if revision >= least:
                read(answer)
        return version
    if kind == _EXCEPTION:
        answer.read(4)
        read_text(answer)
        raise ConnectError(f"the server refused: {read_text(answer)}", kind="authentication")
    raise ConnectError("something answers that is no ClickHouse server", kind="unreachable")


def number(value: int) -> bytes:
    """A whole number as the protocol writes it: seven bits a byte, the lowest first."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def text(value: str) -> bytes:
    """A text as the protocol writes it: its length, then itself."""
    data = value.encode()
    return number(len(data)) + data


def read_number(answer: BinaryIO) -> int:
    """raises  EOFError where the server ended the connection"""
    value = shift = 0
    while True:
        byte = answer.read(1)
        if not byte:
            raise EOFError("the connection was closed")
        value |= (byte[0] & 0x7F) << shift
        shift += 7
        if not byte[0] & 0x80:
            return value


def read_text(answer: BinaryIO) -> str:
    """raises  EOFError where the server ended the connection"""
    return answer.read(read_number(answer)).decode("utf-8", "replace")
