-- Nothing is NULL that has a default: the columns may be, and no reader expects it
SELECT 'conversations' AS in_table, id FROM conversations WHERE num_nulls(
    type, is_archived, participant_count, message_count, created_at, updated_at
) > 0
UNION ALL SELECT 'conversation_participants', id FROM conversation_participants WHERE num_nulls(
    role, joined_at, is_active, unread_count, is_muted
) > 0
UNION ALL SELECT 'messages', id FROM messages WHERE num_nulls(
    message_type, is_edited, is_deleted, reply_count, reaction_count, updated_at
) > 0
UNION ALL SELECT 'message_reactions', id FROM message_reactions WHERE num_nulls(created_at) > 0
UNION ALL SELECT 'message_attachments', id FROM message_attachments WHERE num_nulls(
    is_scanned, download_count, created_at
) > 0
UNION ALL SELECT 'domain_events', id FROM domain_events WHERE num_nulls(occurred_at) > 0
UNION ALL SELECT 'outbox_events', id FROM outbox_events WHERE num_nulls(created_at, retry_count, max_retries) > 0
UNION ALL SELECT 'saga_instances', id FROM saga_instances WHERE num_nulls(status, started_at, updated_at) > 0;
