-- A report concerns what its type says, or what is gone by now, and never anything of another type.
SELECT r.id, r.target_type, r.target_username, r.announcement_id, r.event_id, r.event_comment_id
FROM reports AS r
WHERE (r.target_username IS NOT NULL AND r.target_type <> 'USER')
   OR (r.announcement_id IS NOT NULL AND r.target_type <> 'ANNOUNCEMENT')
   OR (r.event_id IS NOT NULL AND r.target_type <> 'EVENT')
   OR (r.event_comment_id IS NOT NULL AND r.target_type <> 'EVENT_COMMENT')
