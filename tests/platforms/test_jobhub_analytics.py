"""JobHub's ClickHouse target: counts, defaults, keys and checks on a new server, and on 18.16 with its types."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from uuid import UUID

import pytest
from clickhouse_driver.errors import ServerException

from schemactl.engines.clickhouse.failure import ServerError
from tests.fixtures import clickhouse, clickhouse_embedded
from tests.fixtures.clickhouse import ClickHouseDatabase
from tests.fixtures.clickhouse_embedded import EmbeddedDatabase, EmbeddedServer
from tests.platforms import jobhub
from tests.platforms.career import ClickHouse
from tests.platforms.jobhub import assert_returns_the_same, block, checks

TARGET = "analytics_db"
COLUMNS = {"user_events": 17, "job_analytics": 13, "search_analytics": 11, "job_metrics": 9}
KEYS = {
    "user_events": "timestamp, event_type, session_id",
    "job_analytics": "timestamp, job_id, event_type",
    "search_analytics": "timestamp, query",
    "job_metrics": "job_id, metric_type, timestamp",
}
NEW, OLD = (
    {
        ("user_events", "properties"): mapping,
        ("job_analytics", "filters"): mapping,
        ("search_analytics", "filters"): mapping,
        ("search_analytics", "no_results"): flag,
        **{(table, "timestamp"): moment for table in COLUMNS},
        **{(table, "created_at"): second for table in COLUMNS if table != "job_metrics"},
    }
    for mapping, flag, moment, second in (
        ("Map(String, String)", "Bool", "DateTime64(3, 'UTC')", "DateTime('UTC')"),
        ("String", "UInt8", "DateTime('UTC')", "DateTime('UTC')"),
    )
)
"""The columns whose types depend on the server's age."""

EMPTY = {
    "user_events": "INSERT INTO user_events (session_id, event_type) SELECT 's', 'click'",
    "job_analytics": "INSERT INTO job_analytics (event_type) SELECT 'view'",
    "search_analytics": "INSERT INTO search_analytics (query) SELECT 'engineer'",
    "job_metrics": "INSERT INTO job_metrics (metric_type) SELECT 'views'",
}
"""The least that a row says of itself."""

OTHERWISE = {
    "user_events": "event_name",
    "job_analytics": "event_type",
    "search_analytics": "query",
    "job_metrics": "source",
}
"""A column of each table in which two events that are not one would differ."""


@pytest.fixture(scope="module")
def newer(clickhouse26: EmbeddedServer) -> Iterator[EmbeddedDatabase]:
    """Migrated, on ClickHouse 26.9."""
    made = clickhouse_embedded.make_embedded_database(clickhouse26)
    jobhub.up({TARGET: made})
    yield made
    clickhouse_embedded.drop_embedded_database(made)


@pytest.fixture(scope="module")
def older(clickhouse18: clickhouse.ClickHouse) -> Iterator[ClickHouseDatabase]:
    """Migrated, on ClickHouse 18.16."""
    made = clickhouse.make_clickhouse_database(clickhouse18)
    jobhub.up({TARGET: made})
    yield made
    clickhouse.drop_clickhouse_database(made)


# That the old server takes the migration, with which types, is tried each time; what rows do there, in the soak.
@pytest.fixture(params=["newer", pytest.param("older", marks=pytest.mark.soak)])
def analytics(request: pytest.FixtureRequest) -> Iterator[ClickHouse]:
    """Each server in turn, its tables empty afterwards."""
    place: ClickHouse = request.getfixturevalue(request.param)
    yield place
    empty(place)


def empty(place: ClickHouse) -> None:
    for table in COLUMNS:
        place.ask(f"TRUNCATE TABLE {table}")


def test_the_target_counts_what_the_document_counts(analytics: ClickHouse) -> None:
    rows = analytics.ask("SELECT table, count() FROM system.columns WHERE database = currentDatabase() GROUP BY table")
    assert {name: number for name, number in rows if not name.startswith("schema_")} == COLUMNS
    assert sum(COLUMNS.values()) == 50


def test_tables_have_months_and_the_documents_keys(analytics: ClickHouse) -> None:
    rows = analytics.ask(
        "SELECT name, engine, partition_key, sorting_key FROM system.tables WHERE database = currentDatabase()"
    )
    found = {name: rest for name, *rest in rows if not name.startswith("schema_")}
    assert found == {name: ["MergeTree", "toYYYYMM(timestamp)", key] for name, key in KEYS.items()}


@pytest.mark.parametrize(("server", "expected"), [("newer", NEW), ("older", OLD)])
def test_types_are_the_documents_where_the_server_has_them(
    server: str, expected: dict[tuple[str, str], str], request: pytest.FixtureRequest
) -> None:
    rows = request.getfixturevalue(server).ask(
        "SELECT table, name, type FROM system.columns WHERE database = currentDatabase()"
    )
    assert {(table, name): kind for table, name, kind in rows if (table, name) in expected} == expected


@pytest.mark.parametrize("known", [set(), {"DateTime64"}, {"DateTime64", "Map"}, {"DateTime64", "Map", "Bool"}])
def test_a_server_of_between_gets_the_types_that_are_no_experiment_anywhere(known: set[str]) -> None:
    found = runpy.run_path(str(jobhub.MIGRATIONS / TARGET / "0001_tables.py"))["types"](known)
    assert found == (
        {
            "{Moment}": "DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')",
            "{Second}": "DateTime('UTC') DEFAULT now('UTC')",
            "{Map}": "Map(String, String)",
            "{Bool}": "Bool",
        }
        if "Bool" in known
        else {
            "{Moment}": "DateTime('UTC') DEFAULT now()",
            "{Second}": "DateTime('UTC') DEFAULT now()",
            "{Map}": "String",
            "{Bool}": "UInt8",
        }
    )


def test_the_committed_snapshot_is_of_a_new_server_and_an_older_one_differs_in_its_types(
    newer: ClickHouse, older: ClickHouse
) -> None:
    (found,) = jobhub.workspace({TARGET: newer}).plan_snapshots([TARGET]).targets
    assert (found.outcome, found.error) == ("unchanged", None)
    (found,) = jobhub.workspace({TARGET: older}).plan_snapshots([TARGET]).targets
    assert {changed.identity for changed in found.changed} == {(table,) for table in COLUMNS}


def test_a_row_that_says_little_gets_an_id_and_now(analytics: ClickHouse) -> None:
    for table, statement in EMPTY.items():
        for _ in range(2):
            analytics.ask(statement)
        ((ids, age_s),) = analytics.ask(f"SELECT uniqExact(id), max(abs(now() - toDateTime(timestamp))) FROM {table}")
        assert ids == 2 and age_s < 600, table
        assert analytics.ask(f"SELECT count() FROM {table} WHERE id = toUUID('{UUID(int=0)}')") == [(0,)]
    assert analytics.ask("SELECT metric_value FROM job_metrics LIMIT 1") == [(1.0,)]


def test_a_country_takes_two_letters_and_none_is_two_nul_bytes(analytics: ClickHouse) -> None:
    analytics.ask(EMPTY["job_metrics"])
    assert analytics.ask("SELECT hex(country_code) FROM job_metrics") == [("0000",)]
    with pytest.raises((ServerError, ServerException), match=r"(?i)too (large|long)|fixedstring"):
        analytics.ask("INSERT INTO job_metrics (country_code) SELECT 'USA'")
    found = checks(TARGET)["05_countries_have_two_letters.sql"].rstrip().rstrip(";")
    assert analytics.ask(found) == []
    analytics.ask("INSERT INTO job_metrics (country_code) SELECT 'us'")
    assert len(analytics.ask(found)) == 1


def test_an_event_that_came_twice_is_as_it_should_be_and_another_by_its_id_is_found(analytics: ClickHouse) -> None:
    texts = sorted(checks(TARGET).items())
    for (_, text), (table, column) in zip(texts[:4], OTHERWISE.items(), strict=True):
        check = text.rstrip().rstrip(";")
        for _ in range(2):
            analytics.ask(f"INSERT INTO {table} (id) SELECT toUUID('{UUID(int=1)}')")
            # Two contents of one id, of a month that is over.
            for content in ("a", "b"):
                past = f"toUUID('{UUID(int=2)}'), '{content}', toDateTime('2021-01-31 12:00:00', 'UTC')"
                analytics.ask(f"INSERT INTO {table} (id, {column}, timestamp) SELECT {past}")
        analytics.ask(f"OPTIMIZE TABLE {table} FINAL")
        assert analytics.ask(f"SELECT count() FROM {table}") == [(6,)]
        assert analytics.ask(check) == [], table
        analytics.ask(f"INSERT INTO {table} (id, {column}) SELECT toUUID('{UUID(int=1)}'), 'other'")
        assert [copies for _, copies in analytics.ask(check)] == [3], table


def test_a_month_goes_by_its_number(analytics: ClickHouse) -> None:
    for day in ("2029-01-31", "2029-02-01"):
        analytics.ask(f"INSERT INTO user_events (timestamp) SELECT toDateTime('{day} 12:00:00', 'UTC')")
    analytics.ask(block(TARGET, "ALTER TABLE user_events DROP").strip().rstrip(";"))
    assert analytics.ask("SELECT toYYYYMM(timestamp) FROM user_events") == [(202902,)]


def test_a_user_is_erased_and_what_was_measured_stays(newer: EmbeddedDatabase) -> None:
    users = [f"toUUID('{UUID(int=(1 << 126) + n)}')" for n in (1, 2)]
    text = block(TARGET, "ALTER TABLE user_events UPDATE")
    for user in users:
        for table in COLUMNS:
            newer.ask(f"INSERT INTO {table} (user_id) SELECT {user}")
        newer.ask(f"INSERT INTO job_analytics (employer_id) SELECT {user}")
    for user in users:
        for statement in text.strip().rstrip(";").split(";\n"):
            told = statement.replace("'00000000-0000-4000-8000-000000000001'", user)
            newer.ask(f"{told} SETTINGS mutations_sync = 2")
    for table in COLUMNS:
        found = newer.ask(f"SELECT count() FROM {table} WHERE user_id IS NULL")
        assert found == [(4 if table == "job_analytics" else 2,)], table
    assert newer.ask(f"SELECT count() FROM job_analytics WHERE employer_id = toUUID('{UUID(int=0)}')") == [(4,)]
    empty(newer)


def test_the_checks_run_by_the_tool_and_hold(newer: EmbeddedDatabase) -> None:
    assert [one.holds for one in jobhub.workspace({TARGET: newer}).check([TARGET])] == [True]
    assert len(checks(TARGET)) == 5


def test_the_tables_go_from_an_old_server_and_come_back_the_same(older: ClickHouseDatabase) -> None:
    # From a new one they go and come back together with all others: test_jobhub_seeds.
    assert_returns_the_same({TARGET: older})


def test_maps_flags_and_milliseconds_are_kept_where_the_server_has_them(newer: EmbeddedDatabase) -> None:
    newer.ask(
        "INSERT INTO search_analytics (query, filters, no_results, clicked_job_ids, timestamp) SELECT 'x',"
        " map('city', 'Riga'), true, [toUUID('00000000-0000-4000-8000-000000000001')],"
        " toDateTime64('2029-01-31 12:00:00.123', 3, 'UTC')"
    )
    found = newer.ask(
        "SELECT filters['city'], no_results, length(clicked_job_ids), toString(timestamp) FROM search_analytics"
    )
    assert [tuple(row) for row in found] == [("Riga", True, 1, "2029-01-31 12:00:00.123")]
    empty(newer)


def test_an_older_server_keeps_a_map_as_json_text(older: ClickHouseDatabase) -> None:
    older.ask("INSERT INTO search_analytics (query, filters, no_results) SELECT 'x', '{\"city\":\"Riga\"}', 1")
    assert older.ask("SELECT visitParamExtractString(filters, 'city'), no_results FROM search_analytics") == [
        ("Riga", 1)
    ]
    empty(older)
