-- No category is above itself, by however many steps
WITH RECURSIVE above (id, ancestor_id) AS (
    SELECT id, parent_id FROM job_categories WHERE parent_id IS NOT NULL
    UNION
    SELECT a.id, c.parent_id
    FROM above AS a
    JOIN job_categories AS c ON c.id = a.ancestor_id
    WHERE c.parent_id IS NOT NULL
)
SELECT id FROM above WHERE id = ancestor_id;
