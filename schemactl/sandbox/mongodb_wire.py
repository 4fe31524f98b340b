"""One command to a MongoDB server without a driver: enough of BSON and OP_MSG to greet it and to make a user.

Source: the BSON specification (version 1.1) and MongoDB's manual, "MongoDB Wire Protocol", OP_MSG.
"""

from __future__ import annotations

import itertools
import socket
import ssl
import struct
from collections.abc import Mapping
from typing import Any

from schemactl.errors import ConnectError

_OP_MSG = 2013
_HEADER = struct.Struct("<iiii")
_ANSWER_WAIT_S = 30.0
_requests = itertools.count(1)
# Types whose value is of one size and says nothing that is asked for here: ObjectId, date, timestamp, decimal.
_SKIPPED = {0x07: 12, 0x09: 8, 0x11: 8, 0x13: 16, 0x0A: 0, 0xFF: 0, 0x7F: 0}


def command(port: int, document: Mapping[str, Any], *, host: str = "127.0.0.1", tls: bool = False) -> dict[str, Any]:
    """Send `document`, its command's name first and `$db` in it, and return the answer.

    tls      encrypted, the certificate not looked at: this greets a server, it trusts none
    raises   OSError where the server does not answer; ConnectError where it refuses
    """
    with socket.create_connection((host, port), timeout=_ANSWER_WAIT_S) as plain:
        if not tls:
            answer = _exchange(plain, document)
        else:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with context.wrap_socket(plain) as wrapped:
                answer = _exchange(wrapped, document)
    if answer.get("ok") != 1.0:
        raise ConnectError(f"the server refused {next(iter(document))}: {answer.get('errmsg')}", kind="start")
    return answer


def _exchange(link: socket.socket, document: Mapping[str, Any]) -> dict[str, Any]:
    body = struct.pack("<iB", 0, 0) + encoded(document)
    link.sendall(_HEADER.pack(_HEADER.size + len(body), next(_requests), 0, _OP_MSG) + body)
    length, *_ = _HEADER.unpack(_received(link, _HEADER.size))
    # Flags and the kind of the section stand in front of the document.
    return decoded(_received(link, length - _HEADER.size)[5:])


def _received(link: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = link.recv(size - len(parts))
        if not part:
            raise ConnectionResetError("the server ended the connection")
        parts += part
    return bytes(parts)


def encoded(document: Mapping[str, Any]) -> bytes:
    """A document of texts, whole numbers, booleans, lists and documents as BSON."""
    body = b"".join(_element(name, value) for name, value in document.items())
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def _element(name: str, value: Any) -> bytes:
    key = name.encode() + b"\0"
    if isinstance(value, bool):
        return b"\x08" + key + bytes([value])
    if isinstance(value, int):
        return b"\x10" + key + struct.pack("<i", value)
    if isinstance(value, str):
        text = value.encode() + b"\0"
        return b"\x02" + key + struct.pack("<i", len(text)) + text
    if isinstance(value, list):
        return b"\x04" + key + encoded({str(at): one for at, one in enumerate(value)})
    return b"\x03" + key + encoded(value)


def decoded(raw: bytes) -> dict[str, Any]:
    """What a document holds of texts, numbers, booleans, lists and documents; the rest is passed over as None."""
    found: dict[str, Any] = {}
    at = 4
    while raw[at]:
        kind, end = raw[at], raw.index(0, at + 1)
        found[raw[at + 1 : end].decode()], at = _value(raw, kind, end + 1)
    return found


def _value(raw: bytes, kind: int, at: int) -> tuple[Any, int]:
    if kind == 0x01:
        return struct.unpack_from("<d", raw, at)[0], at + 8
    if kind == 0x08:
        return bool(raw[at]), at + 1
    if kind == 0x10:
        return struct.unpack_from("<i", raw, at)[0], at + 4
    if kind == 0x12:
        return struct.unpack_from("<q", raw, at)[0], at + 8
    if kind in _SKIPPED:
        return None, at + _SKIPPED[kind]
    (size,) = struct.unpack_from("<i", raw, at)
    if kind == 0x02:
        return raw[at + 4 : at + 3 + size].decode(), at + 4 + size
    if kind == 0x05:
        return None, at + 5 + size
    if kind in (0x03, 0x04):
        inner = decoded(raw[at : at + size])
        return (list(inner.values()) if kind == 0x04 else inner), at + size
    raise ConnectError(f"the server's answer has a value of type {kind:#x}, which a greeting has not", kind="start")
