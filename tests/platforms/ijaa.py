"""The alumni platform as its tests use it: its files, and rows that hold, of which a test changes what it is about.

Expected facts belong to the tests; nothing here knows what the platform should hold.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.platforms.dashboard import Row, Service
from tests.platforms.postgres_facts import ROOT, add

PLATFORM = "ijaa"
TARGETS = ("ijaa_users", "ijaa_events")
PAGE = ROOT / "docs" / "platforms" / "ijaa.md"
NOW = datetime.now(UTC)


def after(days: float) -> datetime:
    return NOW + timedelta(days=days)


def user(users: Service, username: str, **values: Any) -> Row:
    return add(
        users, "users", **{"username": username, "email": f"{username}@example.org", "password_hash": "x"} | values
    )


def profile(users: Service, username: str, **values: Any) -> Row:
    return add(users, "profiles", **{"username": username, "name": username.title()} | values)


def admin(users: Service, **values: Any) -> Row:
    return add(users, "admins", **{"name": "Root", "email": "root@example.org", "password_hash": "x"} | values)


def announcement(users: Service, by: Row, **values: Any) -> Row:
    return add(users, "announcements", **{"created_by_admin_id": by["id"], "title": "News", "content": "-"} | values)


def report(users: Service, **values: Any) -> Row:
    return add(users, "reports", **{"target_type": "SYSTEM", "category": "other", "description": "-"} | values)


def event(events: Service, **values: Any) -> Row:
    given = {"title": "Reunion", "start_date": after(1), "end_date": after(2), "created_by_username": "ada"}
    return add(events, "events", **given | values)


def takes_part(events: Service, in_event: Row, who: str, status: str = "GOING", **values: Any) -> Row:
    given = {"event_id": in_event["id"], "participant_username": who, "status": status}
    return add(events, "event_participations", **given | values)


def comment(events: Service, on: Row, who: str = "ada", **values: Any) -> Row:
    return add(events, "event_comments", **{"event_id": on["id"], "author_username": who, "content": "-"} | values)


def everything_of(events: Service, who: str, other: str) -> Row:
    """A row of `who` in each of the ten columns that name a user and in the cache; the event is returned."""
    held = event(events, created_by_username=who)
    takes_part(events, held, who)
    for invited, by in ((who, other), (other, who)):
        add(events, "event_invitations", event_id=held["id"], invited_username=invited, invited_by_username=by)
    comment(events, held, who)
    add(events, "event_media", event_id=held["id"], uploaded_by_username=who, media_type="LINK", url="x")
    add(events, "event_reminders", event_id=held["id"], username=who, remind_at=after(1))
    add(events, "recurring_events", title="x", recurrence_type="DAILY", start_date=NOW.date(), created_by_username=who)
    add(events, "event_templates", name=f"Of {who}", created_by_username=who)
    add(events, "calendar_integrations", username=who, provider="ICAL", external_calendar_id="x")
    add(events, "user_cache", username=who, name=who, status="ACTIVE", expires_at=after(1))
    return held
