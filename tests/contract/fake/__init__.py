"""An engine in memory. It proves the tests and the workflows' own rules; it never stands for a feature of a server."""

from __future__ import annotations

from tests.contract.fake.engine import open_fake
from tests.contract.fake.server import Crash, Killed, Server

__all__ = ["Crash", "Killed", "Server", "open_fake"]
