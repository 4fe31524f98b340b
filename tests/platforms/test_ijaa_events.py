"""The alumni platform's event service: events, who takes part, what is said and shown there; what each rule refuses."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from tests.platforms.dashboard import Service, connect, only
from tests.platforms.ijaa import NOW, after, comment, event, takes_part
from tests.platforms.postgres_facts import Places, add, checks

UNIQUE, CHECK, FOREIGN_KEY = "23505", "23514", "23503"
DAY = date(2026, 3, 1)


def participants(events: Service, of: dict[str, Any]) -> int:
    counted: int = events.value("SELECT current_participants FROM events WHERE id = %s", of["id"])
    return counted


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"end_date": after(1)}, "events_end_after_start"),
        ({"max_participants": 0}, "events_max_participants_check"),
        ({"current_participants": -1}, "events_current_participants_check"),
        ({"current_participants": 3, "max_participants": 2}, "events_not_overbooked"),
        ({"event_type": "PARTY"}, "events_event_type_check"),
        ({"privacy": "SECRET"}, "events_privacy_check"),
        ({"status": "OPEN"}, "events_status_check"),
    ],
)
def test_what_is_no_event_is_refused(values: dict[str, Any], rule: str, ijaa_events: Service) -> None:
    with ijaa_events.refuses(CHECK, rule):
        event(ijaa_events, **values)


def test_events_are_found_by_stems_and_by_title_first(ijaa_events: Service) -> None:
    by_text = event(ijaa_events, title="Dinner", description="We are running home", location="Dhaka")
    by_title = event(ijaa_events, title="Charity Runs")
    ranked = (
        "SELECT id FROM events, websearch_to_tsquery('english', %s) AS q"
        " WHERE search_vector @@ q ORDER BY ts_rank(search_vector, q) DESC"
    )
    assert ijaa_events.values(ranked, "run") == [by_title["id"], by_text["id"]]
    assert ijaa_events.values(ranked, "dhaka") == [by_text["id"]]
    assert ijaa_events.values(ranked, "opera") == []


def test_going_and_having_attended_count_and_nothing_else_does(ijaa_events: Service) -> None:
    held, other = event(ijaa_events), event(ijaa_events)
    going = takes_part(ijaa_events, held, "ada")
    for number, status in enumerate(("MAYBE", "DECLINED", "WAITLISTED", "CANCELLED", "NO_SHOW")):
        takes_part(ijaa_events, held, f"user{number}", status)
    attended = takes_part(ijaa_events, held, "bob", "ATTENDED")
    assert participants(ijaa_events, held) == 2
    ijaa_events.change("event_participations", going["id"], status="ATTENDED")
    assert participants(ijaa_events, held) == 2
    ijaa_events.change("event_participations", going["id"], status="CANCELLED")
    assert participants(ijaa_events, held) == 1
    ijaa_events.change("event_participations", attended["id"], event_id=other["id"])
    assert (participants(ijaa_events, held), participants(ijaa_events, other)) == (0, 1)
    ijaa_events.remove("event_participations", attended["id"])
    assert participants(ijaa_events, other) == 0
    ijaa_events.remove("events", held["id"])
    assert ijaa_events.count("event_participations") == 0


def test_one_too_many_is_refused_and_may_wait(ijaa_events: Service) -> None:
    held = event(ijaa_events, max_participants=1)
    takes_part(ijaa_events, held, "ada")
    with ijaa_events.refuses(CHECK, "events_not_overbooked"):
        takes_part(ijaa_events, held, "bob")
    takes_part(ijaa_events, held, "bob", "WAITLISTED")
    with ijaa_events.refuses(CHECK, "events_not_overbooked"):
        ijaa_events.execute("UPDATE event_participations SET status = 'GOING'")
    with ijaa_events.refuses(UNIQUE, "event_participations_participant_username_event_id_key"):
        takes_part(ijaa_events, held, "ada", "MAYBE")
    assert participants(ijaa_events, held) == 1


def test_of_two_who_take_the_last_place_at_once_one_gets_it(ijaa_places: Places) -> None:
    url = ijaa_places["ijaa_events"].url
    with closing(connect(url)) as first, closing(connect(url)) as second:
        one, two = Service(first, url), Service(second, url)
        held = event(one, max_participants=1)
        first.commit()
        try:
            takes_part(one, held, "ada")
            # The second waits for the row of the event, and not longer than this.
            two.execute("SET LOCAL lock_timeout = '200ms'")
            with two.refuses("55P03"):
                takes_part(two, held, "bob")
            first.commit()
            with two.refuses(CHECK, "events_not_overbooked"):
                takes_part(two, held, "bob")
            assert participants(two, held) == 1
        finally:
            second.rollback()
            one.execute("TRUNCATE events, audit_log CASCADE")
            first.commit()


def test_a_user_is_invited_to_an_event_once_and_by_another(ijaa_events: Service) -> None:
    held = event(ijaa_events)
    add(ijaa_events, "event_invitations", event_id=held["id"], invited_username="bob", invited_by_username="ada")
    with ijaa_events.refuses(UNIQUE, "event_invitations_event_id_invited_username_key"):
        add(ijaa_events, "event_invitations", event_id=held["id"], invited_username="bob", invited_by_username="cyd")
    with ijaa_events.refuses(CHECK, "event_invitations_two_people"):
        add(ijaa_events, "event_invitations", event_id=held["id"], invited_username="ada", invited_by_username="ada")


def test_a_comment_has_words_and_takes_its_replies_along(ijaa_events: Service) -> None:
    held = event(ijaa_events)
    asked = comment(ijaa_events, held)
    comment(ijaa_events, held, "bob", parent_comment_id=asked["id"], content="x" * 5000)
    for values in ({"content": ""}, {"content": "x" * 5001}):
        with ijaa_events.refuses(CHECK, "event_comments_content_check"):
            comment(ijaa_events, held, **values)
    with ijaa_events.refuses(FOREIGN_KEY, "event_comments_parent_comment_id_fkey"):
        comment(ijaa_events, held, parent_comment_id=asked["id"] + 1000)
    ijaa_events.remove("event_comments", asked["id"])
    assert ijaa_events.count("event_comments") == 0


def test_an_event_has_one_cover_and_a_file_has_a_size(ijaa_events: Service) -> None:
    held = event(ijaa_events)
    given = {"event_id": held["id"], "uploaded_by_username": "ada", "url": "x"}
    add(ijaa_events, "event_media", **given, media_type="LINK")
    add(ijaa_events, "event_media", **given, media_type="IMAGE", size_bytes=5, is_cover=True)
    with ijaa_events.refuses(UNIQUE, "uq_event_media_cover"):
        add(ijaa_events, "event_media", **given, media_type="VIDEO", size_bytes=5, is_cover=True)
    with ijaa_events.refuses(CHECK, "event_media_files_have_a_size"):
        add(ijaa_events, "event_media", **given, media_type="IMAGE")
    with ijaa_events.refuses(CHECK, "event_media_size_bytes_check"):
        add(ijaa_events, "event_media", **given, media_type="IMAGE", size_bytes=0)


def test_a_series_ends_after_it_began_and_its_events_outlive_it(ijaa_events: Service) -> None:
    template = add(ijaa_events, "event_templates", name="Weekly", created_by_username="ada")
    given = {"title": "x", "recurrence_type": "WEEKLY", "start_date": "2026-01-05", "created_by_username": "ada"}
    series = add(ijaa_events, "recurring_events", **given, template_id=template["id"], days_of_week=[1, 3])
    assert only(series, "recurrence_interval", "days_of_week", "occurrences_created") == (1, [1, 3], 0)
    for wrong, rule in (
        ({"end_date": "2026-01-04"}, "recurring_events_dates"),
        ({"day_of_month": 32}, "recurring_events_day_of_month_check"),
        ({"recurrence_interval": 0}, "recurring_events_recurrence_interval_check"),
        ({"max_occurrences": 0}, "recurring_events_max_occurrences_check"),
    ):
        with ijaa_events.refuses(CHECK, rule):
            add(ijaa_events, "recurring_events", **given, **wrong)
    held = event(ijaa_events, template_id=template["id"], recurring_event_id=series["id"])
    ijaa_events.execute("DELETE FROM event_templates")
    ijaa_events.execute("DELETE FROM recurring_events WHERE template_id IS NULL")
    assert only(ijaa_events.row("events", held["id"]), "template_id", "recurring_event_id") == (None, None)


def test_a_template_of_the_system_has_its_name_alone_and_users_may_repeat_it(ijaa_events: Service) -> None:
    add(ijaa_events, "event_templates", name="Reunion")
    with ijaa_events.refuses(UNIQUE, "uq_event_templates_system"):
        add(ijaa_events, "event_templates", name="REUNION")
    for owner in ("ada", "ada", "bob"):
        add(ijaa_events, "event_templates", name="Reunion", created_by_username=owner)
    with ijaa_events.refuses(CHECK, "event_templates_default_duration_minutes_check"):
        add(ijaa_events, "event_templates", name="x", default_duration_minutes=0)


def test_a_calendar_has_the_key_of_its_tokens_and_is_there_once(ijaa_events: Service) -> None:
    given = {"username": "ada", "provider": "GOOGLE", "external_calendar_id": "x"}
    with ijaa_events.refuses(CHECK, "calendar_integrations_key_of_tokens"):
        add(ijaa_events, "calendar_integrations", **given, refresh_token_enc=b"t")
    made = add(ijaa_events, "calendar_integrations", **given, access_token_enc=b"s", refresh_token_enc=b"t", key_id="k")
    with ijaa_events.refuses(UNIQUE, "calendar_integrations_username_provider_external_calendar_i_key"):
        add(ijaa_events, "calendar_integrations", **given)
    ijaa_events.change("calendar_integrations", made["id"], is_enabled=False)
    images = ijaa_events.rows("SELECT old_row, new_row FROM audit_log")
    keys = [set(image) for row in images for image in row.values() if image is not None]
    assert len(keys) == 3 and not any(found & {"access_token_enc", "refresh_token_enc"} for found in keys)
    assert all({"key_id", "username"} <= found for found in keys)


def test_four_tables_are_audited_and_a_count_that_moves_is_a_change_of_the_event(ijaa_events: Service) -> None:
    tables = ijaa_events.values("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audit' ORDER BY 1")
    assert tables == ["calendar_integrations", "event_participations", "event_templates", "events"]
    takes_part(ijaa_events, event(ijaa_events), "ada")
    rows = ijaa_events.rows("SELECT * FROM audit_log ORDER BY id")
    assert sorted(only(row, "table_name", "action") for row in rows) == [
        ("event_participations", "I"),
        ("events", "I"),
        ("events", "U"),
    ]
    assert not any("search_vector" in (row["new_row"] or {}) for row in rows)


def test_due_reminders_are_claimed_once_oldest_first_by_workers_side_by_side(ijaa_places: Places) -> None:
    url = ijaa_places["ijaa_events"].url
    with closing(connect(url)) as first, closing(connect(url)) as second:
        one, two = Service(first, url), Service(second, url)
        held = event(one)
        for days in (-3, -2, -1, 1):
            add(one, "event_reminders", event_id=held["id"], username="ada", remind_at=after(days))
        with one.refuses(UNIQUE, "event_reminders_event_id_username_channel_remind_at_key"):
            add(one, "event_reminders", event_id=held["id"], username="ada", remind_at=after(1))
        first.commit()
        claim = "SELECT remind_at, attempts, sent_at IS NOT NULL AS sent FROM claim_due_reminders(%s)"
        try:
            assert [tuple(row.values()) for row in one.rows(claim, 1)] == [(after(-3), 1, True)]
            assert sorted(row["remind_at"] for row in two.rows(claim, 10)) == [after(-2), after(-1)]
            second.rollback()
            first.commit()
            assert sorted(row["remind_at"] for row in two.rows(claim, 10)) == [after(-2), after(-1)]
            assert two.rows(claim, 10) == []
        finally:
            second.rollback()
            one.execute("TRUNCATE events, audit_log CASCADE")
            first.commit()


def test_a_day_of_utc_adds_up_whatever_the_session_calls_a_day_and_may_be_counted_again(ijaa_events: Service) -> None:
    ijaa_events.execute("SET LOCAL TimeZone = 'Asia/Dhaka'")
    held, quiet = event(ijaa_events), event(ijaa_events)
    first, last = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
    for when, who in ((first, "ada"), (last, "bob"), (datetime(2026, 3, 2, tzinfo=UTC), "cyd")):
        comment(ijaa_events, held, who, created_at=when)
        takes_part(ijaa_events, held, who, created_at=when, updated_at=NOW)
    given = {"event_id": held["id"], "created_at": first}
    add(ijaa_events, "event_invitations", **given, invited_username="bob", invited_by_username="ada")
    add(ijaa_events, "event_media", **given, uploaded_by_username="ada", media_type="LINK", url="x")
    takes_part(ijaa_events, held, "dan", "CANCELLED", created_at=NOW, updated_at=last)
    takes_part(ijaa_events, held, "eve", "ATTENDED", created_at=NOW, checked_in_at=last)
    add(ijaa_events, "event_analytics", event_id=held["id"], day=DAY, views=9, unique_views=4, shares=2, comments=77)
    expected = {
        **{"views": 9, "unique_views": 4, "shares": 2, "invitations": 1, "registrations": 2, "cancellations": 1},
        **{"attendances": 1, "comments": 2, "media": 1},
    }
    for _ in range(2):
        assert ijaa_events.value("SELECT rollup_event_analytics(%s)", DAY) == 1
        (found,) = ijaa_events.rows("SELECT * FROM event_analytics WHERE day = %s", DAY)
        assert {name: found[name] for name in expected} == expected
    assert ijaa_events.value("SELECT rollup_event_analytics('2020-01-01')") == 0
    assert ijaa_events.value("SELECT count(*) FROM event_analytics WHERE event_id = %s", quiet["id"]) == 0
    with ijaa_events.refuses(CHECK, "event_analytics_unique_views"):
        ijaa_events.execute("UPDATE event_analytics SET unique_views = 10")
    with ijaa_events.refuses(UNIQUE, "event_analytics_event_id_day_key"):
        add(ijaa_events, "event_analytics", event_id=held["id"], day=DAY)


def test_upcoming_events_are_those_that_alumni_can_still_go_to(ijaa_events: Service) -> None:
    given = {"status": "PUBLISHED"}
    now = event(ijaa_events, **given, title="a", start_date=after(-1), end_date=after(1))
    alumni = event(ijaa_events, **given, title="b", privacy="ALUMNI_ONLY")
    event(ijaa_events, **given, start_date=after(-2), end_date=after(-1))
    event(ijaa_events, **given, privacy="INVITE_ONLY")
    event(ijaa_events, **given, privacy="PRIVATE")
    event(ijaa_events)
    assert ijaa_events.values("SELECT event_id FROM upcoming_events ORDER BY title") == [now["id"], alumni["id"]]


def test_attendance_is_told_of_each_event_also_of_one_without_anybody(ijaa_events: Service) -> None:
    held, empty = event(ijaa_events, max_participants=9), event(ijaa_events, title="Empty")
    for number, status in enumerate(("GOING", "GOING", "MAYBE", "WAITLISTED", "ATTENDED", "NO_SHOW")):
        takes_part(ijaa_events, held, f"user{number}", status)
    rows = ijaa_events.rows("SELECT * FROM event_attendance ORDER BY event_id")
    assert [tuple(row.values()) for row in rows] == [
        (held["id"], "Reunion", 2, 1, 1, 1, 9),
        (empty["id"], "Empty", 0, 0, 0, 0, None),
    ]


def test_the_checks_find_a_wrong_count_and_a_reply_of_another_event(ijaa_events: Service) -> None:
    texts = checks("ijaa", "ijaa_events")
    assert list(texts) == ["01_participants_are_counted", "02_replies_stay_with_their_event"]
    held, other = event(ijaa_events), event(ijaa_events)
    takes_part(ijaa_events, held, "ada")
    reply = comment(ijaa_events, held, parent_comment_id=comment(ijaa_events, held)["id"])
    assert [ijaa_events.rows(text) for text in texts.values()] == [[], []]
    ijaa_events.change("events", other["id"], current_participants=1)
    ijaa_events.change("event_comments", reply["id"], event_id=other["id"])
    assert [ijaa_events.values(text) for text in texts.values()] == [[other["id"]], [reply["id"]]]


def test_rows_that_are_loaded_without_triggers_are_not_counted_twice(ijaa_events: Service) -> None:
    """What a split does: the count comes with the event, so the load of who takes part must not add to it."""
    ijaa_events.execute("SET LOCAL session_replication_role = replica")
    held = event(ijaa_events, current_participants=1)
    takes_part(ijaa_events, held, "ada")
    assert (participants(ijaa_events, held), ijaa_events.count("audit_log")) == (1, 0)
    ijaa_events.execute("SET LOCAL session_replication_role = origin")
    assert [ijaa_events.rows(text) for text in checks("ijaa", "ijaa_events").values()] == [[], []]


def test_a_count_would_stop_at_nothing_rather_than_go_below(ijaa_events: Service) -> None:
    held = event(ijaa_events)
    takes_part(ijaa_events, held, "ada")
    ijaa_events.change("events", held["id"], current_participants=0)
    with pytest.raises(psycopg.errors.CheckViolation, match="events_current_participants_check"):
        ijaa_events.execute("DELETE FROM event_participations")
