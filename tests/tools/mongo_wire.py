"""MongoDB's wire protocol as a TurnProxy reads it: OP_MSG requests as text that is the same in every run."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Any

import bson
from bson import json_util

_HEADER = struct.Struct("<iiii")
_OP_MSG = 2013
_DATABASE = re.compile(r"schemactl_test_[0-9a-f]+\.")
_CHECKSUM, _MORE_TO_COME = 1, 2
# The driver's own, and what differs from run to run.
_VOLATILE = frozenset({"lsid", "$clusterTime", "txnNumber", "$db", "writeConcern", "autocommit", "startTransaction"})
_VOLATILE |= {"readConcern", "$readPreference", "maxTimeMS", "recoveryToken"}
_IDLE = frozenset({"hello", "ismaster", "isMaster", "ping", "endSessions", "buildInfo", "saslStart", "saslContinue"})


class MongoWire:
    """One connection, read in both directions."""

    def __init__(self) -> None:
        self._asked = bytearray()
        self._answered = bytearray()

    def requests(self, data: bytes) -> list[str]:
        return [text_of(document) for document in _documents(self._asked, data) if document is not None]

    def answers(self, data: bytes) -> int:
        return sum(1 for _ in _documents(self._answered, data))


class WholeWire(MongoWire):
    """The same, each request as Extended JSON with everything that the driver put into it; heartbeats too."""

    def requests(self, data: bytes) -> list[str]:
        return [json_util.dumps(document) for document in _documents(self._asked, data) if document is not None]


def answering(**document: Any) -> Callable[[bytes], bytes]:
    """Makes the answer `document` to a request, or in the place of an answer, whichever it is given."""

    def answer(data: bytes) -> bytes:
        _, identity, answers, _ = _HEADER.unpack_from(data)
        body = struct.pack("<IB", 0, 0) + bson.encode(document)
        return _HEADER.pack(_HEADER.size + len(body), 0, answers or identity, _OP_MSG) + body

    return answer


def refusing(code: int, name: str, *labels: str) -> Callable[[bytes], bytes]:
    """Makes the answer of a server that refuses."""
    return answering(ok=0.0, errmsg=f"told by a test: {name}", code=code, codeName=name, errorLabels=list(labels))


def text_of(document: dict[str, Any]) -> str:
    """The request in words; "" for what the driver asks of itself, and for the heartbeat, which comes when it comes."""
    name = next(iter(document), "")
    if name in _IDLE:
        return ""
    about = str(document[name])
    if about == "schema_lock":
        wanted = [one["q"].get("_id") for one in document.get("updates", ())]
        return "guard" if wanted == ["fence"] else ""
    if about.startswith("schema_"):
        state = [text for text in ("intent", "done") if f"'{text}'" in str(document)]
        return " ".join([name, about, *state])
    rest = {key: value for key, value in document.items() if key not in _VOLATILE}
    # A renameCollection says the database in front of the names, and each test has its own.
    return _DATABASE.sub("", json_util.dumps(rest, json_options=json_util.RELAXED_JSON_OPTIONS))


def _documents(rest: bytearray, data: bytes) -> list[dict[str, Any] | None]:
    """The whole messages in what came so far, each as its command with its sequences; None for what is no OP_MSG."""
    rest += data
    found: list[dict[str, Any] | None] = []
    while len(rest) >= _HEADER.size:
        length, _, _, code = _HEADER.unpack_from(rest)
        if len(rest) < length:
            break
        found.append(_message(bytes(rest[_HEADER.size : length])) if code == _OP_MSG else {"ismaster": 1})
        del rest[:length]
    return found


def _message(body: bytes) -> dict[str, Any]:
    (flags,) = struct.unpack_from("<I", body)
    at, end = 4, len(body) - (4 if flags & _CHECKSUM else 0)
    document: dict[str, Any] = {}
    while at < end:
        kind = body[at]
        (size,) = struct.unpack_from("<i", body, at + 1)
        part = body[at + 1 : at + 1 + size]
        if kind == 0:
            document = bson.decode(part) | document
        else:
            name, _, sequence = part[4:].partition(b"\0")
            document[name.decode()] = bson.decode_all(sequence)
        at += 1 + size
    return document
