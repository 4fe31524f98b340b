-- Dates of employment are in order
SELECT id, start_date, end_date
FROM company_employees
WHERE end_date < start_date;
