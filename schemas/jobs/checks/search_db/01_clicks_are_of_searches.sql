-- No query was clicked more often than it was searched.
SELECT id, day, entity_type, query_normalized, searches, clicks
FROM search_analytics
WHERE clicks > searches
