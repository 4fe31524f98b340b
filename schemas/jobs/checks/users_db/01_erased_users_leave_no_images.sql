-- The audit log keeps no row image of an erased user from before the erasure. erase_user clears them; a restored or
-- loaded log may bring them back.
SELECT a.id, a.row_id, a.changed_at
FROM audit_log AS a
JOIN users AS u ON u.id = a.row_id
WHERE a.table_name = 'users'
  AND u.email = 'erased-' || u.id || '@invalid'
  AND (a.old_row ->> 'email' <> u.email OR a.new_row ->> 'email' <> u.email)
