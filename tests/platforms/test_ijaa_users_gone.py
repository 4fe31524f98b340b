"""What the alumni platform's event service does when a user is renamed or erased, and what it knows of users."""

from __future__ import annotations

import pytest

from schemactl.project.config import load
from schemactl.project.platform import load_platform
from tests.platforms.dashboard import Service, only
from tests.platforms.ijaa import PLATFORM, after, comment, event, everything_of, takes_part, user
from tests.platforms.postgres_facts import ROOT, add

UNIQUE, RAISED = "23505", "P0001"


def naming(events: Service, who: str) -> dict[str, int]:
    """How many rows name a user: each column that a reference of the platform's file has."""
    found = load_platform(load(ROOT, environ={}), PLATFORM).references
    columns = [(one.source.object, one.source.path) for one in found if one.source.target == "ijaa_events"]
    return {
        f"{table}.{column}": events.value(f"SELECT count(*) FROM {table} WHERE {column} = %s", who)
        for table, column in columns
    }


def test_a_rename_reaches_every_column_that_names_a_user_and_a_second_time_nothing(ijaa_events: Service) -> None:
    everything_of(ijaa_events, "ada", "bob")
    before = naming(ijaa_events, "ada")
    assert len(before) == 11 and set(before.values()) == {1}
    assert ijaa_events.value("SELECT apply_user_rename('ada', 'ida')") == 11
    assert naming(ijaa_events, "ida") == before
    assert set(naming(ijaa_events, "ada").values()) == {0}
    assert ijaa_events.value("SELECT apply_user_rename('ada', 'ida')") == 0
    # Whom it does not concern stays.
    assert naming(ijaa_events, "bob")["event_invitations.invited_username"] == 1


def test_who_was_at_work_under_both_names_is_one_and_what_the_new_name_has_stays(ijaa_events: Service) -> None:
    held = everything_of(ijaa_events, "ada", "bob")
    takes_part(ijaa_events, held, "ida", "MAYBE")
    given = {"event_id": held["id"], "message": "again"}
    add(ijaa_events, "event_invitations", **given, invited_username="ida", invited_by_username="cyd")
    other = event(ijaa_events, title="Other", created_by_username="bob")
    for invited, by in (("ada", "ida"), ("ida", "ada")):
        add(ijaa_events, "event_invitations", event_id=other["id"], invited_username=invited, invited_by_username=by)
    add(ijaa_events, "event_reminders", event_id=held["id"], username="ida", remind_at=after(1), attempts=7)
    add(ijaa_events, "calendar_integrations", username="ida", provider="ICAL", external_calendar_id="x", last_error="e")
    add(ijaa_events, "user_cache", username="ida", name="Newer", status="ACTIVE", expires_at=after(1))
    # Six rows are renamed, five of which there are two go, and so do two invitations by oneself.
    assert ijaa_events.value("SELECT apply_user_rename('ada', 'ida')") == 13
    assert set(naming(ijaa_events, "ada").values()) == {0}
    assert set(naming(ijaa_events, "ida").values()) == {1}
    assert ijaa_events.values("SELECT status FROM event_participations") == ["MAYBE"]
    assert ijaa_events.value("SELECT current_participants FROM events WHERE id = %s", held["id"]) == 0
    stayed = (
        "SELECT message FROM event_invitations WHERE invited_username = 'ida' UNION ALL SELECT attempts::text FROM"
        " event_reminders UNION ALL SELECT last_error FROM calendar_integrations UNION ALL SELECT name FROM user_cache"
    )
    assert ijaa_events.values(stayed) == ["again", "7", "e", "Newer"]


def test_a_rename_to_the_same_name_takes_nothing_away(ijaa_events: Service) -> None:
    everything_of(ijaa_events, "ada", "bob")
    before = naming(ijaa_events, "ada")
    assert ijaa_events.value("SELECT apply_user_rename('ada', 'ada')") == 0
    assert naming(ijaa_events, "ada") == before


def test_a_rename_between_the_two_services_leaves_no_orphan(ijaa_users: Service, ijaa_events: Service) -> None:
    for name in ("ada", "bob"):
        user(ijaa_users, name)
    everything_of(ijaa_events, "ada", "bob")
    ijaa_users.execute("SELECT rename_user('ada', 'ida')")
    told = ijaa_users.one("SELECT payload FROM outbox_events WHERE topic = 'user.renamed'")["payload"]
    ijaa_events.execute("SELECT apply_user_rename(%s, %s)", told["old"], told["new"])
    known = ijaa_users.values("SELECT username FROM users")
    assert sum(sum(naming(ijaa_events, name).values()) for name in known) == 13
    assert set(naming(ijaa_events, "ada").values()) == {0}


def test_who_still_has_events_is_not_erased(ijaa_events: Service) -> None:
    held = everything_of(ijaa_events, "ada", "bob")
    before = naming(ijaa_events, "ada")
    with ijaa_events.refuses(RAISED):
        ijaa_events.execute("SELECT apply_user_erased('ada')")
    assert naming(ijaa_events, "ada") == before
    ijaa_events.change("events", held["id"], created_by_username="bob")
    assert ijaa_events.value("SELECT apply_user_erased('ada')") == 9


def test_who_is_erased_takes_along_what_the_monolith_would_have_deleted(ijaa_events: Service) -> None:
    held = everything_of(ijaa_events, "ada", "bob")
    takes_part(ijaa_events, held, "bob")
    asked = comment(ijaa_events, held, "ada")
    comment(ijaa_events, held, "bob", parent_comment_id=asked["id"])
    kept = comment(ijaa_events, held, "bob")
    ijaa_events.change("events", held["id"], created_by_username="bob")
    assert ijaa_events.value("SELECT apply_user_erased('ada')") == 10
    assert set(naming(ijaa_events, "ada").values()) == {0}
    # The answer went with the question; the template is the system's; the place is free.
    assert ijaa_events.values("SELECT id FROM event_comments") == [kept["id"]]
    templates = ijaa_events.rows("SELECT * FROM event_templates")
    assert [only(row, "name", "created_by_username") for row in templates] == [("Of ada", None)]
    assert ijaa_events.value("SELECT current_participants FROM events") == 1
    images = (
        "SELECT count(*) FROM audit_log WHERE %s IN (SELECT value FROM jsonb_each_text(coalesce(new_row, old_row)))"
    )
    assert (ijaa_events.value(images, "ada"), ijaa_events.value(images, "bob") > 0) == (0, True)
    assert ijaa_events.value("SELECT apply_user_erased('ada')") == 0


def test_a_template_of_the_systems_name_stops_the_erasure_and_nothing_is_lost(ijaa_events: Service) -> None:
    add(ijaa_events, "event_templates", name="Reunion")
    mine = add(ijaa_events, "event_templates", name="reunion", created_by_username="ada")
    held = event(ijaa_events, created_by_username="bob")
    takes_part(ijaa_events, held, "ada")
    with ijaa_events.refuses(UNIQUE, "uq_event_templates_system"):
        ijaa_events.execute("SELECT apply_user_erased('ada')")
    assert ijaa_events.count("event_participations") == 1
    ijaa_events.remove("event_templates", mine["id"])
    assert ijaa_events.value("SELECT apply_user_erased('ada')") == 1


@pytest.mark.parametrize(
    ("version", "answer", "name"),
    [(6, True, "New"), (5, True, "New"), (4, None, "Old")],
    ids=["newer", "same", "older"],
)
def test_what_is_known_of_a_user_gives_way_to_what_is_not_older(
    version: int, answer: bool | None, name: str, ijaa_events: Service
) -> None:
    given = {"status": "ACTIVE", "source_version": 5, "fetched_at": after(-1), "expires_at": after(-1)}
    add(ijaa_events, "user_cache", username="ada", name="Old", **given)
    call = "SELECT upsert_user_cache('ada', 'New', 'a.png', 'SUSPENDED', %s, interval '1 hour')"
    assert ijaa_events.value(call, version) == answer
    found = ijaa_events.one("SELECT *, expires_at = now() + interval '1 hour' AS alive FROM user_cache")
    assert only(found, "name", "alive", "source_version") == (name, answer is True, max(version, 5))


def test_a_user_who_is_new_to_the_cache_is_known_for_a_quarter_of_an_hour(ijaa_events: Service) -> None:
    assert ijaa_events.value("SELECT upsert_user_cache('ada', 'Ada', NULL, 'ACTIVE', 1)") is True
    assert ijaa_events.value("SELECT expires_at = now() + interval '15 minutes' FROM user_cache") is True
    ijaa_events.execute("UPDATE user_cache SET expires_at = now() - interval '1 second'")
    assert ijaa_events.values("DELETE FROM user_cache WHERE expires_at < now() RETURNING username") == ["ada"]
