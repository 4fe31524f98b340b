-- The last message of a conversation, and the last one that somebody read, are messages of that conversation
SELECT c.id AS conversation_id, c.last_message_id AS message_id
FROM conversations AS c
WHERE c.last_message_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM messages AS m WHERE m.id = c.last_message_id AND m.conversation_id = c.id)
UNION ALL
SELECT p.conversation_id, p.last_read_message_id
FROM conversation_participants AS p
WHERE p.last_read_message_id IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM messages AS m WHERE m.id = p.last_read_message_id AND m.conversation_id = p.conversation_id
    );
