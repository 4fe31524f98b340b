"""Commands and jobs for MongoDB's own tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from schemactl.contract.engine import Engine
from schemactl.contract.job import Job
from schemactl.contract.opening import Opening, Patience, Stop
from schemactl.engines import open_engine
from schemactl.events import Listener, ignore
from tests.contract.mongodb_dialect import DIALECT
from tests.contract.work import job_down, job_up, run_on, standing
from tests.tools.mongo_wire import WholeWire
from tests.tools.turnproxy import TurnProxy

Command = dict[str, Any]

open_now: list[Engine] = []
"""Engines of the test under way: conftest.py closes them."""


def opened(url: str, *, stop: Stop | None = None, lease_s: float = 2.0, **facts: Any) -> Engine:
    """An engine straight on the server, closed after the test."""
    asked = stop if stop is not None else Stop()
    given = {"patience": Patience(tries=1), "connect_timeout_s": 3, **facts}
    opening = Opening(url=url, shown="a test's database", target="contract/town", stop=asked, lease_s=lease_s, **given)
    open_now.append(open_engine("mongodb", opening))
    return open_now[-1]


@contextmanager
def watched(url: str, **facts: Any) -> Iterator[tuple[Engine, TurnProxy]]:
    """An engine, and the proxy that sees all that it sends as it is sent."""
    at = urlsplit(url)
    with TurnProxy((at.hostname or "", at.port or 27017), WholeWire) as proxy:
        login, middle, _ = at.netloc.rpartition("@")
        query = "&".join(filter(None, (at.query, "directConnection=true")))
        engine = opened(at._replace(netloc=f"{login}{middle}{proxy.host}:{proxy.port}", query=query).geturl(), **facts)
        yield engine, proxy
        engine.close()


def sent(proxy: TurnProxy, name: str) -> list[Command]:
    """The commands of this name that the proxy saw."""
    return [one for turn in proxy.seen if turn.text and next(iter(one := json.loads(turn.text))) == name]


def up(engine: Engine, version: str, *commands: Command, said: tuple[str, ...] = (), **facts: Any) -> Job:
    return job_up(engine, DIALECT, version, *map(json.dumps, commands), said=said, **facts)


def down(engine: Engine, version: str, *commands: Command) -> Job:
    return job_down(engine, DIALECT, standing(engine, version), *map(json.dumps, commands))


def applied(engine: Engine, *commands: Command, version: str = "1", emit: Listener = ignore) -> None:
    """Run these as one migration."""
    run_on(engine, up(engine, version, *commands), emit=emit)
