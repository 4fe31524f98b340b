-- Above every feature flag there is one without a parent: no flag is its own ancestor.
WITH RECURSIVE rooted AS (
    SELECT f.id
    FROM feature_flags AS f
    WHERE f.parent_id IS NULL
    UNION
    SELECT f.id
    FROM feature_flags AS f
    JOIN rooted AS r ON r.id = f.parent_id
)
SELECT f.id, f.name, f.parent_id
FROM feature_flags AS f
WHERE f.id NOT IN (SELECT r.id FROM rooted AS r)
