-- A conversation counts who takes part and what is said in it, deleted messages left out
SELECT c.id, c.participant_count, p.participants, c.message_count, m.messages
FROM conversations AS c
LEFT JOIN (
    SELECT conversation_id, count(*) AS participants FROM conversation_participants
    WHERE is_active GROUP BY conversation_id
) AS p ON p.conversation_id = c.id
LEFT JOIN (
    SELECT conversation_id, count(*) AS messages FROM messages WHERE NOT is_deleted GROUP BY conversation_id
) AS m ON m.conversation_id = c.id
WHERE c.participant_count <> COALESCE(p.participants, 0) OR c.message_count <> COALESCE(m.messages, 0);
