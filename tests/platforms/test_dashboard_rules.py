"""What holds for every object of the dashboard platform: keys, functions, triggers, foreign keys, index names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures.postgres import Database
from tests.platforms.dashboard import TARGETS, Service, rolled_back

C, N, R = "c", "n", "r"

FOREIGN_KEYS = {
    "user_service_db": {
        ("user_sessions.user_id", "users", C),
        ("refresh_tokens.user_id", "users", C),
        ("refresh_tokens.session_id", "user_sessions", C),
        ("refresh_tokens.replaced_by_id", "refresh_tokens", N),
        ("password_resets.user_id", "users", C),
        ("email_verifications.user_id", "users", C),
        ("user_profiles.user_id", "users", C),
        ("user_preferences.user_id", "users", C),
    },
    "resume_service_db": {
        ("resumes.storage_config_id", "storage_configs", R),
        ("resume_versions.resume_id", "resumes", C),
        ("resume_version_changes.version_id", "resume_versions", C),
        ("resume_optimizations.resume_id", "resumes", C),
        ("resume_optimizations.version_before_id", "resume_versions", N),
        ("resume_optimizations.version_after_id", "resume_versions", N),
        ("resume_analyses.resume_id", "resumes", C),
        ("resume_analyses.version_id", "resume_versions", N),
        ("optimization_feedback.optimization_id", "resume_optimizations", C),
    },
    "ai_service_db": {
        ("ai_processing_sessions.model_id", "ai_models", R),
        ("embeddings.model_id", "ai_models", R),
        ("resume_optimizations.session_id", "ai_processing_sessions", C),
        ("job_match_analyses.session_id", "ai_processing_sessions", C),
        ("skill_analyses.session_id", "ai_processing_sessions", C),
        ("content_analyses.session_id", "ai_processing_sessions", C),
        ("optimization_history.session_id", "ai_processing_sessions", N),
        ("optimization_history.optimization_id", "resume_optimizations", N),
        ("optimization_history.template_id", "optimization_templates", N),
        ("model_performance_history.model_id", "ai_models", C),
        ("user_optimization_preferences.preferred_model_id", "ai_models", N),
    },
}

FUNCTIONS = {
    "user_service_db": {
        ("update_updated_at_column()", "trigger", "plpgsql", "v"),
        ("cleanup_expired_auth_data()", "bigint", "sql", "v"),
        ("get_complete_user_profile(uuid)", "jsonb", "sql", "s"),
    },
    "resume_service_db": {
        ("update_updated_at_column()", "trigger", "plpgsql", "v"),
        ("get_storage_config(text,text,bigint)", "storage_configs", "plpgsql", "s"),
        ("create_resume_version()", "trigger", "plpgsql", "v"),
        (
            "get_resume_version_history(uuid)",
            "TABLE(version_number integer, version_id uuid, change_source text, change_summary text, changes bigint, "
            "created_by_user_id uuid, created_at timestamp with time zone)",
            "sql",
            "s",
        ),
        (
            "compare_resume_versions(uuid,uuid)",
            "TABLE(section text, change_type text, old_value jsonb, new_value jsonb)",
            "sql",
            "s",
        ),
        (
            "get_resume_optimization_history(uuid)",
            "TABLE(optimization_id uuid, optimization_type text, status text, score_before numeric, "
            "score_after numeric, improvement numeric, rating numeric, created_at timestamp with time zone, "
            "attempts bigint, completed bigint, avg_improvement numeric)",
            "sql",
            "s",
        ),
    },
    "ai_service_db": {
        ("update_updated_at_column()", "trigger", "plpgsql", "v"),
        (
            "get_session_statistics(uuid,timestamp with time zone)",
            "TABLE(session_type text, sessions bigint, completed bigint, failed bigint, total_tokens bigint, "
            "cost_usd numeric, avg_latency_ms numeric)",
            "sql",
            "s",
        ),
        (
            "get_model_performance(timestamp with time zone)",
            "TABLE(model_id uuid, model text, requests bigint, success_rate numeric, avg_latency_ms numeric, "
            "p95_latency_ms numeric, total_tokens bigint, cost_usd numeric)",
            "sql",
            "s",
        ),
        (
            "get_optimization_statistics(uuid)",
            "TABLE(optimization_type text, optimizations bigint, accepted bigint, acceptance_rate numeric, "
            "avg_improvement numeric, avg_confidence numeric)",
            "sql",
            "s",
        ),
        (
            "get_analysis_statistics(uuid)",
            "TABLE(analysis text, analyses bigint, avg_score numeric, best_score numeric, "
            "last_at timestamp with time zone)",
            "sql",
            "s",
        ),
        (
            "get_history_statistics(uuid,timestamp with time zone)",
            "TABLE(action text, events bigint, resumes bigint, avg_improvement numeric, "
            "last_at timestamp with time zone)",
            "sql",
            "s",
        ),
        (
            "get_performance_trends(uuid,integer)",
            "TABLE(period_start timestamp with time zone, requests bigint, success_rate numeric, "
            "avg_latency_ms numeric, latency_change numeric)",
            "sql",
            "s",
        ),
        ("get_user_insights(uuid)", "jsonb", "sql", "s"),
    },
}

UNIQUE_INDEXES = {
    "user_service_db": {"idx_users_email", "idx_users_username"},
    "resume_service_db": {"uq_storage_configs_default", "uq_resumes_primary", "uq_resumes_storage_key"},
    "ai_service_db": {"uq_ai_models_default", "uq_optimization_templates_system"},
}

NAMED_INDEXES = {
    "idx_users_is_active",
    "idx_resumes_pending",
    "idx_resume_optimizations_open",
    "idx_ai_processing_sessions_open",
    "idx_ai_processing_sessions_created_brin",
}
"""Those whose names the document gives; every other one is named after its table and columns."""


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def service(target: str, shared: dict[str, Database]) -> Iterator[Service]:
    with rolled_back(shared[target].url) as found:
        yield found


def test_every_table_is_keyed_by_a_uuid_that_the_server_gives(service: Service) -> None:
    keys = service.rows("""
        SELECT c.relname, pg_get_constraintdef(k.oid) AS key, format_type(a.atttypid, a.atttypmod) AS type,
               pg_get_expr(d.adbin, d.adrelid) AS value
        FROM pg_class c
        LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    """)
    assert {tuple(row.values())[1:] for row in keys} == {("PRIMARY KEY (id)", "uuid", "gen_random_uuid()")}


def test_no_extension_and_no_other_schema_is_needed(service: Service) -> None:
    assert service.values("SELECT extname FROM pg_extension") == ["plpgsql"]
    assert service.values("SELECT nspname FROM pg_namespace WHERE oid >= 16384") == ["schemactl"]


def test_functions_have_their_signatures(target: str, service: Service) -> None:
    found = service.rows("""
        SELECT p.oid::regprocedure::text, pg_get_function_result(p.oid), l.lanname, p.provolatile
        FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
        WHERE p.pronamespace = 'public'::regnamespace
    """)
    assert {tuple(row.values()) for row in found} == FUNCTIONS[target]


def test_every_function_sets_its_search_path_and_runs_as_its_caller(service: Service) -> None:
    found = service.rows("""
        SELECT DISTINCT proconfig, prosecdef FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    """)
    assert found == [{"proconfig": ["search_path=public, pg_temp"], "prosecdef": False}]


def test_functions_work_whatever_the_search_path_of_the_session(resumes: Service) -> None:
    resumes.add("resumes", user_id="11111111-1111-1111-1111-111111111111", title="a")
    resumes.execute("SET LOCAL search_path = pg_catalog")
    resumes.execute("UPDATE public.resumes SET content = 'b'")
    assert resumes.value("SELECT count(*) FROM public.resume_versions") == 2


def test_exactly_the_tables_with_updated_at_have_the_trigger(service: Service) -> None:
    triggers = service.values("""
        SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE t.tgname = 'set_updated_at' AND t.tgfoid = 'public.update_updated_at_column'::regproc
          AND pg_get_triggerdef(t.oid) LIKE '% BEFORE UPDATE ON %' AND t.tgenabled = 'O'
        ORDER BY 1
    """)
    columns = service.values("""
        SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_name)
        WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.column_name = 'updated_at' ORDER BY 1
    """)
    assert triggers == columns


def test_eleven_tables_have_updated_at_and_one_more_trigger_makes_versions(
    users: Service, resumes: Service, ai: Service
) -> None:
    names = [
        name
        for service in (users, resumes, ai)
        for name in service.values("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
    ]
    assert (names.count("set_updated_at"), names.count("create_version"), len(names)) == (11, 1, 12)


def test_foreign_keys_do_what_the_document_says_on_delete(target: str, service: Service) -> None:
    found = service.rows("""
        SELECT k.conrelid::regclass || '.' || a.attname AS source, k.confrelid::regclass::text, k.confdeltype
        FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
        WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace
            AND cardinality(k.conkey) = 1 AND k.convalidated
    """)
    assert {tuple(row.values()) for row in found} == FOREIGN_KEYS[target]


def test_every_foreign_key_has_an_index_that_starts_with_it(service: Service) -> None:
    bare = service.values("""
        SELECT k.conname FROM pg_constraint k
        WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_index i
            WHERE i.indrelid = k.conrelid AND i.indkey[0] = k.conkey[1] AND i.indpred IS NULL
        )
    """)
    assert bare == []


def test_unique_indexes_beside_keys_are_the_documents(target: str, service: Service) -> None:
    found = service.values("""
        SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique
          AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))
    """)
    assert set(found) == UNIQUE_INDEXES[target]


def test_indexes_are_named_after_their_table_and_columns(target: str, service: Service) -> None:
    found = service.rows("""
        SELECT ic.relname AS name, c.relname AS relation, i.indpred IS NOT NULL AS partial,
               (SELECT string_agg(substring(pg_get_indexdef(ic.oid, n, true) FROM '(?:lower\\()?(\\w+)'), '_'
                                  ORDER BY n)
                FROM generate_series(1, i.indnkeyatts) n) AS columns
        FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
        WHERE c.relnamespace = 'public'::regnamespace
          AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))
    """)
    other = {
        row["name"]
        for row in found
        if row["name"] != f"idx_{row['relation']}_{row['columns']}{'_live' if row['partial'] else ''}"
    }
    assert other - NAMED_INDEXES - UNIQUE_INDEXES[target] == set()


def test_no_name_needs_quotes_or_is_cut(service: Service) -> None:
    names = service.values("""
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION SELECT attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
              WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0
        UNION SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    """)
    quoted = service.values("SELECT name FROM unnest(%s::text[]) AS name WHERE quote_ident(name) <> name", names)
    assert quoted == []
    assert max(map(len, names)) < 63


def test_every_constraint_is_validated(service: Service) -> None:
    assert service.values("SELECT conname FROM pg_constraint WHERE NOT convalidated") == []
