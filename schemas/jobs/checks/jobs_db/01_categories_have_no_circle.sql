-- No category is its own ancestor. The table refuses one that is its own parent, and knows nothing of longer circles.
WITH RECURSIVE above (id, ancestor_id) AS (
    SELECT id, parent_id
    FROM job_categories
    WHERE parent_id IS NOT NULL
    UNION
    SELECT a.id, c.parent_id
    FROM above AS a
    JOIN job_categories AS c ON c.id = a.ancestor_id
    WHERE c.parent_id IS NOT NULL
)
SELECT id
FROM above
WHERE ancestor_id = id
