"""The statements that the alumni platform's page tells people to run: they run, and keep and remove what it says."""

from __future__ import annotations

import re

import psycopg
import pytest

from tests.platforms.dashboard import Service
from tests.platforms.ijaa import PAGE, TARGETS, after, event, report, user
from tests.platforms.postgres_facts import Places, add

BLOCKS: list[tuple[str, str]] = re.findall(
    r"^```sql\n-- (\w+)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S
)


def block(beginning: str) -> str:
    (found,) = [text for _, text in BLOCKS if text.startswith(beginning)]
    return found


def test_every_block_of_sql_says_where_it_runs() -> None:
    assert PAGE.read_text(encoding="utf-8").count("```sql") == len(BLOCKS) == 11
    assert {target for target, _ in BLOCKS} == {"any", *TARGETS}


@pytest.mark.parametrize("target", TARGETS)
def test_every_block_runs(target: str, ijaa_places: Places) -> None:
    with psycopg.connect(ijaa_places[target].url) as connection:
        for where, text in BLOCKS:
            if where in ("any", target):
                # As part of one transaction, so that nothing stays.
                connection.execute(re.sub(r"^(BEGIN|COMMIT);$", "", text, flags=re.M).encode())
        connection.rollback()


def test_a_name_is_held_back_until_what_was_told_of_it_is_sent_and_applied(
    ijaa_users: Service, ijaa_events: Service
) -> None:
    user(ijaa_users, "ada")
    user(ijaa_users, "bob")
    first = ijaa_users.value("SELECT rename_user('ada', 'ida')")
    ijaa_users.execute("SELECT rename_user('bob', 'eva')")
    user(ijaa_users, "ada", email="second@example.org")
    second = ijaa_users.value("SELECT erase_user('ada')")
    told = ijaa_users.rows(block("SELECT id, topic"))
    assert [(row["id"], row["published_at"]) for row in told] == [(first, None), (second, None)]
    waiting = block("SELECT id\nFROM unnest").replace("{1,2}", f"{{{first},{second}}}")
    given = {"source_service": "ijaa_users", "topic": "t", "payload": {}}
    add(ijaa_events, "inbox_events", **given, event_id=first, processed_at=after(0))
    add(ijaa_events, "inbox_events", **given, event_id=second)
    assert ijaa_events.values(waiting) == [second]
    ijaa_events.execute("UPDATE inbox_events SET processed_at = now()")
    assert ijaa_events.values(waiting) == []


def test_closed_reports_go_after_two_years_and_open_ones_stay(ijaa_users: Service) -> None:
    report(ijaa_users, status="RESOLVED", resolved_at=after(-740))
    kept = [report(ijaa_users, status="DISMISSED", resolved_at=after(-720)), report(ijaa_users, created_at=after(-999))]
    ijaa_users.execute(block("DELETE FROM reports"))
    assert ijaa_users.values("SELECT id FROM reports ORDER BY id") == [row["id"] for row in kept]


def test_what_was_told_and_applied_goes_after_90_days_and_the_trail_after_seven_years(ijaa_users: Service) -> None:
    for key, published in (("old", after(-91)), ("young", after(-89)), ("waiting", None)):
        add(ijaa_users, "outbox_events", topic="t", key=key, payload={}, occurred_at=after(-99), published_at=published)
    for number, processed in enumerate((after(-91), after(-89), None)):
        given = {"source_service": "s", "event_id": number, "topic": "t", "payload": {}, "received_at": after(-99)}
        add(ijaa_users, "inbox_events", **given, processed_at=processed)
    for row, days in enumerate((-2560, -2550)):
        add(ijaa_users, "audit_log", table_name="users", row_id=row, action="D", changed_at=after(days))
    ijaa_users.execute(block("DELETE FROM outbox_events"))
    assert ijaa_users.values("SELECT key FROM outbox_events ORDER BY id") == ["young", "waiting"]
    assert ijaa_users.values("SELECT event_id FROM inbox_events ORDER BY 1") == [1, 2]
    assert ijaa_users.values("SELECT row_id FROM audit_log") == [1]


def test_reminders_go_a_month_after_their_event_and_statistics_after_three_years(ijaa_events: Service) -> None:
    for title, end in (("old", -31), ("young", -29)):
        held = event(ijaa_events, title=title, start_date=after(end - 1), end_date=after(end))
        add(ijaa_events, "event_reminders", event_id=held["id"], username="ada", remind_at=after(-99))
        add(ijaa_events, "event_analytics", event_id=held["id"], day=after(-1100 if title == "old" else -1090).date())
    ijaa_events.execute(block("DELETE FROM event_reminders"))
    left = "SELECT title FROM events JOIN {} AS t ON t.event_id = events.id"
    assert ijaa_events.values(left.format("event_reminders")) == ["young"]
    assert ijaa_events.values(left.format("event_analytics")) == ["young"]


def test_the_cache_forgets_what_expired_and_yesterday_is_counted(ijaa_events: Service) -> None:
    for name, days in (("ada", -1), ("bob", 1)):
        add(ijaa_events, "user_cache", username=name, name=name, status="ACTIVE", expires_at=after(days))
    held = event(ijaa_events)
    midday = ijaa_events.value(
        "SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '12 h'"
    )
    add(ijaa_events, "event_comments", event_id=held["id"], author_username="ada", content="x", created_at=midday)
    ijaa_events.execute(block("DELETE FROM user_cache"))
    assert ijaa_events.values("SELECT username FROM user_cache") == ["bob"]
    assert ijaa_events.values("SELECT comments FROM event_analytics") == [1]


def test_what_waits_and_what_media_take_is_told(ijaa_users: Service, ijaa_events: Service) -> None:
    add(ijaa_users, "outbox_events", topic="t", key="k", payload={}, occurred_at=after(-2))
    rows = ijaa_users.rows(block("SELECT 'outbox'"))
    assert [tuple(row.values()) for row in rows] == [("outbox", 1, after(-2)), ("inbox", 0, None)]
    user(ijaa_users, "ada", last_login_at=after(-2))
    assert ijaa_users.one(block("SELECT count(*) FILTER (WHERE created_at")) == {"registered": 1, "logged_in": 0}
    held = event(ijaa_events)
    given = {"event_id": held["id"], "uploaded_by_username": "ada", "url": "x"}
    for size in (1024, 2048):
        add(ijaa_events, "event_media", **given, media_type="IMAGE", size_bytes=size)
    found = ijaa_events.one(block("SELECT (SELECT count(*) FROM events WHERE created_at"))
    assert (found["events_of_a_day"], found["media"]) == (1, "3072 bytes")
