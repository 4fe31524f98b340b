"""A server that joined the cluster later: its ledger is read elsewhere, and made there before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.work import standing
from tests.engines.clickhouse.test_cluster import engines as engines
from tests.engines.clickhouse.test_cluster import migrate, table, there
from tests.fixtures.clickhouse import ask
from tests.fixtures.clickhouse_pair import PairDatabase

LEDGER = ("schema_events", "schema_versions", "schema_steps", "schema_format")


def join_anew(database: PairDatabase) -> None:
    """The second server as one that has just joined: an empty database, and no place in the Keeper."""
    database.ask("DROP TABLE schema_events", 1)  # takes its place in the Keeper along
    url = database.other_url.partition("?")[0].replace(f"/{database.name}", "")
    ask(url, f"DROP DATABASE {database.name}")
    ask(url, f"CREATE DATABASE {database.name}")


def test_a_server_that_joined_later_is_given_the_ledger_before_anything_is_sent(
    pair_database: PairDatabase, engines: Any
) -> None:
    migrate(engines(pair_database.url), table("a"))
    join_anew(pair_database)
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
