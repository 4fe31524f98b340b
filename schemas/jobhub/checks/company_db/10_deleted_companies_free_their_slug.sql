-- A deleted company's slug ends in its id, so that another may take what it was
SELECT id, slug, deleted_at
FROM companies
WHERE deleted_at IS NOT NULL AND right(slug, 36) <> id::text;
