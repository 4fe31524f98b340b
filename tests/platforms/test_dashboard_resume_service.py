"""The resume service at work: storage, resumes, attempts to optimise them, and what these add up to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.platforms.dashboard import Service, only

USER, OTHER = UUID("11111111-1111-1111-1111-111111111111"), UUID("22222222-2222-2222-2222-222222222222")
DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
PDF, MIB = "application/pdf", 1024 * 1024


DISK = {"provider": "local", "base_path": "data", "allowed_mime_types": [PDF], "max_file_size_bytes": MIB}


def storage(resumes: Service, name: str = "disk", **values: object) -> UUID:
    return resumes.add("storage_configs", **DISK | {"name": name} | values)


def resume(resumes: Service, **values: object) -> UUID:
    return resumes.add("resumes", **{"user_id": USER, "title": "Engineer"} | values)


def attempt(resumes: Service, row: UUID, **values: object) -> UUID:
    given = {"resume_id": row, "user_id": USER, "optimization_type": "ats"} | values
    if given.get("status") == "completed":
        given = {"completed_at": DAY} | given
    return resumes.add("resume_optimizations", **given)


def feedback(resumes: Service, optimization: UUID, rating: int, **values: object) -> UUID:
    return resumes.add(
        "optimization_feedback", **{"optimization_id": optimization, "user_id": USER, "rating": rating} | values
    )


def version_of(resumes: Service, row: UUID) -> UUID:
    found: UUID = resumes.value("SELECT id FROM resume_versions WHERE resume_id = %s", row)
    return found


@pytest.mark.parametrize(
    ("values", "state", "constraint"),
    [
        ({"name": "disk"}, "23505", "storage_configs_name_key"),
        ({"provider": "ftp", "bucket": "b", "credentials_ref": "env:X"}, "23514", "storage_configs_provider_check"),
        ({"is_default": True}, "23505", "uq_storage_configs_default"),
        ({"is_default": True, "is_active": False}, "23514", "storage_configs_default_is_active"),
        ({"allowed_mime_types": None}, "23502", None),
        ({"allowed_mime_types": []}, "23514", "storage_configs_limits"),
        ({"max_file_size_bytes": 0}, "23514", "storage_configs_limits"),
        ({"max_file_size_bytes": 50 * MIB + 1}, "23514", "storage_configs_limits"),
        ({"base_path": None}, "23514", "storage_configs_location"),
        ({"provider": "s3", "credentials_ref": "env:X"}, "23514", "storage_configs_location"),
        ({"provider": "railway", "bucket": "b"}, "23514", "storage_configs_location"),
    ],
)
def test_a_storage_provider_is_refused_that_breaks_a_rule(
    resumes: Service, values: dict[str, object], state: str, constraint: str | None
) -> None:
    storage(resumes, is_default=True)
    with resumes.refuses(state, constraint):
        resumes.add("storage_configs", **DISK | {"name": "other"} | values)


def test_remote_storage_needs_bucket_and_credentials_but_no_path(resumes: Service) -> None:
    storage(resumes, provider="s3", base_path=None, bucket="b", credentials_ref="env:X", max_file_size_bytes=50 * MIB)


def test_the_default_storage_is_given_where_no_name_is(resumes: Service) -> None:
    storage(resumes, "other")
    row = storage(resumes, is_default=True)
    assert resumes.one("SELECT * FROM get_storage_config()") == resumes.row("storage_configs", row)


def test_a_storage_is_given_by_its_name(resumes: Service) -> None:
    storage(resumes, is_default=True)
    row = storage(resumes, "other")
    assert resumes.value("SELECT id FROM get_storage_config('other', %s, %s)", PDF, MIB) == row


@pytest.mark.parametrize("arguments", ["", "'gone'", "'off'", "''", "'DISK'"])
def test_storage_that_is_not_there_or_not_active_is_an_error(resumes: Service, arguments: str) -> None:
    storage(resumes)
    storage(resumes, "off", is_active=False)
    with resumes.refuses("P0002"):
        resumes.execute(f"SELECT * FROM get_storage_config({arguments})")


@pytest.mark.parametrize(
    ("mime_type", "size"), [("text/html", 1), ("text/html", None), (PDF, MIB + 1), (None, MIB + 1)]
)
def test_a_file_that_the_storage_does_not_allow_is_an_error(
    resumes: Service, mime_type: str | None, size: int | None
) -> None:
    storage(resumes, is_default=True)
    with resumes.refuses("23514"):
        resumes.execute("SELECT * FROM get_storage_config(NULL, %s, %s)", mime_type, size)


@pytest.mark.parametrize(("mime_type", "size"), [(PDF, MIB), (None, None), (PDF, None), (None, 1)])
def test_a_file_within_the_limits_is_allowed_and_what_is_null_is_not_checked(
    resumes: Service, mime_type: str | None, size: int | None
) -> None:
    row = storage(resumes, is_default=True)
    assert resumes.value("SELECT id FROM get_storage_config(NULL, %s, %s)", mime_type, size) == row


@pytest.mark.parametrize(
    ("values", "state", "constraint"),
    [
        ({"user_id": None}, "23502", None),
        ({"title": None}, "23502", None),
        ({"sha256": b"short"}, "23514", "resumes_sha256_check"),
        ({"content_json": Jsonb([])}, "23514", "resumes_content_json_check"),
        ({"processing_status": "lost"}, "23514", "resumes_processing_status_check"),
        ({"quality_score": 100.01}, "23514", "resumes_quality_score_check"),
        ({"storage_key": "a"}, "23514", "resumes_storage_complete"),
        ({"storage_config_id": uuid4(), "storage_key": "a"}, "23503", "resumes_storage_config_id_fkey"),
        ({"file_size_bytes": 0}, "23514", "resumes_file_size"),
        ({"file_size_bytes": 50 * MIB + 1}, "23514", "resumes_file_size"),
        ({"mime_type": "text/html"}, "23514", "resumes_mime_type"),
        ({"search_vector": "x"}, "428C9", None),
    ],
)
def test_a_resume_is_refused_that_breaks_a_rule(
    resumes: Service, values: dict[str, object], state: str, constraint: str | None
) -> None:
    with resumes.refuses(state, constraint):
        resume(resumes, **values)


@pytest.mark.parametrize(
    "mime_type",
    [
        PDF,
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/rtf",
        "text/plain",
        None,
    ],
)
def test_a_resume_may_be_of_five_types_or_without_a_file(resumes: Service, mime_type: str | None) -> None:
    row = resume(resumes, mime_type=mime_type, file_size_bytes=50 * MIB)
    assert resumes.row("resumes", row)["mime_type"] == mime_type


def test_a_stored_file_belongs_to_one_resume(resumes: Service) -> None:
    disk, other = storage(resumes), storage(resumes, "other")
    resume(resumes, storage_config_id=disk, storage_key="a")
    resume(resumes, storage_config_id=other, storage_key="a")
    with resumes.refuses("23505", "uq_resumes_storage_key"):
        resume(resumes, storage_config_id=disk, storage_key="a")


def test_a_storage_in_use_cannot_be_removed(resumes: Service) -> None:
    disk = storage(resumes)
    row = resume(resumes, storage_config_id=disk, storage_key="a")
    # 23001 (restrict_violation) since PostgreSQL 18, before it 23503
    state = "23001" if resumes.connection.info.server_version >= 180000 else "23503"
    with resumes.refuses(state, "resumes_storage_config_id_fkey"):
        resumes.remove("storage_configs", disk)
    resumes.remove("resumes", row)
    resumes.remove("storage_configs", disk)
    assert resumes.count("storage_configs") == 0


def test_a_user_has_one_primary_resume_deleted_ones_apart(resumes: Service) -> None:
    first = resume(resumes, is_primary=True)
    resume(resumes, is_primary=True, user_id=OTHER)
    resume(resumes, is_primary=True, deleted_at=DAY)
    with resumes.refuses("23505", "uq_resumes_primary"):
        resume(resumes, is_primary=True)
    resumes.change("resumes", first, deleted_at=DAY)
    resume(resumes, is_primary=True)


def test_full_text_search_reads_title_and_content(resumes: Service) -> None:
    by_title, by_content = resume(resumes, title="Database administrators"), resume(resumes, content="databases")
    resume(resumes)
    found = resumes.values("SELECT id FROM resumes WHERE search_vector @@ plainto_tsquery('english', 'database')")
    assert set(found) == {by_title, by_content}


def test_the_search_vector_follows_a_change(resumes: Service) -> None:
    row = resume(resumes, content="painter")
    resumes.change("resumes", row, content="sculptor")
    query = "SELECT search_vector @@ plainto_tsquery('english', %s) FROM resumes"
    assert (resumes.value(query, "painter"), resumes.value(query, "sculptors")) == (False, True)


@pytest.mark.parametrize("table", ["storage_configs", "resumes", "resume_optimizations"])
def test_a_change_moves_updated_at(resumes: Service, table: str) -> None:
    old = DAY - timedelta(days=400)
    row = storage(resumes, updated_at=old) if table == "storage_configs" else resume(resumes, updated_at=old)
    row = attempt(resumes, row, updated_at=old) if table == "resume_optimizations" else row
    resumes.change(table, row, created_at=DAY)
    assert resumes.row(table, row)["updated_at"] == resumes.value("SELECT now()")


def test_the_overview_leaves_out_deleted_resumes(resumes: Service) -> None:
    disk = storage(resumes)
    stored = resume(resumes, storage_config_id=disk, storage_key="a", title="A")
    bare = resume(resumes, title="B", is_primary=True)
    resume(resumes, deleted_at=DAY)
    rows = resumes.rows("SELECT * FROM resume_overview ORDER BY title")
    found = [only(row, "resume_id", "is_primary", "storage_name", "provider") for row in rows]
    assert found == [(stored, False, "disk", "local"), (bare, True, None, None)]


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"optimization_type": "magic"}, "resume_optimizations_optimization_type_check"),
        ({"status": "lost"}, "resume_optimizations_status_check"),
        ({"status": "completed", "completed_at": None}, "resume_optimizations_completed_at"),
        ({"score_before": -1}, "resume_optimizations_score_before_check"),
        ({"score_after": 101}, "resume_optimizations_score_after_check"),
        ({"processing_ms": -1}, "resume_optimizations_processing_ms_check"),
    ],
)
def test_an_attempt_is_refused_that_breaks_a_rule(resumes: Service, values: dict[str, object], constraint: str) -> None:
    row = resume(resumes)
    with resumes.refuses("23514", constraint):
        attempt(resumes, row, **values)


@pytest.mark.parametrize(
    ("table", "values", "constraint"),
    [
        ("resume_analyses", {"analysis_type": "palm"}, "resume_analyses_analysis_type_check"),
        ("resume_analyses", {"overall_score": 101}, "resume_analyses_overall_score_check"),
        ("optimization_feedback", {"rating": 0}, "optimization_feedback_rating_check"),
        ("optimization_feedback", {"rating": 6}, "optimization_feedback_rating_check"),
        ("optimization_feedback", {"accepted_suggestions": -1}, "optimization_feedback_accepted_suggestions_check"),
        ("optimization_feedback", {"rejected_suggestions": -1}, "optimization_feedback_rejected_suggestions_check"),
    ],
)
def test_an_analysis_or_feedback_is_refused_that_breaks_a_rule(
    resumes: Service, table: str, values: dict[str, object], constraint: str
) -> None:
    row = resume(resumes)
    given: dict[str, object] = {"resume_id": row, "analysis_type": "ats"}
    if table == "optimization_feedback":
        given = {"optimization_id": attempt(resumes, row), "user_id": USER, "rating": 3}
    with resumes.refuses("23514", constraint):
        resumes.add(table, **given | values)


def test_a_user_rates_an_attempt_once(resumes: Service) -> None:
    done = attempt(resumes, resume(resumes))
    feedback(resumes, done, 4)
    feedback(resumes, done, 2, user_id=OTHER)
    with resumes.refuses("23505", "optimization_feedback_optimization_id_user_id_key"):
        feedback(resumes, done, 5)


def test_attempts_and_analyses_outlive_a_version_and_go_with_the_resume(resumes: Service) -> None:
    row = resume(resumes)
    version = version_of(resumes, row)
    done = attempt(resumes, row, version_before_id=version, version_after_id=version)
    analysis = resumes.add("resume_analyses", resume_id=row, version_id=version, analysis_type="ats")
    feedback(resumes, done, 3)
    resumes.remove("resume_versions", version)
    assert only(resumes.row("resume_optimizations", done), "version_before_id", "version_after_id") == (None, None)
    assert resumes.row("resume_analyses", analysis)["version_id"] is None
    resumes.remove("resumes", row)
    tables = ("resume_optimizations", "resume_analyses", "optimization_feedback")
    assert [resumes.count(table) for table in tables] == [0, 0, 0]


def test_the_optimisation_history_is_newest_first_with_the_totals_on_every_row(resumes: Service) -> None:
    row = resume(resumes)
    days = [DAY + timedelta(days=number) for number in range(3)]
    first = attempt(resumes, row, created_at=days[0], status="completed", score_before=50, score_after=61)
    second = attempt(resumes, row, created_at=days[1], status="completed", score_before=60, score_after=70.25)
    open_one = attempt(resumes, row, created_at=days[2], optimization_type="full", score_before=70)
    attempt(resumes, resume(resumes), status="completed", score_before=0, score_after=100)
    feedback(resumes, first, 5)
    feedback(resumes, first, 2, user_id=OTHER)
    found = resumes.rows("SELECT * FROM get_resume_optimization_history(%s)", row)
    names = "optimization_id status improvement rating attempts completed avg_improvement"
    assert [only(one, *names.split()) for one in found] == [
        (open_one, "pending", None, None, 3, 2, Decimal("10.63")),
        (second, "completed", Decimal("10.25"), None, 3, 2, Decimal("10.63")),
        (first, "completed", Decimal("11.00"), Decimal("3.50"), 3, 2, Decimal("10.63")),
    ]


@pytest.mark.parametrize("row", [uuid4(), None])
def test_the_optimisation_history_of_nothing_is_empty(resumes: Service, row: UUID | None) -> None:
    attempt(resumes, resume(resumes))
    assert resumes.rows("SELECT * FROM get_resume_optimization_history(%s)", row) == []


def test_performance_is_measured_by_type_and_day(resumes: Service) -> None:
    resumes.execute("SET LOCAL TimeZone = 'UTC'")
    row = resume(resumes)
    rated = attempt(
        resumes, row, created_at=DAY, status="completed", score_before=50, score_after=60, processing_ms=100
    )
    attempt(resumes, row, created_at=DAY, status="failed", processing_ms=201)
    attempt(resumes, row, created_at=DAY + timedelta(days=1))
    attempt(resumes, row, created_at=DAY, optimization_type="full")
    feedback(resumes, rated, 5)
    feedback(resumes, rated, 4, user_id=OTHER)
    found = resumes.rows("SELECT * FROM optimization_performance_metrics ORDER BY 1, 2")
    day = DAY.replace(hour=0)
    assert [tuple(one.values()) for one in found] == [
        ("ats", day, 2, 1, 1, Decimal("10.00"), Decimal("151"), Decimal("4.50")),
        ("ats", day + timedelta(days=1), 1, 0, 0, None, None, None),
        ("full", day, 1, 0, 0, None, None, None),
    ]


def test_the_analytics_count_each_kind_by_itself_and_leave_out_deleted_resumes(resumes: Service) -> None:
    row, bare = resume(resumes, quality_score=80), resume(resumes)
    resume(resumes, deleted_at=DAY)
    resumes.change("resumes", row, content="x")
    for score in (60, 70, None):
        resumes.add("resume_analyses", resume_id=row, analysis_type="ats", overall_score=score)
    attempt(resumes, row, status="completed", completed_at=DAY)
    attempt(resumes, row)
    found = {one.pop("resume_id"): tuple(one.values()) for one in resumes.rows("SELECT * FROM resume_analytics")}
    assert found == {
        row: (USER, Decimal("80.00"), 2, 3, Decimal("70.00"), 1, DAY),
        bare: (USER, None, 1, 0, None, 0, None),
    }
