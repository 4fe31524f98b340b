"""A server that joined the cluster later: its ledger is read elsewhere, and made there before anything is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from schemactl.engines.clickhouse.connection import Session
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.ledger_events import COLUMNS, Log
from schemactl.engines.clickhouse.ledger_table import make_where_missing
from tests.contract.work import standing
from tests.engines.clickhouse.test_cluster import engines as engines
from tests.engines.clickhouse.test_cluster import migrate, opening, table, there
from tests.engines.clickhouse.test_running import until
from tests.fixtures.clickhouse_pair import PairDatabase, join_anew

LEDGER = ("schema_events", "schema_versions", "schema_steps", "schema_format")


@pytest.mark.soak
def test_a_server_that_joined_later_is_given_the_ledger_before_anything_is_sent(
    pair_database: PairDatabase, engines: Any
) -> None:
    """And all its rows, which 18.16 fetches ten seconds after the table is made: until then it would read as empty."""
    migrate(engines(pair_database.url), table("a"))
    rows = pair_database.ask("SELECT count() FROM schema_events")
    join_anew(pair_database)
    session = Session(opening(pair_database.url))
    make_where_missing(session)
    assert pair_database.ask("SELECT count() FROM schema_events", 1) == rows
    session.close()
    migrate(engines(pair_database.url), table("b"), version="2")
    assert all(there(pair_database, name) == [True, True] for name in (*LEDGER, "b"))
    assert [standing(engines(pair_database.other_url), version).state for version in ("1", "2")] == ["applied"] * 2
    assert pair_database.ask("SELECT count() FROM schema_versions", 1) == [(2,)]


@pytest.mark.soak
def test_a_run_from_a_server_that_joined_later_knows_what_was_applied(
    pair_database: PairDatabase, engines: Any
) -> None:
    migrate(engines(pair_database.url), table("a"))
    join_anew(pair_database)
    other = engines(pair_database.other_url)
    assert standing(other, "1").state == "applied"
    migrate(other, table("b"), version="2")
    assert there(pair_database, "schema_events") == [True, True]
    assert [standing(engines(pair_database.url), version).state for version in ("1", "2")] == ["applied"] * 2


def test_a_ledger_that_lacks_rows_is_not_read_until_they_come(pair_database: PairDatabase, engines: Any) -> None:
    migrate(engines(pair_database.url), table("a"))
    session = Session(opening(pair_database.other_url))
    log = Log(session)
    last = log.newest()[0]

    def add(seq: int) -> None:
        row = f"{seq}, 'e{seq}', 'gone', {seq}, '', '', 0, ''"
        pair_database.ask(f"INSERT INTO schema_events ({', '.join(COLUMNS)}) SELECT {row}", quorum=2)

    add(last + 2)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(log.events, "kind = 'gone'")
        sent = "SELECT 1 FROM system.processes WHERE query LIKE '%uniqExact(seq)%' AND query NOT LIKE '%processes%'"
        until(lambda: pair_database.ask(sent, 1) or reading.done(), "the reading")
        assert not reading.done()
        add(last + 1)
        assert [event.seq for event in reading.result(60) or []] == [last + 1, last + 2]
    add(last + 4)
    session.opening.stop.ask()
    with pytest.raises(ServerError, match=f"this server has {last + 3} of the {last + 4} rows of the ledger"):
        log.events()
    session.close()
