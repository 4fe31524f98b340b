-- Nobody has two primary résumés
SELECT user_id, count(*) AS resumes
FROM resumes
WHERE is_primary
GROUP BY user_id
HAVING count(*) > 1;
