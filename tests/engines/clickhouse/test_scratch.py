"""A table made anew beside the old one and put in its place: killed at the swap, a run keeps the only copy of a row.

What drops the scratch table stands first in the file and last. Sent again after the swap, either would drop the rows.
"""

from __future__ import annotations

import os
import signal

import pytest

from schemactl.contract.engine import Missing
from schemactl.contract.opening import Opening, Stop
from schemactl.engines.clickhouse.connection import Session
from schemactl.engines.clickhouse.hands import ClickHouseHands
from schemactl.engines.clickhouse.lock import ClickHouseLock
from schemactl.events import ignore
from schemactl.workflows import jobs
from tests.engines.clickhouse.scene import LEASE_S, Shop, succeeded
from tests.fixtures.clickhouse_embedded import EmbeddedServer
from tests.tools.turnproxy import Halt, Point

OLD = "CREATE TABLE t (id UInt64, v UInt64) ENGINE = MergeTree ORDER BY id;\n"
ROWS = (
    "-- schemactl: idempotent\nINSERT INTO t SELECT number, number FROM numbers(5) WHERE (SELECT count() FROM t) = 0;"
)
NEW = """DROP TABLE IF EXISTS t_new;
CREATE TABLE t_new (id UInt64, v UInt64) ENGINE = MergeTree ORDER BY (v, id);
-- schemactl: idempotent
INSERT INTO t_new SELECT id, v FROM t WHERE (SELECT count() FROM t_new) = 0;
"""
SWAPS = {"18.16": "RENAME TABLE t TO t_old, t_new TO t", "26.9": "EXCHANGE TABLES t_new AND t"}
DIED = ("at work", "unfinished")
"""How a killed run's migration stands: first its lease has to run out."""
LEFT = {"18.16": "t_old", "26.9": "t_new"}


def write(shop: Shop, server: str) -> None:
    shop.write("1_rows.sql", OLD + ROWS)
    succeeded(shop.migrate())
    shop.write("2_order.sql", f"{NEW}{SWAPS[server]};\nDROP TABLE {LEFT[server]};")


def check(shop: Shop) -> None:
    """What came after the swap is kept, and so is what was there before."""
    shop.ask("INSERT INTO t SELECT 99, 99")
    succeeded(shop.recover(wait_s=30))
    succeeded(shop.migrate(wait_s=30))
    assert shop.ask("SELECT id FROM t ORDER BY id") == [(0,), (1,), (2,), (3,), (4,), (99,)]
    assert "ORDER BY (v, id)" in shop.ask("SHOW CREATE TABLE t")[0][0]
    assert [shop.has(name) for name in ("t_new", "t_old")] == [False, False]
    assert shop.state() == "up to date"


@pytest.mark.parametrize("point", [pytest.param("executed", marks=pytest.mark.soak), "acknowledged"])
def test_a_run_that_is_killed_at_its_renames_keeps_every_row(shop: Shop, point: Point) -> None:
    write(shop, "18.16")
    with shop.proxy() as proxy:
        halt = proxy.arm(Halt(match="RENAME TABLE t TO", point=point))
        child = shop.program("migrate", url=shop.through(proxy))
        halt.wait()
        child.send_signal(signal.SIGKILL)
        child.communicate()
        proxy.release()
    assert shop.state() in DIED
    check(shop)


@pytest.mark.soak
def test_a_run_whose_server_is_killed_after_its_exchange_keeps_every_row(
    newer: Shop, clickhouse26: EmbeddedServer
) -> None:
    write(newer, "26.9")
    (site,) = newer.workspace().sites()
    session = Session(Opening(newer.url, "a test's folder", "shop/app", Stop(), lease_s=LEASE_S))
    lock = ClickHouseLock(session)
    assert not isinstance(lock.held, Missing)
    hands = ClickHouseHands(session, lock)
    engine = newer.engine()
    job = jobs.job_up(site, engine, next(file for file in site.files if file.version.number == 2))
    with lock.held.hold(wait_s=20, emit=ignore):
        for index, segment in enumerate(job.segments):
            noted = hands.before(job, index)
            hands.intend(job, index, noted)
            hands.send(job, index, noted, ignore)
            if segment.steps[0].statement.text.startswith("EXCHANGE"):
                os.kill(clickhouse26.link.pid, signal.SIGKILL)
                break
            hands.record(job, index)
            if index == 0:
                job = job._replace(entry=job.entry._replace(state="applying", version_id=2))
    for one in (lock, session, engine):
        one.close()
    assert newer.state() in DIED
    check(newer)
