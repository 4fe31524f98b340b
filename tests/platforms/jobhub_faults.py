"""What JobHub's integrity checks are there for: a statement for each way in which good rows may go wrong."""

from __future__ import annotations

import re

from tests.platforms.jobhub import PARTITIONED, checks
from tests.platforms.jobhub_rows import ONE, THREE, TWO

SHARED = {
    "01_event_positions_are_unique": [
        "INSERT INTO domain_events (aggregate_id, aggregate_type, event_type, event_data, event_version)"
        " SELECT aggregate_id, aggregate_type, 'other', '{}', event_version FROM domain_events LIMIT 1"
    ],
    "02_outbox_has_no_dead_letters": ["UPDATE outbox_events SET retry_count = 3 WHERE processed_at IS NULL"],
    "03_sagas_end_once": [
        "UPDATE saga_instances SET completed_at = NULL WHERE status = 'completed'",
        "UPDATE saga_instances SET completed_at = NULL WHERE status = 'failed'",
        "UPDATE saga_instances SET completed_at = now() WHERE status = 'running'",
        "UPDATE saga_instances SET completed_at = now() WHERE status = 'compensating'",
    ],
}
FAULTS = {
    "auth_db": {
        "11_deleted_accounts_hold_no_login": [
            "UPDATE users SET deleted_at = now()",
            *(
                f"UPDATE users SET deleted_at = now(), email = id || '@deleted.invalid', {rest} WHERE id = {THREE}"
                for rest in (
                    "password_hash = 'x', phone = NULL, google_id = NULL",
                    "password_hash = NULL, phone = '1', google_id = NULL",
                    "password_hash = NULL, phone = NULL, google_id = 'x'",
                    *(
                        f"password_hash = NULL, phone = NULL, google_id = NULL, {one}"
                        for one in (
                            "linkedin_id = 'x'",
                            "github_id = 'x'",
                            "mfa_enabled = true",
                            "mfa_secret = 'x'",
                            "mfa_backup_codes = '{}'",
                            "email_verification_token = 'x'",
                            "password_reset_token = 'x'",
                        )
                    ),
                )
            ),
        ],
        "12_closed_sessions_are_not_active": [
            "UPDATE sessions SET revoked_at = now() WHERE token_hash = '5'",
            f"UPDATE users SET deleted_at = now() WHERE id = {THREE}",
        ],
        "13_permissions_are_named_after_what_they_permit": [
            "UPDATE permissions SET action = 'write'",
            "UPDATE permissions SET resource = 'users'",
        ],
    },
    "user_db": {
        "10_skills_used_exist": [f"UPDATE experience SET skills_used = ARRAY[{ONE}, {TWO}]::uuid[]"],
        "11_one_resume_is_primary": [f"UPDATE resumes SET is_primary = true WHERE user_id = {ONE}"],
        "12_percentages_are_percentages": [
            f"UPDATE {table} SET {column} = {value}"
            for table, column in (
                ("user_profiles", "profile_completeness"),
                ("skill_assessments", "passing_score"),
                ("user_assessment_results", "score"),
            )
            for value in (-1, 101)
        ],
        "13_nothing_ends_before_it_began": [
            "UPDATE experience SET end_date = start_date - 1 WHERE NOT is_current",
            "UPDATE experience SET end_date = current_date - 1 WHERE is_current",
            "UPDATE education SET end_date = start_date - 1",
            "UPDATE certifications SET expiration_date = issue_date - 1 WHERE NOT does_not_expire",
            "UPDATE certifications SET expiration_date = issue_date WHERE does_not_expire",
        ],
        "14_answers_are_encrypted": [
            f"UPDATE user_assessment_results SET answers = '{answers}'"
            for answers in (
                '["algorithm", "key_id", "ciphertext"]',
                '{"algorithm": "a", "key_id": "k"}',
                '{"algorithm": "a", "ciphertext": "c"}',
                '{"key_id": "k", "ciphertext": "c"}',
                '{"algorithm": "a", "key_id": "k", "ciphertext": "c", "1": "b"}',
            )
        ],
        "15_accepted_connections_have_a_date": ["UPDATE user_connections SET connected_at = NULL"],
    },
    "job_db": {
        "11_postings_count_what_they_have": [
            f"UPDATE jobs SET application_count = 2 WHERE id = {ONE}",
            f"UPDATE jobs SET application_count = 1 WHERE id = {TWO}",
            f"UPDATE jobs SET save_count = 3 WHERE id = {ONE}",
            f"UPDATE jobs SET save_count = 1 WHERE id = {TWO}",
            f"UPDATE jobs SET view_count = 3 WHERE id = {THREE}",
        ],
        "12_salaries_are_ranges": [
            "UPDATE jobs SET salary_min = -1",
            "UPDATE jobs SET salary_min = NULL, salary_max = -1",
            "UPDATE jobs SET salary_min = 6, salary_max = 5",
        ],
        "13_categories_are_a_tree": [
            f"UPDATE job_categories SET parent_id = id WHERE id = {ONE}",
            f"UPDATE job_categories SET parent_id = {THREE} WHERE id = {ONE}",
        ],
        "14_deleted_postings_free_their_slug": [f"UPDATE jobs SET deleted_at = now() WHERE id = {ONE}"],
        "15_published_postings_have_a_date": ["UPDATE jobs SET published_at = NULL WHERE status = 'published'"],
    },
    "company_db": {
        "10_deleted_companies_free_their_slug": [f"UPDATE companies SET deleted_at = now() WHERE id = {ONE}"],
        "11_nobody_leaves_before_they_came": [
            "UPDATE company_employees SET start_date = '2020-01-02', end_date = '2020-01-01'"
        ],
        "12_verified_companies_have_a_date": ["UPDATE companies SET verification_date = NULL WHERE is_verified"],
    },
    "message_db": {
        "11_conversations_count_what_they_have": [
            f"UPDATE conversations SET participant_count = 3 WHERE id = {ONE}",
            f"UPDATE conversations SET participant_count = 1 WHERE id = {ONE}",
            f"UPDATE conversations SET message_count = 4 WHERE id = {ONE}",
            f"UPDATE conversations SET message_count = 1 WHERE id = {TWO}",
        ],
        "12_messages_count_what_they_have": [
            f"UPDATE messages SET reply_count = 2 WHERE id = {ONE}",
            f"UPDATE messages SET reply_count = 1 WHERE id = {THREE}",
            f"UPDATE messages SET reaction_count = 2 WHERE id = {ONE}",
            f"UPDATE messages SET reaction_count = 1 WHERE id = {THREE}",
        ],
        "13_deleted_messages_say_when": [
            f"UPDATE messages SET deleted_at = NULL WHERE id = {TWO}",
            f"UPDATE messages SET deleted_at = now() WHERE id = {ONE}",
        ],
        "14_last_messages_are_there": [
            f"UPDATE conversations SET last_message_id = gen_random_uuid() WHERE id = {ONE}",
            f"UPDATE conversations SET last_message_id = {THREE} WHERE id = {TWO}",
            f"UPDATE conversation_participants SET last_read_message_id = {TWO} WHERE conversation_id = {TWO}",
            "UPDATE conversation_participants SET last_read_message_id = gen_random_uuid()",
        ],
    },
    "notification_db": {
        "11_read_notifications_say_when": [
            "UPDATE user_notifications SET read_at = NULL",
            "UPDATE user_notifications SET read_at = now()",
        ],
        "12_deliveries_say_when": [
            *(
                f"UPDATE notification_delivery_log SET sent_at = NULL WHERE status = '{status}'"
                for status in ("sent", "delivered", "bounced")
            ),
            "UPDATE notification_delivery_log SET delivered_at = NULL",
        ],
    },
    "payment_db": {
        "10_amounts_are_not_negative": [
            f"UPDATE {table} SET {column} = -1"
            for table, column in (
                ("subscription_plans", "price_monthly"),
                ("subscription_plans", "price_yearly"),
                ("user_subscriptions", "amount"),
                ("payment_transactions", "amount"),
            )
        ],
        "11_one_subscription_is_active": [f"UPDATE user_subscriptions SET status = 'active' WHERE user_id = {TWO}"],
        "12_what_stripe_names_is_there_once": [
            "UPDATE user_subscriptions SET stripe_subscription_id = 's1'",
            "UPDATE payment_transactions SET stripe_charge_id = 'c1'",
            "UPDATE payment_transactions SET stripe_payment_intent_id = 'p1'",
        ],
        "13_plans_are_named_once": ["UPDATE subscription_plans SET is_active = true"],
        "14_what_ended_says_when": [
            *(
                f"UPDATE payment_transactions SET processed_at = NULL WHERE status = '{status}'"
                for status in ("completed", "failed", "refunded")
            ),
            "UPDATE user_subscriptions SET cancelled_at = NULL WHERE status = 'cancelled'",
        ],
    },
}


def faults(target: str) -> dict[str, list[str]]:
    """Check → statements, each of which makes it find something."""
    found = SHARED | FAULTS[target] | {"04_defaults_are_kept": nulls(target)}
    if table := PARTITIONED.get(target):
        column = "viewed_at" if table == "job_views" else "created_at"
        gone = (
            f"DO $$ BEGIN EXECUTE (SELECT format('TRUNCATE {table} CASCADE; ALTER TABLE {table} DETACH PARTITION %I',"
            f" '{table}' || to_char(now() AT TIME ZONE 'UTC' + interval '1 month' * %s, '\"_y\"YYYY\"m\"MM'))); END $$"
        )
        found["10_months_are_ahead"] = [
            f"SET LOCAL session_replication_role = replica; UPDATE {table} SET {column} = '2001-02-03'"
            f" WHERE {column} = (SELECT max({column}) FROM {table})",
            gone.replace("%s", "0"),
            gone.replace("%s", "1"),
        ]
    return found


def nulls(target: str) -> list[str]:
    """Each column that the check of defaults names, emptied for itself; which they are is the catalogue's to say."""
    text = checks(target)["04_defaults_are_kept.sql"]
    return [
        # Without triggers, for one moves updated_at with every UPDATE, though not with an INSERT.
        f"SET LOCAL session_replication_role = replica; UPDATE {table} SET {column.strip()} = NULL"
        for table, columns in re.findall(r"FROM (\w+) WHERE num_nulls\(([^)]*)\)", text)
        for column in columns.split(",")
    ]
