-- A skill that somebody worked with is one of skills
SELECT e.id, used.skill_id
FROM experience AS e, unnest(e.skills_used) AS used (skill_id)
WHERE NOT EXISTS (SELECT FROM skills AS s WHERE s.id = used.skill_id);
