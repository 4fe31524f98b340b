"""Accounts, tokens and sessions of the job platform: what is taken and refused, what expires, what erasure leaves."""

from __future__ import annotations

import pytest

from tests.platforms.dashboard import Service
from tests.platforms.jobs import NOW, Open, a_user, before, change, digest
from tests.platforms.postgres_facts import add, checks


@pytest.fixture
def users(on: Open) -> Service:
    return on("users_db")


def token(users: Service, user: int, name: str, **values: object) -> int:
    given = {"purpose": "email_verify", "expires_at": before(days=-1)} | values
    number: int = add(users, "user_verification_tokens", user_id=user, token_hash=digest(name), **given)["id"]
    return number


def session(users: Service, user: int, name: str, **values: object) -> int:
    given = {"expires_at": before(days=-1)} | values
    number: int = add(users, "user_sessions", user_id=user, refresh_token_hash=digest(name), **given)["id"]
    return number


def test_an_address_is_taken_once_in_whatever_spelling(users: Service) -> None:
    a_user(users, email="Ada@example.org")
    with users.refuses("23505", "uq_users_email"):
        a_user(users, email="ada@EXAMPLE.org")


def test_a_new_account_waits_and_is_a_candidates(users: Service) -> None:
    row = add(users, "users", email="a@example.org", password_hash="x", first_name="a", last_name="b")
    assert (row["role"], row["status"], row["skills"], row["profile"], row["failed_logins"]) == (
        "candidate",
        "pending",
        [],
        {},
        0,
    )


def test_people_are_found_by_name_headline_and_place_in_any_language(users: Service) -> None:
    ada = a_user(users, "Ada", headline="Senior Engineers wanted", location="Zürich", skills=["sql", "go"])
    a_user(users, "Bob", bio="Ada")
    found = "SELECT id FROM users WHERE search_vector @@ to_tsquery('simple', %s)"
    assert users.values(found, "ada & zürich") == [ada]
    # Without a language's endings: the word as it stands.
    assert (users.values(found, "engineers"), users.values(found, "engineer")) == ([ada], [])
    assert users.values("SELECT id FROM users WHERE skills @> '{sql}'") == [ada]
    change(users, "users", ada, headline=None, location="Bern")
    assert (users.values(found, "zürich"), users.values(found, "bern")) == ([], [ada])


@pytest.mark.parametrize(
    ("table", "values", "state", "constraint"),
    [
        ("users", {"role": "root"}, "23514", "users_role_check"),
        ("users", {"status": "gone"}, "23514", "users_status_check"),
        ("users", {"password_hash": None}, "23502", None),
        ("users", {"search_vector": "x"}, "428C9", None),
        ("user_verification_tokens", {"purpose": "login"}, "23514", "user_verification_tokens_purpose_check"),
        ("user_verification_tokens", {"token_hash": b"short"}, "23514", "user_verification_tokens_token_hash_check"),
        ("user_verification_tokens", {"token_hash": digest("b")}, "23505", "user_verification_tokens_token_hash_key"),
        ("user_verification_tokens", {"expires_at": before(days=1)}, "23514", "user_verification_tokens_check"),
        ("user_verification_tokens", {"user_id": -1}, "23503", "user_verification_tokens_user_id_fkey"),
        ("user_sessions", {"refresh_token_hash": b""}, "23514", "user_sessions_refresh_token_hash_check"),
        ("user_sessions", {"refresh_token_hash": digest("b")}, "23505", "user_sessions_refresh_token_hash_key"),
        ("user_sessions", {"user_id": -1}, "23503", "user_sessions_user_id_fkey"),
    ],
)
def test_what_cannot_be_is_refused(
    users: Service, table: str, values: dict[str, object], state: str, constraint: str | None
) -> None:
    user = a_user(users)
    token(users, user, "b"), session(users, user, "b")
    numbers = {"users": user, "user_verification_tokens": token(users, user, "a"), "user_sessions": 0}
    numbers["user_sessions"] = session(users, user, "a")
    with users.refuses(state, constraint):
        change(users, table, numbers[table], **values)


def test_tokens_and_sessions_go_with_their_user(users: Service) -> None:
    user = a_user(users)
    token(users, user, "a"), session(users, user, "a")
    users.execute("DELETE FROM users WHERE id = %s", user)
    assert (users.count("user_verification_tokens"), users.count("user_sessions")) == (0, 0)


def test_what_ended_long_ago_is_purged_and_counted(users: Service) -> None:
    user = a_user(users)
    old, young, live = before(days=31), before(days=29), before(days=-1)
    token(users, user, "1", expires_at=old, created_at=before(days=40))
    kept = [token(users, user, "2", expires_at=young, created_at=before(days=40)), token(users, user, "3")]
    # A session ends when it expires or is revoked, whichever is first.
    session(users, user, "4", expires_at=old)
    session(users, user, "5", expires_at=live, revoked_at=old)
    session(users, user, "6", expires_at=old, revoked_at=young)
    stay = [
        session(users, user, "7", expires_at=young),
        session(users, user, "8", expires_at=live, revoked_at=young),
        session(users, user, "9", expires_at=live),
    ]
    assert users.value("SELECT purge_expired_auth('30 days')") == 4
    assert users.values("SELECT id FROM user_verification_tokens ORDER BY id") == kept
    assert users.values("SELECT id FROM user_sessions ORDER BY id") == stay
    assert users.value("SELECT purge_expired_auth('30 days')") == 0


def test_sessions_at_work_are_counted_for_each_user(users: Service) -> None:
    one, other = a_user(users, "one"), a_user(users, "other")
    session(users, one, "a", last_seen_at=before(hours=2)), session(users, one, "b", last_seen_at=before(hours=1))
    session(users, one, "c", revoked_at=NOW, last_seen_at=NOW), session(users, other, "d", expires_at=before(days=1))
    assert users.rows("SELECT * FROM active_sessions") == [
        {"user_id": one, "sessions": 2, "last_seen_at": before(hours=1)}
    ]


def erased(users: Service) -> int:
    """A user with everything there is to say of one, erased."""
    said = dict.fromkeys(("phone", "headline", "bio", "location", "resume_url", "avatar_url"), "Secret")
    user = a_user(users, "Secret", skills=["Secret"], profile={"is": "Secret"}, **said)
    change(users, "users", user, bio="Secret again")
    token(users, user, "a"), session(users, user, "a", user_agent="Secret")
    assert users.value("SELECT erase_user(%s)", user) is not None
    return user


def test_erasure_leaves_a_number_and_an_event_that_names_it(users: Service) -> None:
    user = erased(users)
    row = users.one("SELECT * FROM users WHERE id = %s", user)
    assert (row["email"], row["status"], row["password_hash"]) == (f"erased-{user}@invalid", "deleted", "!")
    assert row["deleted_at"] == users.value("SELECT now()")
    for table in ("users", "user_sessions", "user_verification_tokens", "audit_log", "domain_events"):
        assert users.value(f"SELECT count(*) FROM {table} t WHERE t::text ~* 'secret'") == 0, table
    assert (users.count("user_sessions"), users.count("user_verification_tokens")) == (0, 0)
    event = users.one("SELECT * FROM domain_events")
    assert (event["aggregate_type"], event["aggregate_id"], event["event_type"]) == ("user", user, "user.erased")
    assert (event["payload"], event["aggregate_version"]) == ({}, 1)


def test_erasure_clears_the_images_of_its_own_change_and_leaves_those_of_others(users: Service) -> None:
    other = a_user(users, "other")
    user = erased(users)
    rows = users.rows("SELECT row_id, action::text, old_row, new_row FROM audit_log ORDER BY id")
    assert [(row["row_id"], row["action"]) for row in rows] == [(other, "I"), (user, "I"), (user, "U"), (user, "U")]
    assert [row["new_row"] is None for row in rows] == [False, True, True, True]


def test_nobody_is_erased_twice_over_nor_where_there_is_nobody(users: Service) -> None:
    assert users.value("SELECT erase_user(-1)") is None
    assert users.count("domain_events") == 0
    user = erased(users)
    assert users.value("SELECT erase_user(%s)", user) is not None
    assert users.values("SELECT aggregate_version FROM domain_events ORDER BY id") == [1, 2]


def test_the_address_of_somebody_erased_is_free_again(users: Service) -> None:
    erased(users)
    assert a_user(users, "Secret")


def test_a_check_finds_images_that_came_back(users: Service) -> None:
    check = checks("jobs", "users_db")["01_erased_users_leave_no_images"]
    user = erased(users)
    assert users.rows(check) == []
    # What is changed after the erasure has images of nobody.
    change(users, "users", user, failed_logins=1)
    assert users.rows(check) == []
    found = add(users, "audit_log", table_name="users", row_id=user, action="U", old_row={"email": "s@example.org"})
    assert [row["id"] for row in users.rows(check)] == [found["id"]]


def test_a_check_finds_somebody_erased_who_logged_in_again(users: Service) -> None:
    check = checks("jobs", "users_db")["02_erased_users_are_logged_in_nowhere"]
    session(users, a_user(users, "live"), "x")
    user = erased(users)
    assert users.rows(check) == []
    expected = [{"id": user, "kind": "session", "row_id": session(users, user, "b")}]
    expected.append({"id": user, "kind": "token", "row_id": token(users, user, "b")})
    assert sorted(users.rows(check), key=lambda row: str(row["kind"])) == expected
