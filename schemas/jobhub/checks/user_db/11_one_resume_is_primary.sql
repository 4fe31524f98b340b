-- Nobody has two primary résumés; those who were erased are not one person
SELECT user_id, count(*) AS resumes
FROM resumes
WHERE is_primary AND user_id <> '00000000-0000-0000-0000-000000000000'
GROUP BY user_id
HAVING count(*) > 1;
