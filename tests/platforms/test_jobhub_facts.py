"""What JobHub's seven PostgreSQL targets hold, by the server's own catalogue; numbers and names are the document's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.platforms.dashboard import Service
from tests.platforms.jobhub import ON_POSTGRES, PARTITIONED

COUNTS = {
    "auth_db": (10, 114, 9, 4, 11, 30, 3, 4),
    "user_db": (13, 155, 3, 12, 6, 44, 1, 8),
    "job_db": (9, 127, 5, 9, 6, 43, 2, 5),
    "company_db": (7, 124, 3, 16, 4, 29, 1, 4),
    "message_db": (8, 91, 5, 5, 3, 29, 2, 3),
    "notification_db": (7, 82, 1, 6, 3, 20, 2, 3),
    "payment_db": (6, 72, 2, 6, 1, 19, 1, 3),
}
"""Tables, columns, foreign keys, checks, unique keys, indexes beside keys, functions, triggers; without partitions."""

SHARED = """
domain_events: aggregate=aggregate_id,aggregate_type type=event_type occurred_at correlation_id
outbox_events: processed=processed_at retry=next_retry_at
saga_instances: type=saga_type status correlation=correlation_id
"""
INDEXES = {
    "auth_db": """
users: email user_type status created_at last_login=last_login_at active=id
user_roles: user_id role_id active=user_id,role_id
role_permissions: role_id permission_id
sessions: user_id token_hash active=user_id expires_at
audit_logs: user_id action created_at correlation_id severity
""",
    "user_db": """
user_profiles: user_id availability experience=years_of_experience visibility=profile_visibility
skills: name category
user_skills: user_id skill_id proficiency=proficiency_level primary=user_id
experience: user_id company_id current=user_id dates=start_date,end_date
education: user_id institution=institution_name degree=degree_type
certifications: user_id organization=issuing_organization expiration=expiration_date
resumes: user_id primary=user_id parsing_status
skill_assessments: skill_id difficulty=difficulty_level active=is_active
user_assessment_results: user_id assessment_id score status
user_connections: requester=requester_id addressee=addressee_id status accepted=requester_id,addressee_id
""",
    "job_db": """
job_categories: parent_id active=is_active slug
jobs: employer_id company_id category_id status published=published_at location remote=is_remote employment_type
jobs: experience_level
jobs: salary_range=salary_min,salary_max expires_at search active_published=status,published_at:DESC
jobs: location_remote=location,is_remote
job_applications: job_id applicant_id status applied_at rating job_status=job_id,status
job_applications: employer_review=job_id,status,applied_at
saved_jobs: user_id job_id reminder=reminder_date
job_search_alerts: user_id active=is_active frequency
job_views: job_id viewer_id viewed_at
""",
    "company_db": """
companies: slug industry size=company_size location=headquarters_location verified=is_verified status search
company_employees: company_id user_id admin=company_id hiring_manager=company_id status=employment_status
company_reviews: company_id reviewer_id status rating=overall_rating approved=company_id,status,created_at
company_photos: company_id status featured=company_id
""",
    "message_db": """
conversations: created_by type last_message=last_message_at:DESC archived=is_archived
conversation_participants: conversation_id user_id active=user_id,is_active unread=user_id,unread_count
messages: conversation_id=conversation_id,created_at:DESC sender_id parent_id=parent_message_id type=message_type
messages: deleted=is_deleted search
message_reactions: message_id user_id type=reaction_type
message_attachments: message_id type=file_type scanned=is_scanned
""",
    "notification_db": """
notification_templates: name type
user_notifications: user_id type read=user_id,is_read created_at
notification_preferences: user_id
notification_delivery_log: notification_id type=delivery_type status sent_at
""",
    "payment_db": """
subscription_plans: user_type active=is_active
user_subscriptions: user_id plan_id status expires_at
payment_transactions: user_id subscription_id status created_at
""",
}
"""Table: what its indexes are called behind `idx_<table>_`, `=` their columns where they are not called after one."""
OTHERS = {
    "auth_db": {"uq_users_email_lower": "UNIQUE btree (lower((email)::text))"},
    "user_db": {
        "uq_user_connections_pair": "UNIQUE btree (LEAST(requester_id, addressee_id),"
        " GREATEST(requester_id, addressee_id))"
    },
    "job_db": {
        "job_views_default_unique": "UNIQUE btree (job_id, COALESCE((viewer_id)::text, (ip_address)::text),"
        " date_trunc('hour'::text, (viewed_at AT TIME ZONE 'UTC'::text)))",
        "idx_jobs_search": "gin (to_tsvector('english'::regconfig, (((title)::text || ' '::text) || description)))",
    },
    "company_db": {
        "idx_companies_search": "gin (to_tsvector('english'::regconfig,"
        " (((name)::text || ' '::text) || COALESCE(description, ''::text))))"
    },
    "message_db": {"idx_messages_search": "gin (to_tsvector('english'::regconfig, content))"},
}
"""Indexes over more than columns."""

ALIVE = "(deleted_at IS NULL)"
PUBLISHED = "(((status)::text = 'published'::text) AND (deleted_at IS NULL))"
PARTIAL = {
    "auth_db": {
        "idx_users_email": ALIVE,
        "idx_users_user_type": ALIVE,
        "idx_users_active": "(((status)::text = 'active'::text) AND (deleted_at IS NULL))",
        "idx_user_roles_active": "(is_active = true)",
        "idx_sessions_active": "(is_active = true)",
    },
    "user_db": {
        "idx_user_skills_primary": "(is_primary = true)",
        "idx_experience_current": "(is_current = true)",
        "idx_certifications_expiration": "(expiration_date IS NOT NULL)",
        "idx_resumes_primary": "(is_primary = true)",
        "idx_user_connections_accepted": "((status)::text = 'accepted'::text)",
    },
    "job_db": {
        **{
            f"idx_jobs_{name}": ALIVE
            for name in (
                "employer_id",
                "company_id",
                "status",
                "location",
                "remote",
                "employment_type",
                "experience_level",
                "salary_range",
                "expires_at",
                "search",
            )
        },
        **{f"idx_jobs_{name}": PUBLISHED for name in ("published", "active_published", "location_remote")},
        "idx_job_applications_rating": "(rating IS NOT NULL)",
        "idx_job_applications_employer_review": "((status)::text = ANY ((ARRAY['applied'::character varying,"
        " 'screening'::character varying])::text[]))",
        "idx_saved_jobs_reminder": "(reminder_date IS NOT NULL)",
        "idx_job_search_alerts_frequency": "(is_active = true)",
        "idx_job_views_viewer_id": "(viewer_id IS NOT NULL)",
    },
    "company_db": {
        **{
            f"idx_companies_{name}": ALIVE
            for name in ("slug", "industry", "size", "location", "verified", "status", "search")
        },
        "idx_company_employees_admin": "(is_admin = true)",
        "idx_company_employees_hiring_manager": "(is_hiring_manager = true)",
        "idx_company_reviews_reviewer_id": "(reviewer_id IS NOT NULL)",
        "idx_company_reviews_approved": "((status)::text = 'approved'::text)",
        "idx_company_photos_featured": "(is_featured = true)",
    },
    "message_db": {
        "idx_conversation_participants_active": "(is_active = true)",
        "idx_conversation_participants_unread": "(unread_count > 0)",
        "idx_messages_parent_id": "(parent_message_id IS NOT NULL)",
        "idx_messages_search": "(is_deleted = false)",
    },
    "notification_db": {},
    "payment_db": {},
}
ON_DELETE = {
    "auth_db": """
audit_logs.session_id n sessions
audit_logs.user_id n users
role_permissions.permission_id c permissions
role_permissions.role_id c roles
sessions.revoked_by n users
sessions.user_id c users
user_roles.assigned_by n users
user_roles.role_id c roles
user_roles.user_id c users
""",
    "user_db": """
skill_assessments.skill_id a skills
user_assessment_results.assessment_id a skill_assessments
user_skills.skill_id a skills
""",
    "job_db": """
job_applications.job_id a jobs
job_categories.parent_id a job_categories
job_views.job_id a jobs
jobs.category_id a job_categories
saved_jobs.job_id a jobs
""",
    "company_db": """
company_employees.company_id a companies
company_photos.company_id a companies
company_reviews.company_id a companies
""",
    "message_db": """
conversation_participants.conversation_id c conversations
message_attachments.message_id,message_created_at c messages
message_reactions.message_id,message_created_at c messages
messages.conversation_id c conversations
messages.parent_message_id,parent_created_at n messages
""",
    "notification_db": "notification_delivery_log.notification_id,notification_created_at c user_notifications\n",
    "payment_db": """
payment_transactions.subscription_id a user_subscriptions
user_subscriptions.plan_id a subscription_plans
""",
}
"""Columns, what happens to them (a: refused, c: deleted with it, n: NULL), and the table that they refer to."""

FUNCTIONS = {
    "auth_db": ["ensure_month_partition", "protect_system_role", "touch_updated_at"],
    "job_db": ["ensure_month_partition", "touch_updated_at"],
    "message_db": ["ensure_month_partition", "touch_updated_at"],
    "notification_db": ["ensure_month_partition", "touch_updated_at"],
}

Open = Callable[[str], Service]
# Tables without their partitions.
OURS = "relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
APART = """
    i.relnamespace = 'public'::regnamespace AND i.relkind IN ('i', 'I') AND NOT i.relispartition
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
    AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.oid)
"""


def counted(service: Service) -> tuple[int, ...]:
    query = f"""
        SELECT ARRAY[
               (SELECT count(*) FROM pg_class WHERE {OURS}),
               (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE {OURS} AND a.attnum > 0 AND NOT a.attisdropped),
               (SELECT count(*) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
                WHERE {OURS} AND k.contype = 'f' AND k.conparentid = 0),
               (SELECT count(*) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
                WHERE {OURS} AND k.contype = 'c'),
               (SELECT count(*) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
                WHERE {OURS} AND k.contype = 'u'),
               (SELECT count(*) FROM pg_class i WHERE {APART}),
               (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
               (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0)
        ]
    """
    return tuple(service.value(query))


def test_a_target_counts_what_the_document_counts(jobhub_service: Open) -> None:
    found = {target: counted(jobhub_service(target)) for target in ON_POSTGRES}
    assert found == COUNTS
    # With the four tables of ClickHouse, and their 50 columns: 64 and 815.
    assert [sum(column) for column in zip(*found.values(), strict=True)] == [60, 765, 28, 58, 34, 214, 12, 30]


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_there_are_no_views_extensions_or_types_of_its_own(target: str, jobhub_service: Open) -> None:
    service = jobhub_service(target)
    assert service.values("SELECT viewname FROM pg_views WHERE schemaname = 'public'") == []
    assert service.values("SELECT matviewname FROM pg_matviews WHERE schemaname = 'public'") == []
    assert service.values("SELECT extname FROM pg_extension") == ["plpgsql"]
    assert service.values("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'") == []
    assert (
        service.values(
            "SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')"
        )
        == []
    )


def indexes(target: str) -> dict[str, str]:
    """Name → how and over what, of every index of a target beside its keys."""
    found = {}
    for table, _, words in (line.partition(":") for line in (INDEXES[target] + SHARED).split("\n") if line):
        for word in words.split():
            name, _, columns = word.partition("=")
            listed = (columns or name).replace(",", ", ").replace(":", " ")
            found[f"idx_{table}_{name}"] = f"btree ({listed})"
    return found | OTHERS.get(target, {})


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_indexes_have_the_documents_names_columns_and_conditions(target: str, jobhub_service: Open) -> None:
    rows = jobhub_service(target).rows(f"""
        SELECT i.relname AS name, pg_get_expr(x.indpred, x.indrelid) AS condition, (
            CASE WHEN x.indisunique THEN 'UNIQUE ' ELSE '' END
            || substring(pg_get_indexdef(i.oid) FROM ' USING (.*?)(?: WHERE .*)?$')
        ) AS over
        FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid WHERE {APART}
    """)
    assert {row["name"]: row["over"] for row in rows} == indexes(target)
    conditions = {row["name"]: row["condition"] for row in rows if row["condition"] is not None}
    assert conditions == {**PARTIAL[target], "idx_outbox_events_retry": "(processed_at IS NULL)"}


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_foreign_keys_do_what_the_document_says_and_stay_in_their_service(target: str, jobhub_service: Open) -> None:
    found = jobhub_service(target).values(f"""
        SELECT c.relname || '.' || (
            SELECT string_agg(a.attname, ',' ORDER BY n) FROM unnest(k.conkey) WITH ORDINALITY AS u(attnum, n)
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum
        ) || ' ' || k.confdeltype::text || ' ' || k.confrelid::regclass::text
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE {OURS} AND k.contype = 'f' AND k.conparentid = 0 ORDER BY 1
    """)
    assert sorted(found) == ON_DELETE[target].strip().split("\n")


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_exactly_the_tables_with_updated_at_keep_it_by_a_trigger(target: str, jobhub_service: Open) -> None:
    service = jobhub_service(target)
    triggers = service.values("""
        SELECT tgname || ' on ' || tgrelid::regclass FROM pg_trigger
        WHERE NOT tgisinternal AND tgparentid = 0 AND tgname LIKE '%_touch'
    """)
    tables = service.values(f"""
        SELECT relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE {OURS} AND a.attname = 'updated_at'
    """)
    assert sorted(triggers) == sorted(f"trg_{table}_touch on {table}" for table in tables)
    others = service.values(
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0 AND tgname NOT LIKE '%_touch'"
    )
    assert others == (["trg_roles_protect"] if target == "auth_db" else [])


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_functions_have_the_documents_names(target: str, jobhub_service: Open) -> None:
    found = jobhub_service(target).values(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1"
    )
    assert found == FUNCTIONS.get(target, ["touch_updated_at"])


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_every_key_is_a_uuid_of_the_servers_and_holds_the_month_where_there_are_months(
    target: str, jobhub_service: Open
) -> None:
    service = jobhub_service(target)
    assert service.values(f"""
        SELECT DISTINCT format('%s %s', format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid))
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'id' AND a.attnum = 1
        JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = 1 WHERE {OURS}
    """) == ["uuid gen_random_uuid()"]
    found = service.rows(f"""
        SELECT relname AS table, pg_get_partkeydef(oid) AS by, (
            SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p'
        ) AS key, (SELECT array_agg(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = c.oid) AS parts
        FROM pg_class c WHERE {OURS} AND relkind = 'p'
    """)
    table = PARTITIONED.get(target)
    column = "viewed_at" if target == "job_db" else "created_at"
    expected = {
        "table": table,
        "by": f"RANGE ({column})",
        "key": f"PRIMARY KEY (id, {column})",
        "parts": [f"{table}_default"],
    }
    assert found == ([expected] if table else [])
