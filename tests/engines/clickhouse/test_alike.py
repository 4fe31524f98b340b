"""Servers of a cluster that stand alike, and were not reached: three folders of 26.9 in the place of three servers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemactl.contract.job import PlannedStatement
from schemactl.contract.opening import Opening, Stop
from schemactl.engines.clickhouse import observe
from schemactl.engines.clickhouse.connection import Session
from schemactl.engines.clickhouse.embedded import EmbeddedLink
from schemactl.engines.clickhouse.server import Replica
from schemactl.running.hands import Before
from tests.engines.clickhouse.test_on_cluster import statement
from tests.fixtures.clickhouse_embedded import EmbeddedServer, connect

TABLE = "CREATE TABLE a (id UInt8) ENGINE = MergeTree ORDER BY id"
PORTS = (1, 2, 3)


class Town:
    """A session on the first of three servers, each with a link of its own."""

    def __init__(self, folder: Path) -> None:
        urls = []
        for port in PORTS:
            (folder / str(port)).mkdir()
            first = connect(f"chdb://{folder / str(port)}")
            first.ask("CREATE DATABASE d")
            urls.append(f"chdb://{folder / str(port)}?database=d")
            first.close()
        self.links: list[EmbeddedLink] = [connect(url) for url in urls]
        self.session = Session(Opening(urls[0], "a test's folder", "shop/app", Stop()))
        replicas = tuple(Replica("town", port, 1, port) for port in PORTS)
        self.session.facts = self.session.facts._replace(cluster="town", replicas=replicas)
        self.session.others = {f"town:{port}": link for port, link in zip(PORTS, self.links, strict=True)}

    def ask(self, sql: str, *at: int) -> None:
        for one in at or range(len(PORTS)):
            self.links[one].ask(sql)

    def uuids(self) -> list[str]:
        """Of the table a on each server; "" where it is not there."""
        sql = "SELECT toString(uuid) FROM system.tables WHERE database = 'd' AND name = 'a'"
        return [str(rows[0][0]) if (rows := link.ask(sql)) else "" for link in self.links]

    def verdict(self, planned: PlannedStatement, noted: Before) -> str:
        return observe.probe(self.session, planned, noted, idempotent=False).verdict


@pytest.fixture(scope="module")
def whole_town(clickhouse26: EmbeddedServer) -> Iterator[Town]:
    with tempfile.TemporaryDirectory(prefix="schemactl-test-") as folder:
        town = Town(Path(folder))
        yield town
        town.session.close()
        for link in town.links:
            link.close()


@pytest.fixture
def town(whole_town: Town) -> Iterator[Town]:
    yield whole_town
    whole_town.ask("DROP TABLE IF EXISTS a SYNC")


def planned(text: str) -> PlannedStatement:
    return PlannedStatement(0, statement(text))


def test_a_server_where_a_table_was_not_replaced_is_not_done_for_being_alike(town: Town) -> None:
    town.ask(TABLE)
    replaced = planned(TABLE.replace("CREATE", "CREATE OR REPLACE"))
    noted = observe.before(town.session, replaced)
    town.ask(replaced.statement.text, 0)
    assert town.verdict(replaced, noted) == "half"
    observe.tidy(town.session, replaced, noted, stalls_s=1)
    assert town.verdict(replaced, noted) == "done"
    assert len(set(town.uuids())) == 1


def test_a_server_where_a_table_was_not_dropped_is_not_done_for_being_alike(town: Town) -> None:
    town.ask(TABLE)
    dropped = planned("DROP TABLE a")
    noted = observe.before(town.session, dropped)
    town.ask("DROP TABLE a SYNC", 0, 1)
    town.ask(TABLE, 0, 1)  # by somebody else, since
    assert town.verdict(dropped, noted) == "half"


def test_a_table_is_made_with_the_uuid_of_the_server_that_carried_the_statement_out(town: Town) -> None:
    town.ask(TABLE, 0)
    made = planned(TABLE)
    noted = observe.before(town.session, made)
    town.ask(TABLE, 1)
    observe.tidy(town.session, made, noted, stalls_s=1)
    own, first, second = town.uuids()
    assert own != first == second
