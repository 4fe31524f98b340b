"""The job platform as its tests use it: its six databases, migrated once, and rows that most of them begin with.

Expected facts belong to the tests; nothing here knows what the platform should hold.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fixtures.postgres import Database, Postgres
from tests.platforms.dashboard import Service, rolled_back
from tests.platforms.postgres_facts import ROOT, add, new_places, up

PAGE = ROOT / "docs" / "platforms" / "jobs.md"
TARGETS = ("users_db", "jobs_db", "applications_db", "search_db", "notifications_db", "analytics_db")
WITH_EVENTS = ("users_db", "jobs_db", "applications_db", "notifications_db")
"""Targets that have events, an audit log and set_updated_at."""

NOW = datetime.now(UTC)

Open = Callable[[str], Service]
"""A target → a session into its database, whose one transaction is rolled back after the test."""


@pytest.fixture(scope="session")
def jobs_databases(postgres: Postgres) -> Iterator[dict[str, Database]]:
    """All six targets, migrated, on each major in turn; whoever commits something takes it away."""
    with new_places(postgres, TARGETS) as places:
        up("jobs", places)
        yield places


@pytest.fixture(scope="session")
def jobs_sessions(jobs_databases: dict[str, Database]) -> Iterator[dict[str, Service]]:
    """A session into each target for tests that roll back."""
    with ExitStack() as stack:
        yield {target: stack.enter_context(rolled_back(database.url)) for target, database in jobs_databases.items()}


@pytest.fixture
def on(jobs_sessions: dict[str, Service]) -> Iterator[Open]:
    """`on(target)`: the session into it."""
    yield jobs_sessions.__getitem__
    for service in jobs_sessions.values():
        service.connection.rollback()


def before(**ago: float) -> datetime:
    return NOW - timedelta(**ago)


def digest(text: str) -> bytes:
    """32 bytes, as tokens and files are told by."""
    return hashlib.sha256(text.encode()).digest()


def a_user(users: Service, name: str = "ada", **values: Any) -> int:
    """The number of a new user, active unless told otherwise."""
    given = {"email": f"{name}@example.org", "first_name": name, "last_name": "Last", "status": "active"}
    number: int = add(users, "users", password_hash="$argon2id$secret", **(given | values))["id"]
    return number


def a_company(jobs: Service, name: str = "Acme", **values: Any) -> int:
    number: int = add(jobs, "companies", name=name, slug=name.lower(), **({"owner_user_id": 1} | values))["id"]
    return number


def a_job(jobs: Service, company: int, title: str = "Engineer", **values: Any) -> int:
    """The number of a new job, published unless told otherwise."""
    given: dict[str, Any] = {"slug": title.lower(), "description": "work", "posted_by_user_id": 1}
    given |= {"employment_type": "full_time", "experience_level": "mid", "status": "published", "published_at": NOW}
    number: int = add(jobs, "jobs", company_id=company, title=title, **(given | values))["id"]
    return number


def an_application(applications: Service, user: int = 1, job: int = 10, **values: Any) -> int:
    given = {"company_id": 100, "user_id": user, "job_id": job}
    number: int = add(applications, "applications", **(given | values))["id"]
    return number


def a_notification(notifications: Service, user: int = 1, **values: Any) -> int:
    given = {"user_id": user, "channel": "in_app", "type": "job.alert", "title": "x", "body": "x"}
    number: int = add(notifications, "notifications", **(given | values))["id"]
    return number


def change(service: Service, table: str, number: int, **values: Any) -> None:
    pairs = ", ".join(f"{name} = %s" for name in values)
    service.execute(f"UPDATE {table} SET {pairs} WHERE id = %s", *values.values(), number)


def blocks() -> list[tuple[str, str]]:
    """Every block of SQL on the platform's page: where it runs, by its first line, and the rest."""
    found: list[tuple[str, str]] = re.findall(
        r"^```sql\n-- (\w+)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S
    )
    return found


def block(where: str, *words: str) -> str:
    """The one block that runs there and has these words."""
    (found,) = [text for place, text in blocks() if place == where and all(word in text for word in words)]
    return found
