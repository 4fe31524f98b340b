-- Completeness, scores and what it takes to pass lie between 0 and 100
SELECT 'user_profiles' AS in_table, id FROM user_profiles WHERE profile_completeness NOT BETWEEN 0 AND 100
UNION ALL SELECT 'skill_assessments', id FROM skill_assessments WHERE passing_score NOT BETWEEN 0 AND 100
UNION ALL SELECT 'user_assessment_results', id FROM user_assessment_results WHERE score NOT BETWEEN 0 AND 100;
