"""What the alumni platform's migrations leave in the catalogue, that each can be taken back, what its file says."""

from __future__ import annotations

import pytest

from schemactl.project.config import load
from schemactl.project.platform import Platform, load_platform
from tests.fixtures.postgres import Postgres
from tests.platforms import postgres_facts as facts
from tests.platforms.ijaa import PLATFORM, TARGETS
from tests.platforms.postgres_facts import ROOT, Counts, Places

# Section 8 of the sheet.
COUNTS = {
    "ijaa_users": Counts(12, 134, 12, 19, 42, 27, 5, 2, 15),
    "ijaa_events": Counts(14, 165, 10, 29, 49, 30, 8, 2, 13),
}

MIGRATIONS = {
    "ijaa_users": ["0001_core.sql", "0002_outbox_audit.sql", "0003_accounts.sql"],
    "ijaa_events": ["0001_core.sql", "0002_outbox_audit.sql", "0003_participation.sql"],
}

# What the document's services own, and what each has beside.
OWNED = {
    "ijaa_users": {
        *("users", "admins", "profiles", "connections", "interests", "experiences", "announcements", "reports"),
        "feature_flags",
    },
    "ijaa_events": {
        *("events", "event_participations", "event_invitations", "event_comments", "event_media", "event_reminders"),
        *("recurring_events", "event_templates", "event_analytics", "calendar_integrations"),
    },
}
BESIDE = {
    "ijaa_users": {"outbox_events", "inbox_events", "audit_log"},
    "ijaa_events": {"outbox_events", "inbox_events", "audit_log", "user_cache"},
}

FUNCTIONS = {
    "ijaa_users": {"set_updated_at", "audit_row_change", "protect_username", "rename_user", "erase_user"},
    "ijaa_events": {
        *("set_updated_at", "audit_row_change", "upsert_user_cache", "sync_participant_count", "claim_due_reminders"),
        *("rollup_event_analytics", "apply_user_rename", "apply_user_erased"),
    },
}
VIEWS = {
    "ijaa_users": {"accepted_connections", "public_profiles"},
    "ijaa_events": {"upcoming_events", "event_attendance"},
}

USERNAME, EVENT = "ijaa_users.users.username", "ijaa_events.events.id"
REFERENCES = {
    "ijaa_events.events.created_by_username": (USERNAME, "fail"),
    "ijaa_events.recurring_events.created_by_username": (USERNAME, "fail"),
    "ijaa_events.event_participations.participant_username": (USERNAME, "fail"),
    "ijaa_events.event_invitations.invited_username": (USERNAME, "fail"),
    "ijaa_events.event_invitations.invited_by_username": (USERNAME, "fail"),
    "ijaa_events.event_comments.author_username": (USERNAME, "fail"),
    "ijaa_events.event_media.uploaded_by_username": (USERNAME, "fail"),
    "ijaa_events.event_reminders.username": (USERNAME, "fail"),
    "ijaa_events.calendar_integrations.username": (USERNAME, "fail"),
    "ijaa_events.event_templates.created_by_username": (USERNAME, "warn"),
    "ijaa_users.reports.event_id": (EVENT, "warn"),
    "ijaa_users.reports.event_comment_id": ("ijaa_events.event_comments.id", "warn"),
    "ijaa_events.user_cache.username": (USERNAME, "warn"),
}

# The document's six, and those that stand for a rule.
INDEXES = {
    "ijaa_users": {
        "idx_users_username": "UNIQUE INDEX idx_users_username ON public.users USING btree (username)",
        "idx_profiles_username": "UNIQUE INDEX idx_profiles_username ON public.profiles USING btree (username)",
        "idx_connections_requester": (
            "INDEX idx_connections_requester ON public.connections USING btree (requester_username)"
        ),
        "idx_announcements_published_at_live": (
            "INDEX idx_announcements_published_at_live ON public.announcements USING btree (published_at DESC)"
            " WHERE is_active"
        ),
        "idx_audit_log_changed_at": "INDEX idx_audit_log_changed_at ON public.audit_log USING brin (changed_at)",
    },
    "ijaa_events": {
        "idx_events_created_by": "INDEX idx_events_created_by ON public.events USING btree (created_by_username)",
        "idx_events_start_date": "INDEX idx_events_start_date ON public.events USING btree (start_date)",
        "idx_event_participations_event_id": (
            "INDEX idx_event_participations_event_id ON public.event_participations USING btree (event_id)"
        ),
        "idx_event_reminders_due": (
            "INDEX idx_event_reminders_due ON public.event_reminders USING btree (remind_at) WHERE (sent_at IS NULL)"
        ),
    },
}


@pytest.fixture(scope="module")
def platform() -> Platform:
    return load_platform(load(ROOT, environ={}), PLATFORM)


@pytest.mark.parametrize("target", TARGETS)
def test_the_files_and_the_counts_are_the_sheets(target: str, ijaa_places: Places) -> None:
    assert [path.name for path in facts.files(PLATFORM, target)] == MIGRATIONS[target]
    assert facts.counts(ijaa_places[target].url) == COUNTS[target]


def test_all_targets_together_have_the_sheets_counts(ijaa_places: Places) -> None:
    each = [facts.counts(ijaa_places[target].url) for target in TARGETS]
    assert [sum(column) for column in zip(*each, strict=True)] == [26, 299, 22, 48, 91, 57, 13, 4, 28]


@pytest.mark.parametrize("target", TARGETS)
def test_tables_functions_and_views_have_their_names(target: str, ijaa_places: Places) -> None:
    url = ijaa_places[target].url
    assert facts.names(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == (
        OWNED[target] | BESIDE[target]
    )
    functions = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    assert facts.names(url, functions) == FUNCTIONS[target]
    assert facts.names(url, "SELECT viewname FROM pg_views WHERE schemaname = 'public'") == VIEWS[target]


@pytest.mark.parametrize("target", TARGETS)
def test_every_function_sets_its_own_search_path(target: str, ijaa_places: Places) -> None:
    query = (
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND proconfig IS DISTINCT FROM ARRAY['search_path=public, pg_temp']"
    )
    assert facts.names(ijaa_places[target].url, query) == set()


def test_what_acts_as_the_owner_is_not_for_everybody(ijaa_places: Places) -> None:
    query = (
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
        " AND prorettype <> 'trigger'::regtype AND NOT EXISTS"
        " (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) AS a WHERE a.grantee = 0)"
    )
    found = {target: facts.names(ijaa_places[target].url, query) for target in TARGETS}
    assert found == {"ijaa_users": {"rename_user", "erase_user"}, "ijaa_events": {"apply_user_erased"}}


@pytest.mark.parametrize("target", TARGETS)
def test_the_indexes_of_the_document_have_its_names(target: str, ijaa_places: Places) -> None:
    url = ijaa_places[target].url
    found = facts.names(url, "SELECT indexdef FROM pg_indexes WHERE indexname = ANY(%s)", list(INDEXES[target]))
    assert found == {f"CREATE {text}" for text in INDEXES[target].values()}


@pytest.mark.parametrize("target", TARGETS)
def test_no_foreign_key_is_without_an_index_that_begins_with_it(target: str, ijaa_places: Places) -> None:
    query = (
        "SELECT k.conname FROM pg_constraint k WHERE k.contype = 'f' AND NOT EXISTS"
        " (SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indkey[0] = k.conkey[1])"
    )
    assert facts.names(ijaa_places[target].url, query) == set()


@pytest.mark.parametrize("target", TARGETS)
def test_every_way_back_is_exact(target: str, postgres: Postgres) -> None:
    with facts.new_places(postgres, [target]) as places:
        facts.assert_every_way_back_is_exact(PLATFORM, target, places)


def test_each_target_owns_its_tables(platform: Platform) -> None:
    assert [target.name for target in platform.targets] == list(TARGETS)
    for target in platform.targets:
        assert len(target.tables) == len(set(target.tables))
        assert set(target.tables) == OWNED[target.name] | BESIDE[target.name]


def test_the_references_are_the_sheets(platform: Platform) -> None:
    found = {
        f"{one.source.target}.{one.source.object}.{one.source.path}": (
            f"{one.referred.target}.{one.referred.object}.{one.referred.path}",
            one.on_orphan,
        )
        for one in platform.references
    }
    assert (found, len(platform.references)) == (REFERENCES, 13)


def test_each_reference_compares_columns_of_one_type_and_the_referred_one_is_unique(
    platform: Platform, ijaa_places: Places
) -> None:
    typed = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s"
    unique = (
        "SELECT conname FROM pg_constraint k JOIN pg_attribute a ON attrelid = conrelid AND conkey = ARRAY[attnum]"
        " WHERE k.contype IN ('p', 'u') AND k.conrelid = %s::regclass AND a.attname = %s"
    )
    for one in platform.references:
        ends = [
            facts.names(ijaa_places[end.target].url, typed, end.object, end.path) for end in (one.source, one.referred)
        ]
        assert ends[0] == ends[1] and len(ends[0]) == 1, one.at
        assert (
            len(facts.names(ijaa_places[one.referred.target].url, unique, one.referred.object, one.referred.path)) == 1
        )


def test_the_split_moves_tables_as_they_are_and_fills_the_cache_besides(
    platform: Platform, ijaa_places: Places
) -> None:
    split = platform.split
    assert split is not None
    assert (split["source"], split["on_crossing"], len(split["map"])) == ("ijaa", "drop", 1)
    (cache,) = split["map"]
    assert (cache["table"], cache["to"]) == ("profiles", "ijaa_events.user_cache")
    wanted = "SELECT attname FROM pg_attribute WHERE attrelid = 'user_cache'::regclass AND attnum > 0 AND attnotnull"
    columns = set(cache["columns"].values())
    assert columns >= facts.names(ijaa_places["ijaa_events"].url, wanted) - {"fetched_at"}
    assert columns == {"username", "name", "avatar_url", "status", "source_version", "expires_at"}
    # Every column of the document's tables that names a user is looked through.
    named = {one.source for one in platform.references if one.referred.path == "username"}
    texts = {f"{end.path} FROM {end.object}" for end in named if end.object != "user_cache"}
    assert len(texts) == 10 and all(text in cache["where"] for text in texts)
