"""Rows of JobHub as they should be, of two people and in every state that is nobody's mistake, for each target.

Some are of the month before this one, which is there as are this month and the next three.
"""

from __future__ import annotations

from tests.platforms.dashboard import Service
from tests.platforms.jobhub import PARTITIONED

ONE, TWO, THREE = (f"'00000000-0000-4000-8000-00000000000{n}'" for n in (1, 2, 3))
NOBODY = "'00000000-0000-0000-0000-000000000000'"
BEFORE = "date_trunc('month', now()) - interval '10 days'"

SHARED = f"""
INSERT INTO domain_events (aggregate_id, aggregate_type, event_type, event_data, event_version, user_id) VALUES
    ({ONE}, 'user', 'user.x', '{{"name": "A"}}', 1, {ONE}), ({ONE}, 'user', 'user.y', '{{}}', 2, {TWO}),
    ({ONE}, 'job', 'job.x', '{{}}', 1, {ONE}), ({TWO}, 'user', 'user.x', '{{"name": "B"}}', 1, {TWO});
INSERT INTO outbox_events (aggregate_id, event_type, event_data, processed_at, retry_count) VALUES
    ({ONE}, 'user.x', '{{"name": "A"}}', now(), 0), ({ONE}, 'user.y', '{{}}', NULL, 2),
    ({TWO}, 'user.x', '{{}}', now(), 3);
INSERT INTO saga_instances (saga_type, saga_data, current_step, correlation_id, status, completed_at) VALUES
    ('s', '{{}}', 'c', {ONE}, 'running', NULL), ('s', '{{}}', 'c', {TWO}, 'compensating', NULL),
    ('s', '{{}}', 'c', {THREE}, 'failed', now()), ('s', '{{}}', 'c', gen_random_uuid(), 'completed', now());
"""

ROWS = {
    "auth_db": f"""
INSERT INTO users (id, email, first_name, last_name, user_type, password_hash, phone, google_id, mfa_enabled,
    mfa_secret, mfa_backup_codes, email_verification_token, password_reset_token) VALUES
    ({ONE}, 'a@example.org', 'A', 'A', 'employer', 'h', '1', 'a', true, 's', ARRAY['c'], 't', 'u'),
    ({TWO}, 'b@example.org', 'B', 'B', 'employer', 'h', '1', 'b', true, 's', ARRAY['c'], 't', 'u'),
    ({THREE}, 'c@example.org', 'C', 'C', 'admin', 'h', '1', 'c', false, NULL, NULL, NULL, NULL);
INSERT INTO sessions (user_id, token_hash, expires_at, is_active, revoked_at, revoked_by) VALUES
    ({ONE}, '1', now(), true, NULL, NULL), ({ONE}, '2', now(), false, now(), {TWO}),
    ({TWO}, '3', now(), true, NULL, NULL),
    ({THREE}, '4', now(), false, NULL, NULL), ({THREE}, '5', now(), true, NULL, NULL);
INSERT INTO roles (id, name) VALUES ({ONE}, 'r');
INSERT INTO user_roles (user_id, role_id, assigned_by) VALUES ({ONE}, {ONE}, {TWO}), ({TWO}, {ONE}, {ONE});
INSERT INTO permissions (id, name, resource, action) VALUES ({ONE}, 'jobs:read', 'jobs', 'read');
INSERT INTO role_permissions (role_id, permission_id) VALUES ({ONE}, {ONE});
INSERT INTO audit_logs (user_id, action, resource_id, old_values, ip_address, user_agent, created_at) VALUES
    ({ONE}, 'x', NULL, '{{}}', '192.0.2.1', 'b', now()), ({ONE}, 'x', NULL, '{{}}', '192.0.2.1', 'b', {BEFORE}),
    ({THREE}, 'x', {ONE}, '{{"email": "a"}}', '192.0.2.3', 'b', now()), ({TWO}, 'x', NULL, NULL, NULL, NULL, now());
""",
    "user_db": f"""
INSERT INTO user_profiles (user_id, profile_completeness) VALUES ({ONE}, 0), ({TWO}, 100);
INSERT INTO skills (id, name) VALUES ({ONE}, 's');
INSERT INTO user_skills (user_id, skill_id) VALUES ({ONE}, {ONE}), ({TWO}, {ONE});
INSERT INTO experience (user_id, company_name, job_title, start_date, end_date, is_current, skills_used) VALUES
    ({ONE}, 'c', 'j', '2020-01-01', '2020-01-01', false, ARRAY[{ONE}::uuid]),
    ({ONE}, 'c', 'j', '2021-01-01', NULL, true, NULL), ({TWO}, 'c', 'j', '2021-01-01', current_date + 30, true, NULL);
INSERT INTO education (user_id, institution_name, start_date, end_date, is_current) VALUES
    ({ONE}, 'i', '2020-01-01', '2021-01-01', false), ({TWO}, 'i', '2020-01-01', current_date + 300, true),
    ({TWO}, 'i', '2020-01-01', current_date - 3, true), ({TWO}, 'i', NULL, '2021-01-01', false);
INSERT INTO certifications (user_id, name, issuing_organization, issue_date, expiration_date, does_not_expire) VALUES
    ({ONE}, 'n', 'o', '2020-01-01', '2020-01-01', false), ({TWO}, 'n', 'o', '2020-01-01', NULL, true);
INSERT INTO resumes (user_id, file_name, original_file_name, file_size, file_type, file_url, is_primary) VALUES
    ({ONE}, 'f', 'f', 1, 't', 'u', true), ({ONE}, 'f', 'f', 1, 't', 'u', false), ({TWO}, 'f', 'f', 1, 't', 'u', true),
    ({NOBODY}, 'f', 'f', 1, 't', 'u', true), ({NOBODY}, 'f', 'f', 1, 't', 'u', true);
INSERT INTO skill_assessments (id, skill_id, name, duration_minutes, question_count, passing_score, created_by) VALUES
    ({ONE}, {ONE}, 'n', 1, 1, 100, {ONE}), ({TWO}, {ONE}, 'n', 1, 1, 0, {TWO});
INSERT INTO user_assessment_results (user_id, assessment_id, started_at, status, score, answers) VALUES
    ({ONE}, {ONE}, now(), 'in_progress', NULL, NULL),
    ({TWO}, {ONE}, now(), 'completed', 100, '{{"algorithm": "a", "key_id": "k", "nonce": "n", "ciphertext": "c"}}'),
    ({TWO}, {TWO}, now(), 'completed', 0, '{{"algorithm": "a", "key_id": "k", "ciphertext": "c"}}');
INSERT INTO user_connections (requester_id, addressee_id, status, connected_at) VALUES
    ({ONE}, {THREE}, 'accepted', now()), ({THREE}, {TWO}, 'pending', NULL), ({TWO}, {ONE}, 'blocked', now());
""",
    "job_db": f"""
INSERT INTO job_categories (id, name, slug, parent_id) VALUES
    ({ONE}, 'a', 'a', NULL), ({TWO}, 'b', 'b', {ONE}), ({THREE}, 'c', 'c', {TWO});
INSERT INTO jobs (id, employer_id, title, slug, description, employment_type, status, published_at, salary_min,
    salary_max, application_count, save_count, view_count) VALUES
    ({ONE}, {ONE}, 't', 's', 'd', 'contract', 'published', now(), 0, 0, 3, 2, 0),
    ({TWO}, {TWO}, 't', 't', 'd', 'contract', 'draft', NULL, NULL, 5, 0, 0, 0),
    ({THREE}, {THREE}, 't', 'u', 'd', 'contract', 'closed', now(), 5, NULL, 0, 0, 99);
INSERT INTO job_applications (job_id, applicant_id, status_updated_by) VALUES
    ({ONE}, {ONE}, {TWO}), ({ONE}, {TWO}, {ONE}), ({ONE}, {THREE}, {ONE});
INSERT INTO saved_jobs (user_id, job_id) VALUES ({ONE}, {ONE}), ({TWO}, {ONE});
INSERT INTO job_search_alerts (user_id, name, search_criteria) VALUES ({ONE}, 'n', '{{}}'), ({TWO}, 'n', '{{}}');
INSERT INTO job_views (job_id, viewer_id, ip_address, session_id, viewed_at) VALUES
    ({THREE}, {ONE}, '192.0.2.1', 's', now()), ({THREE}, {TWO}, '192.0.2.1', 's', now()),
    ({THREE}, NULL, '192.0.2.1', NULL, now()), ({THREE}, {ONE}, '192.0.2.1', 's', {BEFORE});
""",
    "company_db": f"""
INSERT INTO companies (id, name, slug, is_verified, verification_date, created_by) VALUES
    ({ONE}, 'n', 's', true, now(), {ONE}), ({TWO}, 'n', 't', false, now(), {TWO});
INSERT INTO company_employees (company_id, user_id, start_date, end_date, invited_by) VALUES
    ({ONE}, {ONE}, '2020-01-01', '2020-01-01', {TWO}), ({ONE}, {TWO}, NULL, '2020-01-01', {ONE}),
    ({TWO}, {THREE}, '2020-01-01', NULL, {ONE});
INSERT INTO company_reviews (company_id, reviewer_id, overall_rating, title, pros, cons, moderated_by) VALUES
    ({ONE}, {ONE}, 1, 't', 'p', 'c', {TWO}), ({ONE}, {TWO}, 5, 't', 'p', 'c', {ONE}),
    ({ONE}, NULL, 5, 't', 'p', 'c', NULL);
INSERT INTO company_photos (company_id, uploaded_by, file_name, file_url) VALUES
    ({ONE}, {ONE}, 'f', 'u'), ({ONE}, {TWO}, 'f', 'u');
""",
    "message_db": f"""
INSERT INTO conversations (id, created_by, participant_count, message_count, last_message_id) VALUES
    ({ONE}, {ONE}, 2, 3, {THREE}), ({TWO}, {TWO}, 2, 0, NULL);
INSERT INTO conversation_participants (conversation_id, user_id, is_active, is_muted, last_read_message_id) VALUES
    ({ONE}, {ONE}, true, true, {ONE}), ({ONE}, {TWO}, true, false, {THREE}), ({ONE}, {THREE}, false, false, NULL),
    ({TWO}, {ONE}, true, false, NULL), ({TWO}, {TWO}, true, false, NULL);
INSERT INTO messages (id, conversation_id, sender_id, content, created_at, reply_count, reaction_count) VALUES
    ({ONE}, {ONE}, {ONE}, 'x', {BEFORE}, 1, 3);
INSERT INTO messages (id, conversation_id, sender_id, content, created_at, parent_message_id, parent_created_at,
    is_deleted, deleted_at, deleted_by) VALUES
    ({TWO}, {ONE}, {TWO}, 'y', now(), {ONE}, {BEFORE}, true, now(), {ONE}),
    ({THREE}, {ONE}, {TWO}, 'z', now(), {ONE}, {BEFORE}, false, NULL, NULL),
    (gen_random_uuid(), {ONE}, {THREE}, 'z', now(), NULL, NULL, false, NULL, NULL);
INSERT INTO message_reactions (message_id, message_created_at, user_id, reaction_type) VALUES
    ({ONE}, {BEFORE}, {ONE}, 'like'), ({ONE}, {BEFORE}, {TWO}, 'like'), ({ONE}, {BEFORE}, {TWO}, 'love');
INSERT INTO message_attachments (message_id, message_created_at, file_name, original_file_name, file_size, file_type,
    file_url) VALUES ({ONE}, {BEFORE}, 'f', 'f', 1, 't', 'u');
""",
    "notification_db": f"""
INSERT INTO notification_templates (name, type, body_template) VALUES ('n', 'email', 'b');
INSERT INTO user_notifications (id, user_id, type, title, message, is_read, read_at, created_at) VALUES
    ({ONE}, {ONE}, 'x', 't', 'm', true, now(), {BEFORE}), ({TWO}, {TWO}, 'x', 't', 'm', false, NULL, now());
INSERT INTO notification_preferences (user_id) VALUES ({ONE}), ({TWO});
INSERT INTO notification_delivery_log
    (notification_id, notification_created_at, delivery_type, recipient, status, sent_at, delivered_at) VALUES
    ({ONE}, {BEFORE}, 'email', 'a', 'delivered', now(), now()), ({ONE}, {BEFORE}, 'push', 'a', 'failed', NULL, NULL),
    ({TWO}, now(), 'email', 'a', 'bounced', now(), NULL), ({TWO}, now(), 'email', 'a', 'sent', now(), NULL),
    ({TWO}, now(), 'sms', 'a', 'pending', NULL, NULL);
""",
    "payment_db": f"""
INSERT INTO subscription_plans (id, name, user_type, features, is_active, price_monthly) VALUES
    ({ONE}, 'n', 'employer', '{{}}', true, 0), ({TWO}, 'n', 'job_seeker', '{{}}', true, 1),
    ({THREE}, 'n', 'employer', '{{}}', false, NULL);
INSERT INTO user_subscriptions (user_id, plan_id, amount, status, cancelled_at, stripe_subscription_id) VALUES
    ({ONE}, {ONE}, 0, 'active', NULL, 's1'), ({ONE}, {ONE}, 5, 'cancelled', now(), 's2'),
    ({TWO}, {ONE}, 5, 'active', NULL, NULL), ({TWO}, {ONE}, 5, 'expired', NULL, NULL);
INSERT INTO payment_transactions (user_id, transaction_type, amount, status, processed_at, stripe_charge_id,
    stripe_payment_intent_id) VALUES
    ({ONE}, 'job_posting', 5, 'refunded', now(), 'c1', 'p1'), ({ONE}, 'job_posting', 5, 'pending', NULL, NULL, NULL),
    ({TWO}, 'job_posting', 0, 'completed', now(), 'c2', 'p2'), ({TWO}, 'job_posting', 5, 'failed', now(), NULL, NULL);
""",
}


def add_months(service: Service, target: str) -> None:
    """The partitions of the month before this one to the third after it."""
    if target in PARTITIONED:
        service.execute(
            f"SELECT ensure_month_partition('{PARTITIONED[target]}',"
            " (now() AT TIME ZONE 'UTC' + make_interval(months => n))::date) FROM generate_series(-1, 3) AS n"
        )


def add_good_rows(service: Service, target: str) -> None:
    """All of them, with their months."""
    service.execute("SET LOCAL TimeZone = 'UTC'")
    add_months(service, target)
    service.execute(ROWS[target] + SHARED)
