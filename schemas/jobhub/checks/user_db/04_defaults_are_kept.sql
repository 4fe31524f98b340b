-- Nothing is NULL that has a default: the columns may be, and no reader expects it
SELECT 'user_profiles' AS in_table, id FROM user_profiles WHERE num_nulls(
    willing_to_relocate, profile_visibility, profile_completeness, created_at, updated_at
) > 0
UNION ALL SELECT 'skills', id FROM skills WHERE num_nulls(is_verified, created_at) > 0
UNION ALL SELECT 'user_skills', id FROM user_skills WHERE num_nulls(is_primary, endorsed_count, created_at) > 0
UNION ALL SELECT 'experience', id FROM experience WHERE num_nulls(is_remote, is_current, created_at, updated_at) > 0
UNION ALL SELECT 'education', id FROM education WHERE num_nulls(is_current, created_at, updated_at) > 0
UNION ALL SELECT 'certifications', id FROM certifications WHERE num_nulls(
    does_not_expire, is_verified, created_at, updated_at
) > 0
UNION ALL SELECT 'resumes', id FROM resumes WHERE num_nulls(
    is_primary, parsing_status, download_count, created_at, updated_at
) > 0
UNION ALL SELECT 'skill_assessments', id FROM skill_assessments WHERE num_nulls(is_active, created_at, updated_at) > 0
UNION ALL SELECT 'user_assessment_results', id FROM user_assessment_results WHERE num_nulls(
    is_verified, created_at
) > 0
UNION ALL SELECT 'user_connections', id FROM user_connections WHERE num_nulls(status, created_at, updated_at) > 0
UNION ALL SELECT 'domain_events', id FROM domain_events WHERE num_nulls(occurred_at) > 0
UNION ALL SELECT 'outbox_events', id FROM outbox_events WHERE num_nulls(created_at, retry_count, max_retries) > 0
UNION ALL SELECT 'saga_instances', id FROM saga_instances WHERE num_nulls(status, started_at, updated_at) > 0;
