"""Analytics of the job platform: partitions by month, counts by day, what is refreshed and what is dropped."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from tests.fixtures.postgres import Database, Postgres
from tests.platforms.dashboard import Service, connect
from tests.platforms.jobs import Open
from tests.platforms.postgres_facts import add, checks, down, left_over, new_places, up

DAY = date(2024, 6, 1)
NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
EVENT = UUID("00000000-0000-4000-8000-000000000001")


@pytest.fixture
def analytics(on: Open) -> Service:
    return on("analytics_db")


def event(analytics: Service, name: str = "job.view", **values: object) -> dict[str, object]:
    given = {"event_name": name, "source_service": "web", "occurred_at": NOON} | values
    return add(analytics, "analytics_events", **given)


def month(analytics: Service, day: str) -> str:
    name: str = analytics.value("SELECT ensure_analytics_partition(%s)", day)
    return name


def partitions(analytics: Service) -> list[str]:
    found: list[str] = analytics.values(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'analytics_events'::regclass ORDER BY 1"
    )
    return found


def test_a_month_is_made_once_and_takes_its_events(analytics: Service) -> None:
    assert [month(analytics, day) for day in ("2024-06-15", "2024-06-01", "2024-12-31")] == [
        "analytics_events_202406",
        "analytics_events_202406",
        "analytics_events_202412",
    ]
    where = {
        event(analytics, occurred_at=moment)["id"]: table
        for moment, table in (
            (datetime(2024, 6, 1, tzinfo=UTC), "analytics_events_202406"),
            (datetime(2024, 6, 30, 23, 59, 59, tzinfo=UTC), "analytics_events_202406"),
            (datetime(2024, 7, 1, tzinfo=UTC), "analytics_events_default"),
            (datetime(2025, 1, 1, tzinfo=UTC), "analytics_events_default"),
        )
    }
    found = analytics.rows("SELECT id, tableoid::regclass::text AS found FROM analytics_events")
    assert {row["id"]: row["found"] for row in found} == where


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_months_are_of_utc_in_whatever_zone_they_are_made(zone: str, analytics: Service) -> None:
    analytics.execute(f"SET LOCAL timezone = '{zone}'")
    month(analytics, "2024-06-15")
    analytics.execute("SET LOCAL timezone = 'UTC'")
    bound = analytics.value(
        "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'analytics_events_202406'"
    )
    assert bound == "FOR VALUES FROM ('2024-06-01 00:00:00+00') TO ('2024-07-01 00:00:00+00')"


def test_a_partition_has_every_index_of_its_table(analytics: Service) -> None:
    name = month(analytics, "2024-06-01")
    count = "SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass"
    assert [analytics.value(count, table) for table in (name, "analytics_events_default")] == [7, 7]


def test_a_month_that_has_begun_in_the_default_partition_cannot_be_made(analytics: Service) -> None:
    """So it is made before it begins; a check finds what came too early."""
    check = checks("jobs", "analytics_db")["01_every_event_has_its_month"]
    month(analytics, "2024-07-01")
    event(analytics, occurred_at=datetime(2024, 7, 1, tzinfo=UTC))
    assert analytics.rows(check) == []
    event(analytics)
    with analytics.refuses("23514"):
        month(analytics, "2024-06-01")
    assert analytics.rows(check) == [{"month": "202406", "events": 1}]


def test_whole_months_are_dropped_and_the_default_partition_stays(analytics: Service) -> None:
    for day in ("2023-12-01", "2024-05-01", "2024-06-01"):
        month(analytics, day)
    event(analytics, occurred_at=datetime(2024, 5, 31, tzinfo=UTC))
    kept = event(analytics)["id"]
    stray = event(analytics, occurred_at=datetime(2020, 1, 1, tzinfo=UTC))["id"]
    assert analytics.value("SELECT drop_analytics_before('2024-06-20')") == 2
    assert partitions(analytics) == ["analytics_events_202406", "analytics_events_default"]
    assert sorted(analytics.values("SELECT id FROM analytics_events")) == [kept, stray]
    assert analytics.value("SELECT drop_analytics_before('2024-06-20')") == 0


def test_an_event_is_one_by_its_number_and_moment(analytics: Service) -> None:
    one = event(analytics, event_id=EVENT)
    with analytics.refuses("23505"):
        event(analytics, event_id=EVENT)
    other = event(analytics, properties={"page": "home"})
    assert one["id"] != other["id"] and one["event_id"] != other["event_id"]
    assert analytics.values("""SELECT id FROM analytics_events WHERE properties @> '{"page": "home"}'""") == [
        other["id"]
    ]


def a_day(analytics: Service) -> None:
    """Two users, one of them unknown, on two jobs; and the days before and after."""
    month(analytics, "2024-06-01")
    event(analytics, "user.login", user_id=1, occurred_at=datetime(2024, 6, 1, tzinfo=UTC))
    event(analytics, "search.run", user_id=1)
    for viewer in ({"user_id": 1}, {"user_id": 1}, {"session_key": "s"}, {}):
        event(analytics, job_id=10, company_id=100, **viewer)
    event(analytics, "application.submitted", user_id=1, job_id=10, application_id=5)
    event(analytics, "job.saved", user_id=2, job_id=11, occurred_at=datetime(2024, 6, 1, 23, 59, tzinfo=UTC))
    event(analytics, user_id=1, job_id=10, occurred_at=datetime(2024, 6, 2, tzinfo=UTC))
    event(analytics, user_id=1, job_id=10, occurred_at=datetime(2024, 5, 31, 23, 59, tzinfo=UTC))


def counted(analytics: Service) -> list[list[tuple[object, ...]]]:
    queries = (
        "SELECT user_id, day, logins, searches, job_views, applications, last_active_at FROM user_analytics ORDER BY 1",
        "SELECT job_id, company_id, day, views, unique_viewers, applications, saves FROM job_analytics ORDER BY 1",
        "SELECT metric, dimension, day, value FROM platform_analytics ORDER BY 2",
    )
    return [[tuple(row.values()) for row in analytics.rows(query)] for query in queries]


COUNTED = [
    [(1, DAY, 1, 1, 2, 1, NOON), (2, DAY, 0, 0, 0, 0, datetime(2024, 6, 1, 23, 59, tzinfo=UTC))],
    [(10, 100, DAY, 4, 2, 1, 0), (11, None, DAY, 0, 0, 0, 1)],
    [
        ("events", "application.submitted", DAY, 1),
        ("events", "job.saved", DAY, 1),
        ("events", "job.view", DAY, 4),
        ("events", "search.run", DAY, 1),
        ("events", "user.login", DAY, 1),
    ],
]


def test_a_day_in_utc_is_counted_by_user_job_and_event(analytics: Service) -> None:
    a_day(analytics)
    analytics.execute("SET LOCAL timezone = 'Asia/Tokyo'")
    analytics.execute("SELECT rollup_analytics_day(%s)", DAY)
    analytics.execute("SET LOCAL timezone = 'UTC'")
    assert counted(analytics) == COUNTED


def test_a_day_that_is_counted_again_is_counted_anew(analytics: Service) -> None:
    a_day(analytics)
    for _ in range(2):
        analytics.execute("SELECT rollup_analytics_day(%s)", DAY)
    assert counted(analytics) == COUNTED
    event(analytics, user_id=3, job_id=11, company_id=101)
    analytics.execute("SELECT rollup_analytics_day(%s)", DAY)
    _, jobs, events = counted(analytics)
    assert (jobs[1], events[2]) == ((11, 101, DAY, 1, 1, 0, 1), ("events", "job.view", DAY, 5))


def test_the_funnel_shows_how_many_views_end_in_an_application(analytics: Service) -> None:
    for job, day, views, applications in ((10, DAY, 2, 1), (10, date(2024, 6, 2), 4, 1), (11, DAY, 0, 1)):
        add(analytics, "job_analytics", job_id=job, company_id=100, day=day, views=views, applications=applications)
    rows = analytics.rows("SELECT * FROM job_funnel ORDER BY job_id")
    assert [tuple(row.values()) for row in rows] == [(10, 100, 6, 2, Decimal("33.33")), (11, 100, 0, 1, None)]


def test_the_daily_numbers_are_as_of_their_last_refresh(analytics: Service) -> None:
    for dimension, value in (("all", 1), ("web", 2)):
        add(analytics, "platform_analytics", day=DAY, metric="events", dimension=dimension, value=value)
    assert analytics.count("platform_daily") == 0
    analytics.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY platform_daily")
    assert analytics.rows("SELECT * FROM platform_daily") == [{"day": DAY, "metric": "events", "value": Decimal(3)}]


@pytest.mark.parametrize(
    ("table", "values", "state", "constraint"),
    [
        ("user_analytics", {"user_id": 1, "day": DAY}, "23505", "user_analytics_user_id_day_key"),
        ("job_analytics", {"job_id": 1, "day": DAY}, "23505", "job_analytics_job_id_day_key"),
        ("job_analytics", {"job_id": 2, "day": DAY, "unique_viewers": 1}, "23514", "job_analytics_check"),
        (
            "platform_analytics",
            {"day": DAY, "metric": "x", "value": 1},
            "23505",
            "platform_analytics_day_metric_dimension_key",
        ),
        ("platform_analytics", {"day": DAY, "metric": "y"}, "23502", None),
    ],
)
def test_what_cannot_be_is_refused(
    analytics: Service, table: str, values: dict[str, object], state: str, constraint: str | None
) -> None:
    add(analytics, "user_analytics", user_id=1, day=DAY)
    add(analytics, "job_analytics", job_id=1, day=DAY)
    add(analytics, "platform_analytics", day=DAY, metric="x", value=1)
    with analytics.refuses(state, constraint):
        add(analytics, table, **values)


def test_months_that_were_made_since_go_with_their_table(postgres: Postgres) -> None:
    with new_places(postgres, ["analytics_db"]) as places:
        up("jobs", places)
        with connect(url_of(places)) as connection:
            service = Service(connection, url_of(places))
            month(service, "2024-06-01")
            event(service)
        down("jobs", places)
        assert left_over(url_of(places)) == set()


def url_of(places: dict[str, Database]) -> str:
    return places["analytics_db"].url
