"""A database that was restored elsewhere: its ledger is believed, and its lock, which came along, keeps nobody out."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from schemactl.contract.opening import Opening, Stop
from schemactl.engines.clickhouse.connection import Session
from schemactl.engines.clickhouse.ledger import ClickHouseLedger
from schemactl.errors import UnsupportedError
from tests.engines.clickhouse.scene import LEASE_S, Shop, succeeded
from tests.fixtures.clickhouse import ClickHouseDatabase

BEATS = "owner String, token String, at UInt32, released UInt8, lease_2 UInt8"


def restored(root: Path, shop: Shop, database: ClickHouseDatabase, *, beats: bool) -> Shop:
    """The shop in another database, as a backup that was taken while a runner was at work brings it there."""
    other = Shop(root / "restored", database)
    for file in (shop.root / "migrations" / "shop" / "app").iterdir():
        (other.root / "migrations" / "shop" / "app" / file.name).write_text(file.read_text())
    for name in ("schema_events", "a"):
        create = shop.ask(f"SHOW CREATE TABLE {name}")[0][0]
        other.ask(create.replace(f"{shop.database.name}.", f"{database.name}."))
        other.ask(f"INSERT INTO {name} SELECT * FROM {shop.database.name}.{name}")
    other.ask(f"CREATE TABLE schema_lock_0000000007 ({BEATS}) ENGINE = Memory")
    if beats:
        other.ask(
            "INSERT INTO schema_lock_0000000007 SELECT 'process 1 on elsewhere', 'f00', toUInt32(now()) - 3600, 0, 0"
        )
    return other


@pytest.mark.parametrize("beats", [True, pytest.param(False, marks=pytest.mark.soak)], ids=["rows", "without"])
def test_a_lock_that_was_restored_runs_out_and_the_ledger_goes_on(
    tmp_path: Path, shop: Shop, new_clickhouse_database: Callable[[], ClickHouseDatabase], beats: bool
) -> None:
    """Tables in memory come back without rows: then the lease counts from the restore."""
    shop.write("1_a.sql", "CREATE TABLE a (id UInt8) ENGINE = Log;")
    succeeded(shop.migrate())
    other = restored(tmp_path, shop, new_clickhouse_database(), beats=beats)
    assert other.state() == "up to date"
    other.write("2_b.sql", "CREATE TABLE b (id UInt8) ENGINE = Log;")
    began = time.monotonic()
    succeeded(other.migrate(wait_s=0 if beats else 60))
    assert time.monotonic() - began < 60
    assert (other.state(), other.has("b"), shop.has("b")) == ("up to date", True, False)
    # The next generation was taken, the restored one is gone: nobody took it for its own.
    assert other.ask("SHOW TABLES LIKE 'schema_lock_%'") == [("schema_lock_0000000008",)]
    assert shop.state() == "up to date"


def test_a_ledger_is_not_made_where_its_rows_would_be_on_one_server_only(newer: Shop) -> None:
    """No such database can be made here (139, no interserver port): the facts of the server are set to one."""
    session = Session(Opening(newer.url, "a test's folder", "shop/app", Stop(), lease_s=LEASE_S))
    session.facts = session.facts._replace(database_engine="Replicated")
    with pytest.raises(UnsupportedError) as error:
        ClickHouseLedger(session).prepare(platform="shop", service_name="app")
    assert error.value.kind == "missing" and error.value.do and "Atomic" in error.value.do
    assert not newer.has("schema_events")
    session.close()
