"""Every column of JobHub's PostgreSQL targets as the document has it: type, whether it must be filled, default."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.platforms.dashboard import Service
from tests.platforms.jobhub import ON_POSTGRES

# Table| column:type, `!` where it must be filled, `=` its default. Each begins with id, which is left out.
SHARED = """
domain_events| aggregate_id:uuid! aggregate_type:vc100! event_type:vc100! event_data:jsonb! event_version:int!
  correlation_id:uuid causation_id:uuid user_id:uuid occurred_at:tstz=now processed_at:tstz
outbox_events| aggregate_id:uuid! event_type:vc100! event_data:jsonb! correlation_id:uuid created_at:tstz=now
  processed_at:tstz retry_count:int=0 max_retries:int=3 next_retry_at:tstz
saga_instances| saga_type:vc100! saga_data:jsonb! current_step:vc100! status:vc20=running correlation_id:uuid!
  started_at:tstz=now updated_at:tstz=now completed_at:tstz error_message:text
"""
COLUMNS = {
    "auth_db": """
users| email:vc255! password_hash:vc255 first_name:vc100! last_name:vc100! user_type:vc20! status:vc20!=active
  email_verified:bool=false email_verification_token:vc255 email_verification_expires_at:tstz mfa_enabled:bool=false
  mfa_secret:vc255 mfa_backup_codes:text[] google_id:vc255 linkedin_id:vc255 github_id:vc255 avatar_url:vc500
  phone:vc20 phone_verified:bool=false location:vc255 timezone:vc50=UTC language:vc10=en last_login_at:tstz
  last_login_ip:inet failed_login_attempts:int=0 locked_until:tstz password_reset_token:vc255
  password_reset_expires_at:tstz created_at:tstz=now updated_at:tstz=now deleted_at:tstz
roles| name:vc50! description:text is_system_role:bool=false created_at:tstz=now updated_at:tstz=now
user_roles| user_id:uuid! role_id:uuid! assigned_at:tstz=now assigned_by:uuid expires_at:tstz is_active:bool=true
permissions| name:vc100! description:text resource:vc100! action:vc50! conditions:jsonb created_at:tstz=now
role_permissions| role_id:uuid! permission_id:uuid! created_at:tstz=now
sessions| user_id:uuid! token_hash:vc255! refresh_token_hash:vc255 device_info:jsonb ip_address:inet user_agent:text
  location:jsonb is_active:bool=true expires_at:tstz! created_at:tstz=now last_accessed_at:tstz=now revoked_at:tstz
  revoked_by:uuid revoke_reason:vc100
audit_logs| user_id:uuid session_id:uuid action:vc100! resource:vc100 resource_id:uuid old_values:jsonb
  new_values:jsonb ip_address:inet user_agent:text correlation_id:uuid severity:vc20=INFO created_at:tstz!=now
""",
    "user_db": """
user_profiles| user_id:uuid! headline:vc500 bio:text summary:text website_url:vc500 portfolio_url:vc500
  github_url:vc500 linkedin_url:vc500 twitter_url:vc500 years_of_experience:int current_salary_range:vc50
  desired_salary_range:vc50 availability:vc50 remote_preference:vc50 willing_to_relocate:bool=false
  profile_visibility:vc20=public profile_completeness:int=0 last_active_at:tstz created_at:tstz=now
  updated_at:tstz=now
skills| name:vc100! category:vc50 description:text is_verified:bool=false created_at:tstz=now
user_skills| user_id:uuid! skill_id:uuid! proficiency_level:vc20 years_of_experience:int is_primary:bool=false
  endorsed_count:int=0 last_used_at:tstz created_at:tstz=now
experience| user_id:uuid! company_name:vc255! company_id:uuid job_title:vc255! employment_type:vc50 location:vc255
  is_remote:bool=false start_date:date! end_date:date is_current:bool=false description:text achievements:text[]
  skills_used:uuid[] created_at:tstz=now updated_at:tstz=now
education| user_id:uuid! institution_name:vc255! degree_type:vc100 field_of_study:vc255 grade:vc50 start_date:date
  end_date:date is_current:bool=false description:text activities:text[] created_at:tstz=now updated_at:tstz=now
certifications| user_id:uuid! name:vc255! issuing_organization:vc255! credential_id:vc255 credential_url:vc500
  issue_date:date expiration_date:date does_not_expire:bool=false is_verified:bool=false verification_method:vc100
  created_at:tstz=now updated_at:tstz=now
resumes| user_id:uuid! file_name:vc255! original_file_name:vc255! file_size:int! file_type:vc50! file_url:vc500!
  is_primary:bool=false parsed_content:jsonb parsing_status:vc50=pending parsing_error:text download_count:int=0
  last_downloaded_at:tstz created_at:tstz=now updated_at:tstz=now
skill_assessments| skill_id:uuid! name:vc255! description:text difficulty_level:vc20 duration_minutes:int!
  question_count:int! passing_score:int! is_active:bool=true created_by:uuid created_at:tstz=now updated_at:tstz=now
user_assessment_results| user_id:uuid! assessment_id:uuid! score:int time_taken_minutes:int status:vc20
  started_at:tstz! completed_at:tstz answers:jsonb is_verified:bool=false created_at:tstz=now
user_connections| requester_id:uuid! addressee_id:uuid! status:vc20=pending message:text connected_at:tstz
  created_at:tstz=now updated_at:tstz=now
""",
    "job_db": """
job_categories| name:vc100! slug:vc100! description:text parent_id:uuid icon_url:vc500 is_active:bool=true
  sort_order:int=0 created_at:tstz=now updated_at:tstz=now
jobs| employer_id:uuid! company_id:uuid title:vc255! slug:vc255! description:text! requirements:text
  responsibilities:text benefits:text category_id:uuid employment_type:vc50! experience_level:vc50 location:vc255
  is_remote:bool=false remote_policy:vc50 salary_min:int salary_max:int salary_currency:vc3=USD salary_period:vc20
  show_salary:bool=true required_skills:uuid[] preferred_skills:uuid[] application_deadline:date status:vc20=draft
  priority_level:int=0 application_count:int=0 view_count:int=0 save_count:int=0 share_count:int=0
  external_application_url:vc500 application_instructions:text screening_questions:jsonb auto_reject_criteria:jsonb
  seo_title:vc255 seo_description:text published_at:tstz expires_at:tstz created_at:tstz=now updated_at:tstz=now
  deleted_at:tstz
job_applications| job_id:uuid! applicant_id:uuid! resume_id:uuid cover_letter:text status:vc20=applied source:vc50
  screening_answers:jsonb notes:text rating:int rejection_reason:vc255 interview_scheduled_at:tstz
  offer_details:jsonb offer_expires_at:tstz response_deadline:tstz applied_at:tstz=now status_updated_at:tstz=now
  status_updated_by:uuid created_at:tstz=now updated_at:tstz=now
saved_jobs| user_id:uuid! job_id:uuid! notes:text reminder_date:date tags:vc50[] created_at:tstz=now
job_search_alerts| user_id:uuid! name:vc255! search_criteria:jsonb! frequency:vc20=daily is_active:bool=true
  last_sent_at:tstz job_count_since_last_sent:int=0 created_at:tstz=now updated_at:tstz=now
job_views| job_id:uuid! viewer_id:uuid ip_address:inet user_agent:text referrer:vc500 session_id:vc255
  view_duration_seconds:int viewed_at:tstz!=now
""",
    "company_db": """
companies| name:vc255! slug:vc255! legal_name:vc255 description:text tagline:vc500 website_url:vc500 logo_url:vc500
  cover_image_url:vc500 industry:vc100 company_size:vc50 founded_year:int headquarters_location:vc255
  locations:text[] employee_count:int annual_revenue:vc50 company_type:vc50 stock_symbol:vc10 linkedin_url:vc500
  twitter_url:vc500 facebook_url:vc500 instagram_url:vc500 glassdoor_url:vc500 benefits:text[] perks:text[]
  values:jsonb culture_description:text diversity_statement:text remote_policy:vc50 is_verified:bool=false
  verification_date:tstz status:vc20=active seo_title:vc255 seo_description:text created_by:uuid created_at:tstz=now
  updated_at:tstz=now deleted_at:tstz
company_employees| company_id:uuid! user_id:uuid! role:vc100 department:vc100 is_admin:bool=false
  is_hiring_manager:bool=false employment_status:vc20=active start_date:date end_date:date invited_by:uuid
  invitation_token:vc255 invitation_expires_at:tstz joined_at:tstz created_at:tstz=now updated_at:tstz=now
company_reviews| company_id:uuid! reviewer_id:uuid reviewer_type:vc20 job_title:vc255 department:vc100
  employment_duration:vc50 overall_rating:int! work_life_balance_rating:int culture_rating:int
  career_growth_rating:int compensation_rating:int management_rating:int title:vc255! pros:text! cons:text!
  advice_to_management:text would_recommend:bool is_anonymous:bool=true status:vc20=pending moderation_notes:text
  moderated_by:uuid moderated_at:tstz helpful_count:int=0 not_helpful_count:int=0 created_at:tstz=now
  updated_at:tstz=now
company_photos| company_id:uuid! uploaded_by:uuid! file_name:vc255! file_url:vc500! file_size:int caption:text
  photo_type:vc50 is_featured:bool=false display_order:int=0 status:vc20=pending created_at:tstz=now
""",
    "message_db": """
conversations| type:vc20=direct title:vc255 description:text created_by:uuid! is_archived:bool=false
  last_message_id:uuid last_message_at:tstz participant_count:int=0 message_count:int=0 created_at:tstz=now
  updated_at:tstz=now
conversation_participants| conversation_id:uuid! user_id:uuid! role:vc20=member joined_at:tstz=now left_at:tstz
  is_active:bool=true last_read_message_id:uuid last_read_at:tstz unread_count:int=0 is_muted:bool=false
  muted_until:tstz
messages| conversation_id:uuid! sender_id:uuid! parent_message_id:uuid parent_created_at:tstz message_type:vc20=text
  content:text! metadata:jsonb is_edited:bool=false edited_at:tstz is_deleted:bool=false deleted_at:tstz
  deleted_by:uuid reply_count:int=0 reaction_count:int=0 created_at:tstz!=now updated_at:tstz=now
message_reactions| message_id:uuid! message_created_at:tstz! user_id:uuid! reaction_type:vc20! created_at:tstz=now
message_attachments| message_id:uuid! message_created_at:tstz! file_name:vc255! original_file_name:vc255!
  file_size:int! file_type:vc100! file_url:vc500! thumbnail_url:vc500 is_scanned:bool=false scan_result:vc50
  download_count:int=0 created_at:tstz=now
""",
    "notification_db": """
notification_templates| name:vc100! type:vc50! subject_template:text body_template:text! variables:jsonb
  is_active:bool=true created_at:tstz=now updated_at:tstz=now
user_notifications| user_id:uuid! type:vc50! title:vc255! message:text! data:jsonb is_read:bool=false read_at:tstz
  action_url:vc500 priority:vc20=normal expires_at:tstz created_at:tstz!=now
notification_preferences| user_id:uuid! email_enabled:bool=true push_enabled:bool=true sms_enabled:bool=false
  in_app_enabled:bool=true job_alerts:bool=true application_updates:bool=true messages:bool=true
  marketing:bool=false weekly_digest:bool=true frequency_job_alerts:vc20=immediate quiet_hours_start:time
  quiet_hours_end:time timezone:vc50=UTC created_at:tstz=now updated_at:tstz=now
notification_delivery_log| notification_id:uuid! notification_created_at:tstz! delivery_type:vc20! recipient:vc255!
  status:vc20=pending provider:vc50 provider_message_id:vc255 error_message:text retry_count:int=0 sent_at:tstz
  delivered_at:tstz created_at:tstz=now
""",
    "payment_db": """
subscription_plans| name:vc100! description:text user_type:vc20! price_monthly:dec price_yearly:dec currency:vc3=USD
  features:jsonb! is_active:bool=true sort_order:int=0 created_at:tstz=now updated_at:tstz=now
user_subscriptions| user_id:uuid! plan_id:uuid! status:vc20=active billing_cycle:vc20 amount:dec! currency:vc3=USD
  started_at:tstz=now expires_at:tstz cancelled_at:tstz cancellation_reason:text auto_renew:bool=true
  stripe_subscription_id:vc255 created_at:tstz=now updated_at:tstz=now
payment_transactions| user_id:uuid! subscription_id:uuid transaction_type:vc50! amount:dec! currency:vc3=USD
  status:vc20=pending payment_method:vc50 stripe_payment_intent_id:vc255 stripe_charge_id:vc255 failure_reason:text
  metadata:jsonb processed_at:tstz created_at:tstz=now
""",
}
SHORT = {
    "timestamp with time zone": "tstz",
    "time without time zone": "time",
    "boolean": "bool",
    "integer": "int",
    "numeric(10,2)": "dec",
    "character varying(50)[]": "vc50[]",
}
DEFAULTS = {"CURRENT_TIMESTAMP": "now"}

Open = Callable[[str], Service]


def written(text: str) -> dict[str, list[str]]:
    """Table → its columns, of a text whose indented lines go on with the one before."""
    lines = text.strip("\n").replace("\n  ", " ").splitlines()
    return {table: columns.split() for table, _, columns in (line.partition("|") for line in lines)}


def shown(kind: str, needed: bool, default: str | None) -> str:
    short = SHORT.get(kind) or kind.replace("character varying(", "vc").rstrip(")")
    word = (default or "").partition("::")[0].strip("'")
    return f"{short}{'!' if needed else ''}{'=' + DEFAULTS.get(word, word) if default else ''}"


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_every_column_is_the_documents(target: str, jobhub_service: Open) -> None:
    rows = jobhub_service(target).rows("""
        SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS kind,
               a.attnotnull AS needed, pg_get_expr(d.adbin, d.adrelid) AS default
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 1
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        ORDER BY c.relname, a.attnum
    """)
    found: dict[str, list[str]] = {}
    for row in rows:
        column = f"{row['name']}:{shown(row['kind'], row['needed'], row['default'])}"
        found.setdefault(row["table"], []).append(column)
    assert found == written(COLUMNS[target]) | written(SHARED)
