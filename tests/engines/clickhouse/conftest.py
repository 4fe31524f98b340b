"""What the tests of the ClickHouse engine share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines.clickhouse.scene import Shop
from tests.fixtures.clickhouse import ClickHouseDatabase


@pytest.fixture
def shop(tmp_path: Path, clickhouse_database: ClickHouseDatabase) -> Shop:
    """A project of one empty target on a new database of ClickHouse 18.16."""
    return Shop(tmp_path, clickhouse_database)
