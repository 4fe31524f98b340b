"""The career platform's ClickHouse target: counts, rollups, retention, checks; on 18.16 what runs there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from schemactl.errors import SchemactlError
from tests.fixtures import clickhouse, clickhouse_embedded
from tests.fixtures.clickhouse import ClickHouseDatabase
from tests.fixtures.clickhouse_embedded import EmbeddedDatabase, EmbeddedServer
from tests.platforms import career
from tests.platforms.career import ClickHouse, assert_returns_the_same, block, checks, told

COLUMNS = {
    "user_activity": 12,
    "performance_metrics": 7,
    "daily_user_activity": 5,
    "hourly_performance": 6,
}
VIEWS = ["daily_user_activity_mv", "hourly_performance_mv"]
KEYS = {
    "user_activity": ("timestamp, user_id", "toYYYYMM(timestamp)"),
    "performance_metrics": ("timestamp, service_name", "toYYYYMM(timestamp)"),
    "daily_user_activity": ("day, user_id, event_category", "toYYYYMM(day)"),
    "hourly_performance": ("hour, service_name, endpoint", "toYYYYMM(hour)"),
}
TARGET = "career_analytics"
NIL = str(UUID(int=0))


@pytest.fixture(scope="module")
def newer(clickhouse26: EmbeddedServer) -> Iterator[EmbeddedDatabase]:
    """All three migrations on ClickHouse 26.9."""
    made = clickhouse_embedded.make_embedded_database(clickhouse26)
    career.up({TARGET: made})
    yield made
    clickhouse_embedded.drop_embedded_database(made)


@pytest.fixture(scope="module")
def older(clickhouse18: clickhouse.ClickHouse) -> Iterator[ClickHouseDatabase]:
    """The first two on ClickHouse 18.16."""
    made = clickhouse.make_clickhouse_database(clickhouse18)
    career.up({TARGET: made}, [TARGET], to="0002")
    yield made
    clickhouse.drop_clickhouse_database(made)


# What the first two migrations make is no other on an old server; that it takes them is tried on it, below.
@pytest.fixture(params=["newer", pytest.param("older", marks=pytest.mark.soak)])
def analytics(request: pytest.FixtureRequest) -> Iterator[ClickHouse]:
    """Each server in turn, its tables empty afterwards."""
    place: ClickHouse = request.getfixturevalue(request.param)
    yield place
    for table in COLUMNS:
        place.ask(f"TRUNCATE TABLE {table}")


def act(place: ClickHouse, number: int, at: datetime, who: str, value: float = 1.0, category: str = "course") -> None:
    """Insert one event; `number` makes its id."""
    place.ask(
        "INSERT INTO user_activity (event_id, user_id, event_category, event_value, ip_address, timestamp) SELECT "
        f"toUUID('{UUID(int=number)}'), toUUID('{who}'), '{category}', {value}, '192.0.2.1', "
        f"toDateTime({int(at.timestamp())}, 'UTC')"
    )


def measure(place: ClickHouse, number: int, at: datetime, ms: int, status: int) -> None:
    """Insert one measurement of the endpoint `/paths`."""
    place.ask(
        "INSERT INTO performance_metrics (metric_id, service_name, endpoint, response_time_ms, status_code, timestamp) "
        f"SELECT toUUID('{UUID(int=number)}'), 'paths', '/paths', toInt32({ms}), toInt16({status}), "
        f"toDateTime({int(at.timestamp())}, 'UTC')"
    )


def recently(days: float = 1) -> datetime:
    """Noon of a day so long ago: retention is by the server's clock."""
    return (datetime.now(UTC) - timedelta(days=days)).replace(hour=12, minute=0, second=0, microsecond=0)


def test_the_target_counts_what_the_sheet_counts(analytics: ClickHouse) -> None:
    rows = analytics.ask("SELECT table, count() FROM system.columns WHERE database = currentDatabase() GROUP BY table")
    found = {name: number for name, number in rows if not name.startswith("schema_")}
    assert {name: number for name, number in found.items() if name not in VIEWS} == COLUMNS
    assert sorted(set(found) - set(COLUMNS)) == VIEWS
    assert (COLUMNS["user_activity"] + COLUMNS["performance_metrics"], sum(COLUMNS.values())) == (19, 30)


def test_sorting_keys_and_partitions_are_the_sheets(analytics: ClickHouse) -> None:
    rows = analytics.ask(
        "SELECT name, sorting_key, partition_key FROM system.tables WHERE database = currentDatabase()"
    )
    assert {name: (key, partition) for name, key, partition in rows if name in COLUMNS} == KEYS


def test_times_are_of_utc_whatever_the_zone_of_the_server(analytics: ClickHouse) -> None:
    rows = analytics.ask(
        "SELECT table, name, type FROM system.columns WHERE database = currentDatabase() AND type LIKE 'DateTime%'"
    )
    assert {row for row in map(tuple, rows) if row[0] in COLUMNS} == {
        ("user_activity", "timestamp", "DateTime('UTC')"),
        ("performance_metrics", "timestamp", "DateTime('UTC')"),
        ("hourly_performance", "hour", "DateTime('UTC')"),
    }


def test_activity_is_summed_by_day_user_and_category(analytics: ClickHouse) -> None:
    day = recently()
    for number, (hours, who, value, category) in enumerate(
        [
            (0, career.user(1), 1.5, "course"),
            (11, career.user(1), 2.0, "course"),
            (12, career.user(1), 4.0, "course"),
            (0, career.user(1), 8.0, "path"),
            (0, NIL, 0.0, "course"),
        ]
    ):
        act(analytics, number, day + timedelta(hours=hours), who, value, category)
    rows = analytics.ask(
        "SELECT day, toString(user_id), event_category, sum(events), sum(total_value) FROM daily_user_activity "
        "GROUP BY day, user_id, event_category ORDER BY day, user_id, event_category"
    )
    today, next_day = day.date(), (day + timedelta(hours=12)).date()
    assert [(str(row[0]), *row[1:]) for row in rows] == [
        (str(today), NIL, "course", 1, 0.0),
        (str(today), career.user(1), "course", 2, 3.5),
        (str(today), career.user(1), "path", 1, 8.0),
        (str(next_day), career.user(1), "course", 1, 4.0),
    ]


def test_performance_is_told_by_hour_with_errors_and_quantiles(analytics: ClickHouse) -> None:
    hour = recently()
    for number, (minute, ms, status) in enumerate([(0, 10, 200), (59, 20, 404), (30, 30, 500), (60, 40, 503)]):
        measure(analytics, number, hour + timedelta(minutes=minute), ms, status)
    rows = analytics.ask(
        "SELECT toUnixTimestamp(hour), service_name, endpoint, countMerge(requests), sumMerge(errors), "
        "quantilesMerge(0.5, 0.95, 0.99)(latency) FROM hourly_performance GROUP BY hour, service_name, endpoint "
        "ORDER BY hour"
    )
    start = int(hour.timestamp())
    assert [tuple(row[:5]) for row in rows] == [
        (start, "paths", "/paths", 3, 1),
        (start + 3600, "paths", "/paths", 1, 1),
    ]
    assert [row[5][0] for row in rows] == [20.0, 40.0]


def test_rows_from_before_the_rollups_are_added_as_the_page_says(analytics: ClickHouse) -> None:
    at = recently()
    act(analytics, 1, at, career.user(1), 1.5)
    act(analytics, 2, at, NIL, 2.0)
    measure(analytics, 1, at, 30, 500)
    asked = [
        "SELECT day, user_id, event_category, sum(events), sum(total_value) FROM daily_user_activity "
        "GROUP BY day, user_id, event_category ORDER BY user_id",
        "SELECT hour, endpoint, countMerge(requests), sumMerge(errors), quantilesMerge(0.5, 0.95, 0.99)(latency) "
        "FROM hourly_performance GROUP BY hour, endpoint",
    ]
    seen = [analytics.ask(query) for query in asked]
    assert list(map(len, seen)) == [2, 1]
    for table in ("daily_user_activity", "hourly_performance"):
        analytics.ask(f"TRUNCATE TABLE {table}")
    for statement in block(TARGET, "sql").strip().rstrip(";").split(";\n"):
        analytics.ask(statement)
    assert [analytics.ask(query) for query in asked] == seen


def test_months_are_parts_of_their_own(analytics: ClickHouse) -> None:
    times = [recently(1), recently(40)]
    for number, at in enumerate(times):
        act(analytics, number, at, NIL)
    rows = analytics.ask(
        "SELECT DISTINCT partition FROM system.parts WHERE database = currentDatabase() AND table = 'user_activity' "
        "AND active ORDER BY partition"
    )
    assert [name for (name,) in rows] == sorted(f"{at:%Y%m}" for at in times)


def test_the_checks_return_nothing_on_whole_data_and_find_what_came_twice(analytics: ClickHouse) -> None:
    events, metrics = checks(TARGET).values()
    at = recently()
    act(analytics, 1, at, NIL)
    act(analytics, 2, at, NIL)
    measure(analytics, 1, at, 1, 200)
    assert (analytics.ask(events), analytics.ask(metrics)) == ([], [])
    act(analytics, 2, at, career.user(1))
    measure(analytics, 1, at, 2, 200)
    twice = [(str(row[0]), row[1]) for row in (*analytics.ask(events), *analytics.ask(metrics))]
    assert twice == [(str(UUID(int=2)), 2), (str(UUID(int=1)), 2)]


def test_addresses_and_rows_go_when_their_time_has_come(newer: EmbeddedDatabase) -> None:
    for number, days in enumerate([80, 100, 700, 750]):
        act(newer, number, recently(days), NIL)
    for number, days in enumerate([170, 200]):
        measure(newer, number, recently(days), 1, 200)
    for table in ("user_activity", "performance_metrics"):
        newer.ask(f"OPTIMIZE TABLE {table} FINAL")
    kept = newer.ask("SELECT toString(event_id), ip_address FROM user_activity ORDER BY event_id")
    assert [tuple(row) for row in kept] == [
        (str(UUID(int=0)), "192.0.2.1"),
        (str(UUID(int=1)), ""),
        (str(UUID(int=2)), ""),
    ]
    assert newer.ask("SELECT toString(metric_id) FROM performance_metrics") == [(str(UUID(int=0)),)]
    for table in COLUMNS:
        newer.ask(f"TRUNCATE TABLE {table}")


def test_retention_goes_and_comes_by_its_migration_alone(newer: EmbeddedDatabase) -> None:
    here, said = {TARGET: newer}, told(newer)
    assert sum(text.count("TTL") for text in said) == 3
    career.down(here, to="0002")
    assert [text.count("TTL") for text in told(newer)] == [0] * len(said)
    career.up(here)
    assert told(newer) == said


@pytest.mark.soak
def test_the_tables_and_views_go_and_come_back_the_same(newer: EmbeddedDatabase) -> None:
    assert_returns_the_same({TARGET: newer})


def test_an_old_server_has_the_first_two_and_refuses_retention(clickhouse_database: ClickHouseDatabase) -> None:
    here = {TARGET: clickhouse_database}
    career.up(here, [TARGET], to="0002")
    first = told(clickhouse_database)
    assert len(first) == len(COLUMNS) + len(VIEWS)
    with pytest.raises(SchemactlError) as stopped:
        career.up(here)
    assert "0003_retention" in str(stopped.value)
    assert told(clickhouse_database) == first
    career.workspace(here).recover([TARGET], undo=True)
    career.down(here)
    assert told(clickhouse_database) == []
    career.up(here, [TARGET], to="0002")
    assert told(clickhouse_database) == first
