"""JobHub's four tables with a partition for each month: bounds, what goes where, what refers to a month that goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.platforms.dashboard import Service
from tests.platforms.jobhub import PARTITIONED, block_with

ONE, TWO = UUID(int=1), UUID(int=2)
ZONES = ("UTC", "Asia/Kolkata", "America/Los_Angeles", "Pacific/Kiritimati")
Open = Callable[[str], Service]


def month(service: Service, table: str, day: str) -> str:
    name: str = service.value("SELECT ensure_month_partition(%s, %s::date)", table, day)
    return name


def bounds(service: Service, leaf: str) -> str:
    service.execute("SET LOCAL TimeZone = 'UTC'")
    return str(service.value("SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = %s", leaf))


def add_job(service: Service) -> UUID:
    return service.add("jobs", employer_id=ONE, title="t", slug="s", description="d", employment_type="contract")


def view(service: Service, job: UUID, at: str, viewer: UUID | None = None, address: str | None = None) -> None:
    service.execute(
        "INSERT INTO job_views (job_id, viewer_id, ip_address, viewed_at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        *(job, viewer, address, at),
    )


@pytest.mark.parametrize(("target", "table"), PARTITIONED.items())
def test_a_month_goes_from_midnight_to_midnight_utc_in_whatever_time_zone_it_is_made(
    target: str, table: str, jobhub_service: Open
) -> None:
    service = jobhub_service(target)
    for number, zone in enumerate(ZONES, start=1):
        service.execute(f"SET LOCAL TimeZone = '{zone}'")
        leaf = month(service, table, f"2031-{number:02}-28")
        assert leaf == f"{table}_y2031m{number:02}"
        assert bounds(service, leaf) == (
            f"FOR VALUES FROM ('2031-{number:02}-01 00:00:00+00') TO ('2031-{number + 1:02}-01 00:00:00+00')"
        )
    assert month(service, table, "2031-12-31") == f"{table}_y2031m12"
    assert "TO ('2032-01-01 00:00:00+00')" in bounds(service, f"{table}_y2031m12")


@pytest.mark.parametrize(("target", "table"), PARTITIONED.items())
def test_a_month_that_is_there_stays_as_it_is(target: str, table: str, jobhub_service: Open) -> None:
    service = jobhub_service(target)
    before = [month(service, table, "2031-02-01"), service.value(f"SELECT '{table}_y2031m02'::regclass::oid")]
    assert [month(service, table, "2031-02-28"), service.value(f"SELECT '{table}_y2031m02'::regclass::oid")] == before


@pytest.mark.parametrize(("target", "table"), PARTITIONED.items())
def test_a_month_that_was_detached_and_not_dropped_is_no_month(target: str, table: str, jobhub_service: Open) -> None:
    service = jobhub_service(target)
    leaf = month(service, table, "2031-02-01")
    service.execute(f"ALTER TABLE {table} DETACH PARTITION {leaf}")
    with service.refuses("42P07"):
        month(service, table, "2031-02-01")
    service.execute(f"DROP TABLE {leaf}")
    assert month(service, table, "2031-02-01") == leaf


def test_making_a_month_keeps_readers_of_the_table_out_and_writers_of_what_it_refers_to(jobhub_service: Open) -> None:
    service = jobhub_service("auth_db")
    month(service, "audit_logs", "2031-02-01")
    rows = service.rows("""
        SELECT relation::regclass::text AS name, mode FROM pg_locks
        WHERE pid = pg_backend_pid() AND mode IN ('AccessExclusiveLock', 'ShareRowExclusiveLock')
          AND relation::regclass::text IN ('audit_logs', 'audit_logs_default', 'users', 'sessions')
    """)
    held = {(row["name"], row["mode"]) for row in rows}
    assert {(name, "AccessExclusiveLock") for name in ("audit_logs", "audit_logs_default")} <= held
    assert {(name, "ShareRowExclusiveLock") for name in ("users", "sessions")} <= held
    assert ("users", "AccessExclusiveLock") not in held


def test_a_row_lies_in_its_month_and_beside_the_months_where_there_is_none(jobhub_service: Open) -> None:
    service = jobhub_service("auth_db")
    month(service, "audit_logs", "2031-02-01")
    for at in ("2031-01-31 23:59:59.999999+00", "2031-02-01 00:00+00", "2031-02-28 23:59:59.999999+00", "2031-03-01Z"):
        service.add("audit_logs", action="x", created_at=at)
    rows = service.values("SELECT tableoid::regclass::text FROM audit_logs ORDER BY created_at")
    assert rows == ["audit_logs_default", "audit_logs_y2031m02", "audit_logs_y2031m02", "audit_logs_default"]


def test_a_month_that_has_rows_beside_the_months_can_no_longer_be_added(jobhub_service: Open) -> None:
    service = jobhub_service("auth_db")
    service.add("audit_logs", action="x", created_at="2031-02-03")
    with service.refuses("23514"):
        month(service, "audit_logs", "2031-02-01")
    assert month(service, "audit_logs", "2031-03-01") == "audit_logs_y2031m03"


@pytest.mark.parametrize(("target", "table"), PARTITIONED.items())
def test_each_month_has_the_indexes_of_its_table(target: str, table: str, jobhub_service: Open) -> None:
    service = jobhub_service(target)
    month(service, table, "2031-02-01")
    counted = [
        service.value("SELECT count(*) FROM pg_indexes WHERE tablename = %s", name)
        for name in (table, f"{table}_default", f"{table}_y2031m02")
    ]
    own = 1 if target == "job_db" else 0
    assert counted == [counted[0], counted[0] + own, counted[0] + own]
    assert counted[0] == {"audit_logs": 6, "job_views": 4, "messages": 7, "user_notifications": 5}[table]


def test_a_view_counts_once_for_a_viewer_and_an_hour_in_a_month_and_beside_it(jobhub_service: Open) -> None:
    service = jobhub_service("job_db")
    job = add_job(service)
    assert month(service, "job_views", "2031-02-01") == "job_views_y2031m02"
    for year in ("2031", "2032"):
        for at in ("05T10:00Z", "05T10:59:59Z", "05T11:00Z"):
            view(service, job, f"{year}-02-{at}", viewer=ONE)
            view(service, job, f"{year}-02-{at}", address="192.0.2.1")
            view(service, job, f"{year}-02-{at}", viewer=TWO, address="192.0.2.1")
        found = service.values(
            "SELECT count(*) FROM job_views WHERE extract(year FROM viewed_at) = %s"
            " GROUP BY COALESCE(viewer_id::text, ip_address::text)",
            int(year),
        )
        assert found == [2, 2, 2]


def test_the_hour_of_a_view_is_that_of_utc_also_where_clocks_show_half_hours(jobhub_service: Open) -> None:
    service = jobhub_service("job_db")
    job = add_job(service)
    service.execute("SET LOCAL TimeZone = 'Asia/Kolkata'")
    view(service, job, "2031-02-05T10:10Z", viewer=ONE)
    view(service, job, "2031-02-05T10:50Z", viewer=ONE)
    assert service.count("job_views") == 1


def test_views_of_nobody_known_all_count(jobhub_service: Open) -> None:
    service = jobhub_service("job_db")
    job = add_job(service)
    for _ in range(3):
        view(service, job, "2031-02-05T10:10Z")
    assert service.count("job_views") == 3


def test_a_second_view_is_refused_where_conflicts_are_not_passed_over_and_none_can_be_named(
    jobhub_service: Open,
) -> None:
    service = jobhub_service("job_db")
    job = add_job(service)
    view(service, job, "2031-02-05T10:10Z", viewer=ONE)
    with service.refuses("23505", "job_views_default_unique"):
        service.add("job_views", job_id=job, viewer_id=ONE, viewed_at="2031-02-05T10:20Z")
    with service.refuses("42P10"):
        service.execute("INSERT INTO job_views (job_id) VALUES (%s) ON CONFLICT (job_id) DO NOTHING", job)


def say(service: Service, talk: UUID, at: str, parent: tuple[UUID, str] | None = None) -> UUID:
    more = {"parent_message_id": parent[0], "parent_created_at": parent[1]} if parent else {}
    return service.add("messages", conversation_id=talk, sender_id=ONE, content="x", created_at=at, **more)


def test_a_month_of_messages_goes_with_what_belongs_to_it_and_replies_elsewhere_stay(jobhub_service: Open) -> None:
    service = jobhub_service("message_db")
    talk = service.add("conversations", created_by=ONE)
    for day in ("2031-02-01", "2031-03-01"):
        month(service, "messages", day)
    old = say(service, talk, "2031-02-05Z")
    reply = say(service, talk, "2031-03-05Z", parent=(old, "2031-02-05Z"))
    key = {"message_id": old, "message_created_at": "2031-02-05Z"}
    service.add("message_reactions", **key, user_id=ONE, reaction_type="like")
    service.add(
        "message_attachments", **key, file_name="f", original_file_name="f", file_size=1, file_type="t", file_url="u"
    )
    with service.refuses("23503"):
        service.execute("ALTER TABLE messages DETACH PARTITION messages_y2031m02")
    with service.refuses("2BP01"):
        service.execute("DROP TABLE messages_y2031m02")
    service.execute(block_with("message_db", "DROP TABLE messages_y2031m02"))
    assert service.values("SELECT id FROM messages") == [reply]
    assert service.row("messages", reply)["parent_message_id"] is None
    assert service.row("messages", reply)["parent_created_at"] is None
    assert service.count("message_reactions") == service.count("message_attachments") == 0


def test_a_message_is_named_by_id_and_time_together(jobhub_service: Open) -> None:
    service = jobhub_service("message_db")
    talk = service.add("conversations", created_by=ONE)
    said = say(service, talk, "2031-02-05Z")
    with service.refuses("23503", "fk_messages_parent"):
        say(service, talk, "2031-02-06Z", parent=(said, "2031-02-05T00:00:01Z"))
    with service.refuses("23514", "ck_messages_parent_pair"):
        service.add("messages", conversation_id=talk, sender_id=ONE, content="x", parent_message_id=said)
    with service.refuses("23503"):
        service.add(
            "message_reactions",
            message_id=said,
            message_created_at="2031-02-06Z",
            user_id=ONE,
            reaction_type="like",
        )


def test_a_notification_that_goes_takes_its_deliveries(jobhub_service: Open) -> None:
    service = jobhub_service("notification_db")
    month(service, "user_notifications", "2031-02-01")
    kept, gone = (
        service.add("user_notifications", user_id=ONE, type="x", title="t", message="m", created_at=at)
        for at in ("2031-03-05Z", "2031-02-05Z")
    )
    for one, at in ((kept, "2031-03-05Z"), (gone, "2031-02-05Z")):
        named = {"notification_id": one, "notification_created_at": at}
        service.add("notification_delivery_log", **named, delivery_type="email", recipient="a@example.org")
    service.remove("user_notifications", gone)
    assert service.values("SELECT notification_id FROM notification_delivery_log") == [kept]


def test_a_conversation_that_goes_takes_what_was_said_in_it(jobhub_service: Open) -> None:
    service = jobhub_service("message_db")
    talk = service.add("conversations", created_by=ONE)
    service.add("conversation_participants", conversation_id=talk, user_id=ONE)
    said = say(service, talk, datetime.now(UTC).isoformat())
    at = service.row("messages", said)["created_at"]
    say(service, talk, (at + timedelta(seconds=1)).isoformat(), parent=(said, at.isoformat()))
    service.remove("conversations", talk)
    assert service.count("messages") == service.count("conversation_participants") == 0
