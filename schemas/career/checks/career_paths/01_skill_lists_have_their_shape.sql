-- Each element of both lists of a milestone names a skill by 24 lower-case hexadecimal digits, and a level.
SELECT m.milestone_id, listed.list, listed.element
FROM career_milestones AS m
CROSS JOIN LATERAL (
    SELECT 'required_skills' AS list, element
    FROM jsonb_array_elements(m.required_skills) AS r (element)
    UNION ALL
    SELECT 'optional_skills', element
    FROM jsonb_array_elements(m.optional_skills) AS o (element)
) AS listed
WHERE (
    jsonb_typeof(element) = 'object'
    AND jsonb_typeof(element -> 'skill_id') = 'string'
    AND element ->> 'skill_id' ~ '^[0-9a-f]{24}$'
    AND jsonb_typeof(element -> 'level') = 'string'
    AND element ->> 'level' IN ('beginner', 'intermediate', 'advanced')
) IS NOT TRUE
