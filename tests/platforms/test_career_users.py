"""Accounts, profiles and settings of the career platform: what the users service takes and refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.platforms.career import add
from tests.platforms.dashboard import Row, Service

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def account(users: Service, **values: Any) -> Row:
    return add(users, "users", **{"email": f"{uuid4()}@example.org", "password_hash": "x"} | values)


def test_a_new_account_has_its_defaults_and_a_change_its_time(career_users: Service) -> None:
    made = account(career_users, updated_at=NOW)
    names = "last_login", "is_active", "account_type", "profile_completion_percentage", "updated_at"
    assert [made[name] for name in names] == [None, True, "free", 0, NOW]
    settings = add(career_users, "user_preferences", user_id=made["user_id"], updated_at=NOW)
    assert [settings[name] for name in ("email_notifications", "language_preference", "theme_preference")] == [
        True,
        "en",
        "light",
    ]
    career_users.execute("UPDATE users SET first_name = 'Ada'")
    career_users.execute("UPDATE user_preferences SET theme_preference = 'dark'")
    for table in ("users", "user_preferences"):
        assert career_users.value(f"SELECT updated_at = now() FROM {table}") is True


def test_an_address_is_taken_in_every_spelling(career_users: Service) -> None:
    account(career_users, email="ada@example.org")
    with career_users.refuses("23505", "idx_users_email"):
        account(career_users, email="ada@example.org")
    with career_users.refuses("23505", "uq_users_email_ci"):
        account(career_users, email="Ada@Example.org")


def test_a_user_has_one_profile_and_one_set_of_settings_which_go_along(career_users: Service) -> None:
    owner = account(career_users)["user_id"]
    for table, unique in (
        ("user_profiles", "idx_user_profiles_user_id"),
        ("user_preferences", "user_preferences_user_id_key"),
    ):
        add(career_users, table, user_id=owner)
        with career_users.refuses("23505", unique):
            add(career_users, table, user_id=owner)
        with career_users.refuses("23503", f"{table}_user_id_fkey"):
            add(career_users, table, user_id=uuid4())
        with career_users.refuses("23502"):
            add(career_users, table, user_id=None)
    career_users.execute("DELETE FROM users")
    assert (career_users.count("user_profiles"), career_users.count("user_preferences")) == (0, 0)


@pytest.mark.parametrize(
    ("table", "column", "taken", "refused"),
    [
        ("users", "account_type", ["free", "premium", "mentor", "enterprise", "admin"], ["", "Free", "guest"]),
        ("users", "profile_completion_percentage", [0, 100], [-1, 101]),
        ("user_profiles", "years_of_experience", [0, 80, None], [-1, 81]),
        ("user_profiles", "preferred_work_type", ["remote", "hybrid", "onsite", "any", None], ["office"]),
        ("user_preferences", "theme_preference", ["light", "dark", "system"], ["blue"]),
    ],
)
def test_accounts_take_what_they_must_and_nothing_else(
    career_users: Service, table: str, column: str, taken: list[object], refused: list[object]
) -> None:
    owner = account(career_users)["user_id"]
    if table != "users":
        add(career_users, table, user_id=owner)
    change = f"UPDATE {table} SET {column} = %s"
    for value in taken:
        career_users.execute(change, value)
    for value in refused:
        with career_users.refuses("23514", f"{table}_{column}_check"):
            career_users.execute(change, value)
