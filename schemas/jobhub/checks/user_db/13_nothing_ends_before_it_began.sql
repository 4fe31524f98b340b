-- Dates are in order; what somebody works at has not ended, and what does not expire has no end. Who still learns may
-- know when they will be done
SELECT 'experience' AS in_table, id FROM experience
WHERE end_date < start_date OR (is_current AND end_date < current_date)
UNION ALL SELECT 'education', id FROM education
WHERE end_date < start_date
UNION ALL SELECT 'certifications', id FROM certifications
WHERE expiration_date < issue_date OR (does_not_expire AND expiration_date IS NOT NULL);
