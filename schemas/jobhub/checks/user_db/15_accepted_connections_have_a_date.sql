-- Who accepted a connection did so at some time
SELECT id, requester_id, addressee_id
FROM user_connections
WHERE status = 'accepted' AND connected_at IS NULL;
