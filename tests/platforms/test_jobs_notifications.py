"""Notifications of the job platform: templates and their versions, what is due, what is unread, what users want."""

from __future__ import annotations

import pytest

from tests.fixtures.postgres import Database
from tests.platforms.dashboard import Service, connect
from tests.platforms.jobs import Open, a_notification, before, change
from tests.platforms.postgres_facts import add, checks


@pytest.fixture
def notifications(on: Open) -> Service:
    return on("notifications_db")


def template(notifications: Service, **values: object) -> int:
    given = {"code": "job.alert", "channel": "push", "body": "{{jobs}}"} | values
    number: int = add(notifications, "notification_templates", **given)["id"]
    return number


def test_of_each_text_one_version_is_in_use(notifications: Service) -> None:
    first = template(notifications)
    with notifications.refuses("23505", "uq_notification_templates_active"):
        template(notifications, version=2)
    second = template(notifications, version=2, is_active=False)
    template(notifications, locale="de"), template(notifications, channel="sms")
    change(notifications, "notification_templates", first, is_active=False)
    change(notifications, "notification_templates", second, is_active=True)
    with notifications.refuses("23505", "notification_templates_code_channel_locale_version_key"):
        template(notifications, version=2, is_active=False)


@pytest.mark.parametrize(
    ("table", "values", "constraint"),
    [
        ("notification_templates", {"channel": "fax"}, "notification_templates_channel_check"),
        ("notification_templates", {"channel": "email"}, "notification_templates_check"),
        ("notification_templates", {"version": 0}, "notification_templates_version_check"),
        ("notification_templates", {"variables": "{}"}, "notification_templates_variables_check"),
        ("notifications", {"channel": "fax"}, "notifications_channel_check"),
        ("notifications", {"entity_type": "user", "entity_id": 1}, "notifications_entity_type_check"),
        ("notifications", {"entity_type": "job"}, "notifications_check"),
        ("notifications", {"entity_id": 1}, "notifications_check"),
        ("notifications", {"priority": 0}, "notifications_priority_check"),
        ("notifications", {"priority": 10}, "notifications_priority_check"),
        ("notifications", {"status": "lost"}, "notifications_status_check"),
        ("user_notification_preferences", {"channel": "fax"}, "user_notification_preferences_channel_check"),
        ("user_notification_preferences", {"frequency": "yearly"}, "user_notification_preferences_frequency_check"),
        ("user_notification_preferences", {"quiet_from": "22:00"}, "user_notification_preferences_check"),
    ],
)
def test_what_cannot_be_is_refused(
    notifications: Service, table: str, values: dict[str, object], constraint: str
) -> None:
    preference = add(notifications, "user_notification_preferences", user_id=1, channel="sms", category="jobs")["id"]
    numbers = {"notification_templates": template(notifications), "notifications": a_notification(notifications)}
    numbers["user_notification_preferences"] = preference
    with notifications.refuses("23514", constraint):
        change(notifications, table, numbers[table], **values)


def test_a_user_says_once_for_each_channel_and_category(notifications: Service) -> None:
    given = {"user_id": 1, "channel": "sms", "category": "jobs"}
    row = add(notifications, "user_notification_preferences", **given, quiet_from="22:00", quiet_to="07:00")
    assert (row["is_enabled"], row["frequency"], row["timezone"]) == (True, "instant", "UTC")
    with notifications.refuses("23505", "user_notification_preferences_user_id_channel_category_key"):
        add(notifications, "user_notification_preferences", **given)


def test_what_is_due_is_taken_by_priority_and_time_and_counted(notifications: Service) -> None:
    urgent = a_notification(notifications, priority=1, scheduled_at=before(hours=1))
    older = a_notification(notifications, scheduled_at=before(hours=3))
    newer = a_notification(notifications, scheduled_at=before(hours=2))
    a_notification(notifications, scheduled_at=before(days=-1))
    a_notification(notifications, scheduled_at=before(hours=9), status="cancelled")
    taken = notifications.rows("SELECT id, status, attempts FROM claim_due_notifications(2)")
    assert sorted(tuple(row.values()) for row in taken) == [(urgent, "sending", 1), (older, "sending", 1)]
    assert notifications.values("SELECT id FROM claim_due_notifications(9)") == [newer]
    assert notifications.values("SELECT id FROM claim_due_notifications(9)") == []
    change(notifications, "notifications", urgent, status="queued")
    assert notifications.values("SELECT attempts FROM claim_due_notifications(9)") == [2]


def test_two_workers_take_different_ones_without_waiting(jobs_databases: dict[str, Database]) -> None:
    url = jobs_databases["notifications_db"].url
    with connect(url) as one, connect(url) as other:
        expected = {a_notification(Service(one, url), scheduled_at=before(hours=1)) for _ in range(3)}
        one.commit()
        try:
            other.execute("SET lock_timeout = '1ms'")
            claim = "SELECT id FROM claim_due_notifications(2)"
            first, second = Service(one, url).values(claim), Service(other, url).values(claim)
            assert (len(first), len(second), {*first, *second}) == (2, 1, expected)
        finally:
            one.rollback()
            other.rollback()
            one.execute("DELETE FROM notifications")


def test_what_is_finished_goes_by_its_age_and_what_is_not_stays(notifications: Service) -> None:
    old = before(days=400)
    for status in ("sent", "delivered", "read", "failed", "cancelled"):
        a_notification(notifications, status=status, created_at=old)
    kept = [a_notification(notifications, status=status, created_at=old) for status in ("queued", "sending")]
    kept.append(a_notification(notifications, status="sent", created_at=before(days=300)))
    assert notifications.value("SELECT purge_notifications('12 months')") == 5
    assert notifications.values("SELECT id FROM notifications ORDER BY id") == kept


def test_unread_are_those_that_arrived_in_the_application(notifications: Service) -> None:
    a_notification(notifications, status="sent", created_at=before(hours=2))
    a_notification(notifications, status="delivered", created_at=before(hours=1))
    a_notification(notifications, status="delivered", read_at=before(hours=1))
    a_notification(notifications, status="queued")
    a_notification(notifications, status="sent", channel="email")
    a_notification(notifications, user=2, status="read", read_at=before(hours=1))
    assert notifications.rows("SELECT * FROM unread_counts") == [{"user_id": 1, "unread": 2, "latest": before(hours=1)}]


def test_a_notification_outlives_its_template(notifications: Service) -> None:
    number = template(notifications)
    a_notification(notifications, template_id=number, metadata={"job": {"id": 1}})
    with notifications.refuses("23503", "notifications_template_id_fkey"):
        a_notification(notifications, template_id=-1)
    notifications.execute("DELETE FROM notification_templates WHERE id = %s", number)
    assert notifications.values("""SELECT template_id FROM notifications WHERE metadata @> '{"job": {"id": 1}}'""") == [
        None
    ]


def test_a_check_finds_a_notification_that_went_another_way(notifications: Service) -> None:
    check = checks("jobs", "notifications_db")["01_channel_is_the_templates"]
    number = template(notifications)
    a_notification(notifications, channel="push", template_id=number)
    a_notification(notifications)
    assert notifications.rows(check) == []
    wrong = a_notification(notifications, channel="sms", template_id=number)
    assert [row["id"] for row in notifications.rows(check)] == [wrong]
