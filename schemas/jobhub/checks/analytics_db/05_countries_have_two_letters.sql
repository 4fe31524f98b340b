-- A country is two capital letters, or none is known
SELECT country_code, count() AS metrics FROM job_metrics
WHERE country_code != toFixedString('', 2) AND NOT match(toString(country_code), '^[A-Z][A-Z]$')
GROUP BY country_code;
