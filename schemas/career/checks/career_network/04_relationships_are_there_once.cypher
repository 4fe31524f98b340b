// One mentorship between two people, one registration of a user for an event: MERGE keeps it so, CREATE does not.
MATCH (a)-[r:MENTORED_BY|REGISTERED_FOR]->(b)
WITH a, b, type(r) AS kind, count(r) AS times
WHERE times > 1
RETURN a, b, kind, times
