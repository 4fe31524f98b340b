"""What the career platform's three PostgreSQL targets hold, by the server's own catalogue."""

from __future__ import annotations

import psycopg
import pytest

from tests.platforms.career import ON_POSTGRES, Places
from tests.platforms.dashboard import Service, rolled_back

COUNTS = {
    "career_users": (3, 33, 2, 5, 8, 2, 1, 3),
    "career_paths": (3, 26, 3, 11, 12, 7, 1, 1),
    "career_learning": (3, 26, 2, 11, 8, 4, 2, 2),
}
"""Tables, columns, foreign keys, checks, indexes, those beside keys, functions, triggers."""

INDEXES = {
    "career_users": {"uq_users_email_ci", "idx_users_created_at"},
    "career_paths": {
        "uq_career_paths_title_industry",
        "idx_career_paths_industry_difficulty_level",
        "idx_career_milestones_required_skills",
        "idx_career_milestones_optional_skills",
        "idx_user_career_progress_user_id",
        "idx_user_career_progress_path_id_current_milestone_id",
        "uq_user_career_progress_open",
    },
    "career_learning": {
        "idx_courses_title",
        "idx_courses_provider",
        "idx_user_courses_user_id",
        "idx_course_skills_skill_id",
    },
}
DOCUMENTS_INDEXES = {
    "idx_users_email": "career_users",
    "idx_users_created_at": "career_users",
    "idx_user_profiles_user_id": "career_users",
    "idx_courses_title": "career_learning",
    "idx_courses_provider": "career_learning",
    "idx_user_courses_user_id": "career_learning",
}


def counted(url: str) -> tuple[int, ...]:
    ours = "'public'::regnamespace"
    query = f"""
        SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = {ours} AND relkind IN ('r', 'p')),
               (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE c.relnamespace = {ours} AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped),
               (SELECT count(*) FROM pg_constraint WHERE connamespace = {ours} AND contype = 'f'),
               (SELECT count(*) FROM pg_constraint WHERE connamespace = {ours} AND contype = 'c'),
               (SELECT count(*) FROM pg_class WHERE relnamespace = {ours} AND relkind = 'i'),
               (SELECT count(*) FROM pg_class i WHERE i.relnamespace = {ours} AND i.relkind = 'i'
                AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))),
               (SELECT count(*) FROM pg_proc WHERE pronamespace = {ours}),
               (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal)
    """
    with psycopg.connect(url) as connection:
        found = connection.execute(query.encode()).fetchone()
    assert found is not None
    return tuple(found)


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_a_target_counts_what_the_sheet_counts(target: str, career_relational: Places) -> None:
    assert counted(career_relational[target].url) == COUNTS[target]


def test_the_three_together_count_what_the_sheet_counts(career_relational: Places) -> None:
    sums = [
        sum(column) for column in zip(*(counted(career_relational[target].url) for target in ON_POSTGRES), strict=True)
    ]
    assert sums == [9, 85, 7, 27, 28, 13, 4, 6]


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_indexes_beside_keys_have_their_names(target: str, career_relational: Places) -> None:
    with rolled_back(career_relational[target].url) as service:
        found = service.values("""
            SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'i'
            AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid)
        """)
    assert set(found) == INDEXES[target]


def test_every_index_of_the_document_is_there_under_its_name(career_relational: Places) -> None:
    for name, target in DOCUMENTS_INDEXES.items():
        with rolled_back(career_relational[target].url) as service:
            assert service.value("SELECT count(*) FROM pg_indexes WHERE indexname = %s", name) == 1, name


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_every_foreign_key_and_every_user_id_has_an_index_that_starts_with_it(
    target: str, career_relational: Places
) -> None:
    query = """
        SELECT k.relation::regclass || '.' || k.name FROM (
            SELECT conrelid AS relation, conkey[1] AS number, conname::text AS name FROM pg_constraint
            WHERE contype = 'f' AND connamespace = 'public'::regnamespace
            UNION SELECT attrelid, attnum, attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND attname IN ('user_id', 'skill_id')
        ) AS k WHERE NOT EXISTS (
            SELECT FROM pg_index i WHERE i.indrelid = k.relation AND i.indkey[0] = k.number AND i.indpred IS NULL
        )
    """
    with rolled_back(career_relational[target].url) as service:
        assert service.values(query) == []


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_exactly_the_tables_with_updated_at_keep_it_by_a_trigger(target: str, career_relational: Places) -> None:
    with rolled_back(career_relational[target].url) as service:
        triggers = service.values("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'set_updated_at'")
        columns = service.values("""
            SELECT table_name::text FROM information_schema.columns
            WHERE table_schema = 'public' AND column_name = 'updated_at'
        """)
        assert sorted(triggers) == sorted(columns)
        assert len(columns) == {"career_users": 3, "career_paths": 1, "career_learning": 1}[target]


def test_units_stand_at_their_columns(career_paths: Service) -> None:
    query = (
        "SELECT col_description(%s::regclass, attnum) FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s"
    )
    for table, column, unit in (
        ("career_paths", "average_completion_time", "months"),
        ("career_milestones", "estimated_duration", "weeks"),
    ):
        assert career_paths.value(query, table, table, column) == unit
