-- Who verified a company did so at some time
SELECT id, name
FROM companies
WHERE is_verified AND verification_date IS NULL;
