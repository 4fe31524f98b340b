-- A message counts its replies, deleted ones left out, and its reactions
SELECT m.id, m.reply_count, a.replies, m.reaction_count, r.reactions
FROM messages AS m
LEFT JOIN (
    SELECT parent_message_id, count(*) AS replies FROM messages WHERE NOT is_deleted GROUP BY parent_message_id
) AS a ON a.parent_message_id = m.id
LEFT JOIN (
    SELECT message_id, count(*) AS reactions FROM message_reactions GROUP BY message_id
) AS r ON r.message_id = m.id
WHERE m.reply_count <> COALESCE(a.replies, 0) OR m.reaction_count <> COALESCE(r.reactions, 0);
