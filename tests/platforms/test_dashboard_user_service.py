"""The user service at work: accounts, tokens and their end, profiles, search."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.platforms.dashboard import Service, only

Make = Callable[..., UUID]
NOW = datetime.now(UTC)
PAST, SOON = NOW - timedelta(hours=1), NOW + timedelta(hours=1)


def token(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def account(users: Service, name: str = "ana", **values: object) -> UUID:
    return users.add("users", **{"email": f"{name}@example.org", "username": name, "password_hash": "x"} | values)


def session(users: Service, user: UUID, name: str = "s", **values: object) -> UUID:
    given = {"user_id": user, "session_token_hash": token(name), "expires_at": SOON} | values
    return users.add("user_sessions", **given)


def refresh(users: Service, user: UUID, name: str = "r", **values: object) -> UUID:
    return users.add("refresh_tokens", **{"user_id": user, "token_hash": token(name), "expires_at": SOON} | values)


def reset(users: Service, user: UUID, name: str = "p", **values: object) -> UUID:
    return users.add("password_resets", **{"user_id": user, "token_hash": token(name), "expires_at": SOON} | values)


def verification(users: Service, user: UUID, name: str = "e", **values: object) -> UUID:
    given = {"user_id": user, "email": "a@example.org", "token_hash": token(name), "expires_at": SOON} | values
    return users.add("email_verifications", **given)


def cleanup(users: Service) -> int:
    removed: int = users.value("SELECT cleanup_expired_auth_data()")
    return removed


@pytest.mark.parametrize(
    ("values", "state", "constraint"),
    [
        ({"username": "ab"}, "23514", "users_username_check"),
        ({"username": "with space"}, "23514", "users_username_check"),
        ({"username": "newline\n"}, "23514", "users_username_check"),
        ({"username": "ANA"}, "23505", "idx_users_username"),
        ({"email": "Ana@Example.org"}, "23505", "idx_users_email"),
        ({"email": None}, "23502", None),
        ({"password_hash": None}, "23502", None),
        ({"experience_years": 81}, "23514", "users_experience_years_check"),
        ({"experience_years": -1}, "23514", "users_experience_years_check"),
        ({"education": {"a": 1}}, "23514", "users_education_check"),
        ({"subscription_tier": "gold"}, "23514", "users_subscription_tier_check"),
        ({"subscription_status": "paused"}, "23514", "users_subscription_status_check"),
        ({"id": "not-a-uuid"}, "22P02", None),
    ],
)
def test_an_account_is_refused_that_breaks_a_rule(
    users: Service, values: dict[str, object], state: str, constraint: str | None
) -> None:
    account(users)
    with users.refuses(state, constraint):
        account(users, "ben", **values)


def test_an_account_starts_active_free_and_unverified(users: Service) -> None:
    row = users.row("users", account(users))
    defaults: tuple[object, ...] = ("UTC", "free", "active", True, False, [], {})
    names = "timezone subscription_tier subscription_status is_active is_email_verified education preferences"
    assert only(row, *names.split()) == defaults


@pytest.mark.parametrize("years", [0, 80, None])
def test_years_of_experience_run_from_none_to_eighty(users: Service, years: int | None) -> None:
    assert users.row("users", account(users, experience_years=years))["experience_years"] == years


@pytest.mark.parametrize("table", ["users", "user_profiles", "user_preferences"])
def test_a_change_moves_updated_at_and_leaves_created_at(users: Service, table: str) -> None:
    user = account(users, updated_at=PAST, created_at=PAST)
    row = user if table == "users" else users.add(table, user_id=user, updated_at=PAST, created_at=PAST)
    users.change(table, row, **({"title": "x"} if table == "users" else {"created_at": PAST}))
    assert only(users.row(table, row), "created_at", "updated_at") == (PAST, users.value("SELECT now()"))


@pytest.mark.parametrize("make", [session, refresh, reset, verification])
def test_a_token_is_stored_as_a_sha256_only_once(users: Service, make: Make) -> None:
    user = account(users)
    make(users, user, "t")
    with users.refuses("23505"):
        make(users, user, "t")
    column = "session_token_hash" if make is session else "token_hash"
    with users.refuses("23514"):
        make(users, user, **{column: b"plain"})
    with users.refuses("23502"):
        make(users, user, "u", expires_at=None)


def test_an_account_takes_everything_of_it_along(users: Service) -> None:
    user, other = account(users), account(users, "ben")
    for index, owner in enumerate((user, other)):
        refresh(users, owner, f"r{index}", session_id=session(users, owner, f"s{index}"))
        reset(users, owner, f"p{index}")
        verification(users, owner, f"e{index}")
        users.add("user_profiles", user_id=owner)
        users.add("user_preferences", user_id=owner)
    users.remove("users", user)
    tables = "user_sessions refresh_tokens password_resets email_verifications user_profiles user_preferences"
    assert {table: users.values(f"SELECT user_id FROM {table}") for table in tables.split()} == {
        table: [other] for table in tables.split()
    }


def test_a_refresh_token_goes_with_its_session_and_outlives_its_successor(users: Service) -> None:
    user = account(users)
    first = session(users, user)
    newer = refresh(users, user, "new")
    older = refresh(users, user, "old", replaced_by_id=newer, session_id=first)
    users.remove("refresh_tokens", newer)
    assert users.row("refresh_tokens", older)["replaced_by_id"] is None
    users.remove("user_sessions", first)
    assert users.count("refresh_tokens") == 0


def test_a_token_of_nobody_is_refused(users: Service) -> None:
    with users.refuses("23503", "user_sessions_user_id_fkey"):
        session(users, uuid4())


@pytest.mark.parametrize("make", [session, refresh, reset, verification])
def test_cleanup_removes_what_is_past_its_end_and_nothing_else(users: Service, make: Make) -> None:
    user = account(users)
    make(users, user, "past", expires_at=PAST)
    stays = make(users, user, "live")
    table = {session: "user_sessions", refresh: "refresh_tokens", reset: "password_resets"}
    assert cleanup(users) == 1
    assert users.values(f"SELECT id FROM {table.get(make, 'email_verifications')}") == [stays]


def test_cleanup_without_anything_to_remove_answers_zero(users: Service) -> None:
    assert cleanup(users) == 0


@pytest.mark.parametrize(
    ("make", "column", "kept_days", "removed_days"),
    [(session, "revoked_at", 29, 31), (reset, "used_at", 0.9, 1.1), (verification, "verified_at", 0.9, 1.1)],
)
def test_cleanup_keeps_what_was_used_or_revoked_for_a_while(
    users: Service,
    make: Make,
    column: str,
    kept_days: float,
    removed_days: float,
) -> None:
    user = account(users)
    make(users, user, "kept", **{column: NOW - timedelta(days=kept_days)})
    make(users, user, "gone", **{column: NOW - timedelta(days=removed_days)})
    assert (cleanup(users), cleanup(users)) == (1, 0)


def test_cleanup_keeps_a_revoked_refresh_token_until_it_expires(users: Service) -> None:
    user = account(users)
    refresh(users, user, revoked_at=NOW - timedelta(days=300))
    assert cleanup(users) == 0


def test_cleanup_counts_the_tokens_that_go_with_their_session(users: Service) -> None:
    user = account(users)
    ended = session(users, user, expires_at=PAST)
    refresh(users, user, "valid", session_id=ended)
    refresh(users, user, "past", session_id=ended, expires_at=PAST)
    refresh(users, user, "free")
    assert cleanup(users) == 3
    assert (users.count("user_sessions"), users.count("refresh_tokens")) == (0, 1)


def test_cleanup_counts_all_four_tables(users: Service) -> None:
    user = account(users)
    for make in (session, refresh, reset, verification):
        make(users, user, expires_at=PAST)
    assert cleanup(users) == 4


def test_the_session_summary_counts_live_sessions_by_user(users: Service) -> None:
    ana, ben = account(users), account(users, "ben")
    session(users, ana, "1", ip_address="10.0.0.1", last_activity_at=PAST)
    session(users, ana, "2", ip_address="10.0.0.1", last_activity_at=NOW, expires_at=SOON + timedelta(days=1))
    session(users, ana, "3", ip_address="10.0.0.2", revoked_at=PAST)
    session(users, ben, "4", expires_at=PAST)
    row = users.one("SELECT * FROM active_sessions_summary")
    assert tuple(row.values()) == (ana, "ana", 2, 1, NOW, SOON)


def test_a_complete_profile_leaves_out_the_password_hash(users: Service) -> None:
    user = account(users, preferences={"theme": "dark"})
    users.add("user_profiles", user_id=user, headline="Engineer", skills=["sql"])
    users.add("user_preferences", user_id=user, work_mode="remote")
    found = users.value("SELECT get_complete_user_profile(%s)", user)
    assert set(found) == {"user", "profile", "preferences"}
    assert "password_hash" not in found["user"] and "search_vector" not in found["profile"]
    assert (found["user"]["preferences"], found["profile"]["skills"]) == ({"theme": "dark"}, ["sql"])
    assert found["preferences"]["work_mode"] == "remote"


def test_a_complete_profile_has_null_for_the_parts_that_are_not_there(users: Service) -> None:
    found = users.value("SELECT get_complete_user_profile(%s)", account(users))
    assert (found["user"]["username"], found["profile"], found["preferences"]) == ("ana", None, None)


@pytest.mark.parametrize("user", [uuid4(), None])
def test_the_profile_of_nobody_is_null(users: Service, user: UUID | None) -> None:
    assert users.value("SELECT get_complete_user_profile(%s)", user) is None


def test_the_search_view_shows_active_users_with_a_searchable_profile(users: Service) -> None:
    shown, bare = account(users), account(users, "ben")
    inactive, hidden = account(users, "cleo", is_active=False), account(users, "dan")
    account(users, "without.profile")
    for user in (shown, bare, inactive):
        users.add("user_profiles", user_id=user)
    users.add("user_profiles", user_id=hidden, is_searchable=False)
    users.add("user_preferences", user_id=shown, work_mode="hybrid", desired_titles=["DBA"])
    rows = users.rows("SELECT username, work_mode, desired_titles FROM user_search_view ORDER BY username")
    assert [tuple(row.values()) for row in rows] == [("ana", "hybrid", ["DBA"]), ("ben", None, None)]


@pytest.mark.parametrize("field", ["headline", "current_position", "industry", "summary"])
def test_full_text_search_finds_other_forms_of_a_word(users: Service, field: str) -> None:
    users.add("user_profiles", user_id=account(users), **{field: "managing databases"})
    users.add("user_profiles", user_id=account(users, "ben"), **{field: "painter"})
    query = "SELECT username FROM user_search_view WHERE search_vector @@ websearch_to_tsquery('english', %s)"
    assert users.values(query, "manage database") == ["ana"]
    assert users.values(query, "manage painters") == []


def test_the_search_vector_cannot_be_written(users: Service) -> None:
    with users.refuses("428C9"):
        users.add("user_profiles", user_id=account(users), search_vector="x")


@pytest.mark.parametrize("table", ["user_profiles", "user_preferences"])
def test_a_user_has_one_profile_and_one_set_of_preferences(users: Service, table: str) -> None:
    user = account(users)
    users.add(table, user_id=user)
    with users.refuses("23505", f"{table}_user_id_key"):
        users.add(table, user_id=user)


@pytest.mark.parametrize("column", ["certifications", "languages", "work_history"])
def test_lists_of_a_profile_are_arrays(users: Service, column: str) -> None:
    user = account(users)
    with users.refuses("23514", f"user_profiles_{column}_check"):
        users.add("user_profiles", user_id=user, **{column: {"a": 1}})
    users.add("user_profiles", user_id=user, **{column: Jsonb([{"a": 1}])})


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"work_mode": "moon"}, "user_preferences_work_mode_check"),
        ({"salary_min": -1}, "user_preferences_salary_min_check"),
        ({"salary_min": 10, "salary_max": 9}, "user_preferences_salary_range"),
    ],
)
def test_preferences_are_refused_that_break_a_rule(users: Service, values: dict[str, object], constraint: str) -> None:
    with users.refuses("23514", constraint):
        users.add("user_preferences", user_id=account(users), **values)


@pytest.mark.parametrize("values", [{}, {"salary_min": 5}, {"salary_max": 5}, {"salary_min": 5, "salary_max": 5}])
def test_a_salary_may_be_open_at_either_end(users: Service, values: dict[str, object]) -> None:
    row = users.row("user_preferences", users.add("user_preferences", user_id=account(users), **values))
    assert only(row, *values) == tuple(values.values())
