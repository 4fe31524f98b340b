"""The alumni platform's user service: accounts, the network, announcements, reports, flags; what each rule refuses."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg.types.json import Jsonb

from tests.platforms.dashboard import Service, only
from tests.platforms.ijaa import admin, after, announcement, profile, report, user
from tests.platforms.postgres_facts import add, checks

UNIQUE, CHECK, FOREIGN_KEY, RESTRICT, RAISED, NOT_NULL = "23505", "23514", "23503", "23001", "P0001", "23502"


def audited(users: Service, table: str) -> list[tuple[Any, ...]]:
    rows = users.rows("SELECT * FROM audit_log WHERE table_name = %s ORDER BY id", table)
    return [only(row, "action", "old_row", "new_row") for row in rows]


def outbox(users: Service) -> list[tuple[Any, ...]]:
    return [only(row, "topic", "key", "payload") for row in users.rows("SELECT * FROM outbox_events ORDER BY id")]


def test_a_new_user_is_pending_and_numbers_of_the_monolith_are_kept(ijaa_users: Service) -> None:
    made = user(ijaa_users, "ada", id=4711)
    assert only(made, "id", "status", "is_email_verified", "failed_logins", "token_version") == (
        4711,
        "PENDING",
        False,
        0,
        0,
    )


@pytest.mark.parametrize(
    ("values", "state", "rule"),
    [
        ({"username": "ada", "email": "other@example.org"}, UNIQUE, "idx_users_username"),
        ({"username": "bob", "email": "ADA@example.org"}, UNIQUE, "uq_users_email"),
        ({"username": "ab"}, CHECK, "users_username_check"),
        ({"username": "with space"}, CHECK, "users_username_check"),
        ({"username": "bob", "status": "GONE"}, CHECK, "users_status_check"),
        ({"username": "bob", "password_hash": None}, NOT_NULL, None),
    ],
)
def test_what_is_no_account_is_refused(
    values: dict[str, Any], state: str, rule: str | None, ijaa_users: Service
) -> None:
    user(ijaa_users, "ada")
    with ijaa_users.refuses(state, rule):
        user(ijaa_users, **values)


def test_a_profile_is_found_by_words_and_by_batch_and_department(ijaa_users: Service) -> None:
    user(ijaa_users, "ada")
    user(ijaa_users, "bob")
    profile(ijaa_users, "ada", name="Ada King", batch="1998", department="Physics", location="Dhaka")
    profile(ijaa_users, "bob", name="Bob King", profession="Engineers")
    found = "SELECT username FROM profiles WHERE search_vector @@ websearch_to_tsquery('simple', %s) ORDER BY 1"
    assert ijaa_users.values(found, "king") == ["ada", "bob"]
    assert ijaa_users.values(found, "physics dhaka 1998") == ["ada"]
    # Words are found as they are written: no language is assumed of a name or a place.
    assert ijaa_users.values(found, "engineer") == []
    ijaa_users.execute("UPDATE profiles SET location = 'Sylhet' WHERE username = 'ada'")
    assert (ijaa_users.values(found, "dhaka"), ijaa_users.values(found, "sylhet")) == ([], ["ada"])


def test_a_user_has_one_profile_and_it_goes_with_the_user(ijaa_users: Service) -> None:
    user(ijaa_users, "ada")
    profile(ijaa_users, "ada")
    with ijaa_users.refuses(UNIQUE, "idx_profiles_username"):
        profile(ijaa_users, "ada")
    with ijaa_users.refuses(FOREIGN_KEY, "profiles_username_fkey"):
        profile(ijaa_users, "nobody")
    ijaa_users.execute("DELETE FROM users")
    assert ijaa_users.count("profiles") == 0


def test_only_what_an_active_user_shows_is_public(ijaa_users: Service) -> None:
    given = {"phone": "1", "contact_email": "a@example.org", "linkedin_url": "l"}
    for name, status in (("ada", "ACTIVE"), ("bob", "ACTIVE"), ("cyd", "SUSPENDED")):
        user(ijaa_users, name, status=status)
    profile(ijaa_users, "ada", **given)
    profile(ijaa_users, "bob", **given, show_phone=True, show_email=True, show_linkedin=False)
    profile(ijaa_users, "cyd", **given)
    rows = ijaa_users.rows("SELECT * FROM public_profiles ORDER BY username")
    assert [only(row, "username", "phone", "contact_email", "linkedin_url") for row in rows] == [
        ("ada", None, None, "l"),
        ("bob", "1", "a@example.org", None),
    ]


def test_two_people_are_connected_once_whoever_asked(ijaa_users: Service) -> None:
    for name in ("ada", "bob", "cyd"):
        user(ijaa_users, name)
    add(ijaa_users, "connections", requester_username="ada", receiver_username="bob")
    with ijaa_users.refuses(UNIQUE, "uq_connections_pair"):
        add(ijaa_users, "connections", requester_username="bob", receiver_username="ada")
    with ijaa_users.refuses(CHECK, "connections_two_people"):
        add(ijaa_users, "connections", requester_username="ada", receiver_username="ada")
    add(ijaa_users, "connections", requester_username="cyd", receiver_username="bob", status="ACCEPTED")
    rows = ijaa_users.rows("SELECT username, peer_username FROM accepted_connections ORDER BY 1")
    assert [tuple(row.values()) for row in rows] == [("bob", "cyd"), ("cyd", "bob")]


def test_an_interest_is_there_once_a_kind_however_it_is_written(ijaa_users: Service) -> None:
    user(ijaa_users, "ada")
    add(ijaa_users, "interests", username="ada", name="Chess")
    add(ijaa_users, "interests", username="ada", name="chess", kind="SKILL", level="EXPERT")
    with ijaa_users.refuses(UNIQUE, "uq_interests_name"):
        add(ijaa_users, "interests", username="ada", name="CHESS")
    with ijaa_users.refuses(CHECK, "interests_level_check"):
        add(ijaa_users, "interests", username="ada", name="Go", level="GOD")


def test_work_does_not_end_before_it_began(ijaa_users: Service) -> None:
    user(ijaa_users, "ada")
    given = {"username": "ada", "title": "Engineer", "company": "X", "start_date": "2020-02-02"}
    add(ijaa_users, "experiences", **given, end_date="2020-02-02")
    add(ijaa_users, "experiences", **given)
    with ijaa_users.refuses(CHECK, "experiences_dates"):
        add(ijaa_users, "experiences", **given, end_date="2020-02-01")


def test_an_announcement_expires_after_it_was_published_and_keeps_its_admin(ijaa_users: Service) -> None:
    by = admin(ijaa_users)
    announcement(ijaa_users, by, expires_at=after(1))
    with ijaa_users.refuses(CHECK, "announcements_expires_later"):
        announcement(ijaa_users, by, published_at=after(1), expires_at=after(1))
    with ijaa_users.refuses(CHECK, "announcements_priority_check"):
        announcement(ijaa_users, by, priority="NOW")
    # 18 tells RESTRICT from NO ACTION by its SQLSTATE.
    major = ijaa_users.connection.info.server_version // 10000
    with ijaa_users.refuses(RESTRICT if major >= 18 else FOREIGN_KEY, "announcements_created_by_admin_id_fkey"):
        ijaa_users.execute("DELETE FROM admins")
    with ijaa_users.refuses(UNIQUE, "uq_admins_email"):
        admin(ijaa_users, email="ROOT@example.org")


def test_a_report_concerns_one_thing_at_most_and_outlives_it(ijaa_users: Service) -> None:
    user(ijaa_users, "ada")
    user(ijaa_users, "bob")
    told = announcement(ijaa_users, admin(ijaa_users))
    of_news = report(ijaa_users, reporter_username="ada", target_type="ANNOUNCEMENT", announcement_id=told["id"])
    of_bob = report(ijaa_users, reporter_username="ada", target_type="USER", target_username="bob")
    of_event = report(ijaa_users, target_type="EVENT", event_id=99)
    with ijaa_users.refuses(CHECK, "reports_one_target"):
        report(ijaa_users, target_type="EVENT", event_id=1, event_comment_id=1)
    ijaa_users.execute("DELETE FROM announcements")
    ijaa_users.execute("DELETE FROM users")
    rows = ijaa_users.rows("SELECT * FROM reports ORDER BY id")
    assert [only(row, "id", "reporter_username", "announcement_id", "target_username", "event_id") for row in rows] == [
        (of_news["id"], None, None, None, None),
        (of_bob["id"], None, None, None, None),
        (of_event["id"], None, None, None, 99),
    ]


def test_a_report_is_closed_exactly_when_it_says_when(ijaa_users: Service) -> None:
    report(ijaa_users, status="RESOLVED", resolved_at=after(0))
    for values in ({"status": "DISMISSED"}, {"status": "OPEN", "resolved_at": after(0)}):
        with ijaa_users.refuses(CHECK, "reports_closed_at"):
            report(ijaa_users, **values)


def test_a_flag_has_a_share_of_users_and_keeps_the_one_above_it(ijaa_users: Service) -> None:
    root = add(ijaa_users, "feature_flags", name="a", display_name="A")
    add(ijaa_users, "feature_flags", name="a.b", display_name="B", parent_id=root["id"], rollout_percentage=0)
    assert only(root, "is_enabled", "rollout_percentage", "audience") == (False, 100, {})
    with ijaa_users.refuses(CHECK, "feature_flags_rollout_percentage_check"):
        add(ijaa_users, "feature_flags", name="c", display_name="C", rollout_percentage=101)
    with ijaa_users.refuses(CHECK, "feature_flags_not_its_own_parent"):
        ijaa_users.execute("UPDATE feature_flags SET parent_id = id")
    major = ijaa_users.connection.info.server_version // 10000
    with ijaa_users.refuses(RESTRICT if major >= 18 else FOREIGN_KEY, "feature_flags_parent_id_fkey"):
        ijaa_users.execute("DELETE FROM feature_flags WHERE name = 'a'")


def test_every_change_moves_updated_at(ijaa_users: Service) -> None:
    tables = ijaa_users.values(
        "SELECT table_name::text FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'updated_at' ORDER BY 1"
    )
    moved = ijaa_users.values(
        "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'set_updated_at' ORDER BY 1"
    )
    assert (len(tables), moved) == (8, tables)
    made = user(ijaa_users, "ada", created_at=after(-9), updated_at=after(-9))
    ijaa_users.change("users", made["id"], status="ACTIVE")
    changed = ijaa_users.row("users", made["id"])
    assert changed["created_at"] == made["created_at"] and changed["updated_at"] > after(-1)


def test_the_audit_trail_has_every_change_without_the_hash_and_who_made_it(ijaa_users: Service) -> None:
    request = "00000000-0000-4000-8000-000000000001"
    ijaa_users.execute("SELECT set_config('app.actor', 'root', true), set_config('app.request_id', %s, true)", request)
    made = user(ijaa_users, "ada")
    ijaa_users.change("users", made["id"], status="ACTIVE")
    ijaa_users.execute("SELECT set_config('app.actor', '', true), set_config('app.request_id', '', true)")
    ijaa_users.remove("users", made["id"])
    found = audited(ijaa_users, "users")
    assert [(action, (old or {}).get("status"), (new or {}).get("status")) for action, old, new in found] == [
        ("I", None, "PENDING"),
        ("U", "PENDING", "ACTIVE"),
        ("D", "ACTIVE", None),
    ]
    images = [image for _, old, new in found for image in (old, new) if image is not None]
    assert len(images) == 4 and not any("password_hash" in image for image in images)
    assert ijaa_users.values("SELECT actor FROM audit_log ORDER BY id") == ["root", "root", None]
    assert [str(found) for found in ijaa_users.values("SELECT request_id FROM audit_log ORDER BY id")] == [
        request,
        request,
        "None",
    ]
    assert ijaa_users.values("SELECT DISTINCT row_id FROM audit_log") == [made["id"]]


def test_six_tables_are_audited_and_no_image_holds_a_search_vector(ijaa_users: Service) -> None:
    tables = ijaa_users.values("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audit' ORDER BY 1")
    assert tables == ["admins", "announcements", "feature_flags", "profiles", "reports", "users"]
    user(ijaa_users, "ada")
    profile(ijaa_users, "ada")
    announcement(ijaa_users, admin(ijaa_users))
    report(ijaa_users)
    add(ijaa_users, "feature_flags", name="a", display_name="A")
    assert ijaa_users.values("SELECT DISTINCT table_name::text FROM audit_log ORDER BY 1") == tables
    query = "SELECT count(*) FROM audit_log WHERE new_row ?| ARRAY['search_vector', 'password_hash']"
    assert ijaa_users.value(query) == 0


def test_a_username_is_changed_by_rename_user_alone(ijaa_users: Service) -> None:
    made = user(ijaa_users, "ada")
    with ijaa_users.refuses(RAISED):
        ijaa_users.change("users", made["id"], username="ida")
    ijaa_users.change("users", made["id"], username="ada", status="ACTIVE")
    assert ijaa_users.value("SELECT rename_user('ada', 'ida')") > 0
    with ijaa_users.refuses(RAISED):
        ijaa_users.change("users", made["id"], username="eva")


def test_who_is_renamed_takes_everything_along_and_the_other_service_is_told(ijaa_users: Service) -> None:
    user(ijaa_users, "ada", token_version=3)
    user(ijaa_users, "bob")
    profile(ijaa_users, "ada")
    add(ijaa_users, "interests", username="ada", name="Chess")
    add(ijaa_users, "experiences", username="ada", title="x", company="x", start_date="2020-01-01")
    add(ijaa_users, "connections", requester_username="bob", receiver_username="ada")
    report(ijaa_users, reporter_username="ada", target_type="USER", target_username="ada")
    sent = ijaa_users.value("SELECT rename_user('ada', 'ida')")
    assert ijaa_users.value("SELECT id FROM outbox_events") == sent
    assert outbox(ijaa_users) == [("user.renamed", "ida", {"old": "ada", "new": "ida"})]
    assert ijaa_users.value("SELECT token_version FROM users WHERE username = 'ida'") == 4
    named = (
        "SELECT username FROM profiles UNION ALL SELECT username FROM interests UNION ALL SELECT username FROM"
        " experiences UNION ALL SELECT receiver_username FROM connections UNION ALL SELECT reporter_username FROM"
        " reports UNION ALL SELECT target_username FROM reports"
    )
    assert ijaa_users.values(named) == ["ida"] * 6


def test_a_rename_to_a_name_that_is_taken_or_none_changes_nothing(ijaa_users: Service) -> None:
    user(ijaa_users, "ada")
    user(ijaa_users, "bob")
    with ijaa_users.refuses(UNIQUE, "idx_users_username"):
        ijaa_users.execute("SELECT rename_user('ada', 'bob')")
    with ijaa_users.refuses(CHECK, "users_username_check"):
        ijaa_users.execute("SELECT rename_user('ada', 'a')")
    assert outbox(ijaa_users) == []


def test_a_rename_of_nobody_says_so_and_leaves_names_protected(ijaa_users: Service) -> None:
    made = user(ijaa_users, "ada")
    assert ijaa_users.value("SELECT rename_user('nobody', 'somebody')") is None
    assert outbox(ijaa_users) == []
    with ijaa_users.refuses(RAISED):
        ijaa_users.change("users", made["id"], username="ida")


def test_who_is_erased_is_gone_and_the_audit_trail_keeps_that_something_was(ijaa_users: Service) -> None:
    for name in ("ada", "bob"):
        user(ijaa_users, name)
        profile(ijaa_users, name)
    add(ijaa_users, "connections", requester_username="ada", receiver_username="bob")
    report(ijaa_users, reporter_username="ada", target_type="USER", target_username="bob")
    sent = ijaa_users.value("SELECT erase_user('ada')")
    assert ijaa_users.value("SELECT id FROM outbox_events") == sent
    assert outbox(ijaa_users) == [("user.erased", "ada", {"username": "ada"})]
    assert ijaa_users.values("SELECT username FROM users UNION ALL SELECT username FROM profiles") == ["bob", "bob"]
    assert (ijaa_users.count("connections"), ijaa_users.value("SELECT reporter_username FROM reports")) == (0, None)
    told = ijaa_users.rows("SELECT table_name, action, coalesce(old_row, new_row) AS image FROM audit_log ORDER BY id")
    of_ada = [only(row, "table_name", "action") for row in told if row["image"] is None]
    assert sorted(of_ada) == [
        *(("profiles", "D"), ("profiles", "I"), ("reports", "I"), ("reports", "U"), ("users", "D"), ("users", "I"))
    ]
    assert ijaa_users.value("SELECT count(*) FROM audit_log WHERE audit_log::text LIKE '%ada%'") == 0
    assert ijaa_users.value("SELECT erase_user('ada')") is None


def test_the_outbox_is_asked_for_what_is_not_sent_and_the_inbox_takes_an_event_once(ijaa_users: Service) -> None:
    for key in ("a", "b"):
        add(ijaa_users, "outbox_events", topic="user.renamed", key=key, payload={})
    ijaa_users.execute("UPDATE outbox_events SET published_at = now() WHERE key = 'a'")
    assert ijaa_users.values("SELECT key FROM outbox_events WHERE published_at IS NULL") == ["b"]
    arrived = {"source_service": "ijaa_events", "event_id": 7, "topic": "event.deleted", "payload": {"id": 1}}
    add(ijaa_users, "inbox_events", **arrived)
    with ijaa_users.refuses(UNIQUE, "inbox_events_pkey"):
        add(ijaa_users, "inbox_events", **arrived)
    again = "INSERT INTO inbox_events (source_service, event_id, topic, payload) VALUES ('ijaa_events', 7, 't', %s)"
    ijaa_users.execute(f"{again} ON CONFLICT DO NOTHING", Jsonb({}))
    assert ijaa_users.value("SELECT topic FROM inbox_events") == "event.deleted"


def test_the_checks_find_a_report_of_another_type_and_flags_in_a_circle(ijaa_users: Service) -> None:
    texts = checks("ijaa", "ijaa_users")
    assert list(texts) == ["01_reports_concern_what_they_say", "02_flags_end_at_a_root"]
    user(ijaa_users, "ada")
    good = report(ijaa_users, target_type="USER", target_username="ada")
    report(ijaa_users, target_type="EVENT", event_id=5)
    root = add(ijaa_users, "feature_flags", name="a", display_name="A")
    below = add(ijaa_users, "feature_flags", name="b", display_name="B", parent_id=root["id"])
    assert [ijaa_users.rows(text) for text in texts.values()] == [[], []]
    ijaa_users.change("reports", good["id"], target_type="EVENT_COMMENT")
    ijaa_users.change("feature_flags", root["id"], parent_id=below["id"])
    found = [ijaa_users.values(text) for text in texts.values()]
    assert (found[0], sorted(found[1])) == ([good["id"]], [root["id"], below["id"]])
