-- A salary is not negative, and its lower end is not above the upper one
SELECT id, salary_min, salary_max
FROM jobs
WHERE salary_min < 0 OR salary_max < 0 OR salary_min > salary_max;
