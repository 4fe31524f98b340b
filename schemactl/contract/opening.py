"""What an engine needs to open a target."""

from __future__ import annotations

import threading
from typing import NamedTuple


class Patience(NamedTuple):
    """How long to wait for locks that others hold on a target's objects, and how often to try again."""

    lock_timeout_ms: int = 5_000
    tries: int = 10
    first_delay_s: float = 1.0
    max_delay_s: float = 30.0


class Stop:
    """Asks a run to end: engines look at it while they wait, cancel what is under way and raise RunInterruptedError."""

    __slots__ = ("event",)

    def __init__(self) -> None:
        self.event = threading.Event()

    def ask(self) -> None:
        self.event.set()

    def __bool__(self) -> bool:
        return self.event.is_set()


class Opening(NamedTuple):
    """Where a target lives and how to behave there.

    url     with its password: never shown; messages use `shown`
    shown   the same without password or query secrets
    target  `platform/target`, for messages
    statement_timeout_ms  for every statement; 0 leaves it as the server has it for this user
    lease_s  how long a lock lasts without a heartbeat, on engines where no session holds it; a beat is a sixth of it
    rolling  partitioned tables whose partitions come and go, as platform.toml names them: in no snapshot
    """

    url: str
    shown: str
    target: str
    stop: Stop
    patience: Patience = Patience()
    connect_timeout_s: int = 10
    statement_timeout_ms: int = 0
    lease_s: float = 30.0
    rolling: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Opening(target={self.target!r}, shown={self.shown!r})"
