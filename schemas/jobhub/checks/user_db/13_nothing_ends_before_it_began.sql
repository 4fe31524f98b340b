-- Dates are in order, and what goes on has no end
SELECT 'experience' AS in_table, id FROM experience
WHERE end_date < start_date OR (is_current AND end_date IS NOT NULL)
UNION ALL SELECT 'education', id FROM education
WHERE end_date < start_date OR (is_current AND end_date IS NOT NULL)
UNION ALL SELECT 'certifications', id FROM certifications
WHERE expiration_date < issue_date OR (does_not_expire AND expiration_date IS NOT NULL);
