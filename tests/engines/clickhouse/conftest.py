"""What the tests of the ClickHouse engine share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.clickhouse.scene import Shop
from tests.fixtures.clickhouse import ClickHouseDatabase
from tests.fixtures.clickhouse_embedded import EmbeddedServer, drop_embedded_database, make_embedded_database


@pytest.fixture
def shop(tmp_path: Path, clickhouse_database: ClickHouseDatabase) -> Shop:
    """A project of one empty target on a new database of ClickHouse 18.16."""
    return Shop(tmp_path, clickhouse_database)


@pytest.fixture
def newer(tmp_path: Path, clickhouse26: EmbeddedServer) -> Iterator[Shop]:
    """The same on ClickHouse 26.9."""
    database = make_embedded_database(clickhouse26)
    yield Shop(tmp_path, database)
    drop_embedded_database(database)
