"""Statements without rows to a ClickHouse server, by its native protocol, without a driver: to make a database.

Source: ClickHouse's dbms/src/Server/TCPHandler.cpp, receiveQuery, and dbms/src/Interpreters/ClientInfo.cpp, read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from schemactl.errors import ConnectError
from schemactl.sandbox.clickhouse_hello import REVISION, greeted, number, read_number, read_text, text

_QUERY, _DATA = 1, 2
_EXCEPTION, _PROGRESS, _END = 2, 3, 5
_WHOLE = 2  # The stage up to which the server works on a query.


def run(url: str, statements: Sequence[str]) -> None:
    """Run `statements` one after another.

    raises  ConnectError with the server's words where it cannot be reached or refuses
    """
    with greeted(url) as (channel, answer, _):
        for statement in statements:
            channel.sendall(_query(statement) + _no_rows())
            _await_end(answer)


def _await_end(answer: BinaryIO) -> None:
    while (kind := read_number(answer)) != _END:
        if kind == _PROGRESS:
            for _ in range(3):
                read_number(answer)
        elif kind == _EXCEPTION:
            raise ConnectError(f"ClickHouse: {_refusal(answer)}", kind="start")
        else:
            raise ConnectError(f"ClickHouse answered what was not asked for: packet {kind}", kind="start")


def _query(statement: str) -> bytes:
    first, tcp = b"\x01", b"\x01"
    client = first + text("") + text("") + text("0.0.0.0:0") + tcp + text("") + text("") + text("schemactl")
    version = number(1) + number(1) + number(REVISION) + text("") + number(0)
    settings = text("")
    return number(_QUERY) + text("") + client + version + settings + number(_WHOLE) + number(0) + text(statement)


def _no_rows() -> bytes:
    """The empty block that ends what a client has to send."""
    about = number(1) + b"\x00" + number(2) + b"\xff\xff\xff\xff" + number(0)
    return number(_DATA) + text("") + about + number(0) + number(0)


def _refusal(answer: BinaryIO) -> str:
    answer.read(4)
    read_text(answer)
    return read_text(answer)
