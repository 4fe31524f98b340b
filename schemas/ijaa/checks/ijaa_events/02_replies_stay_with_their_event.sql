-- A reply is of the event of the comment that it answers.
SELECT reply.id, reply.event_id, reply.parent_comment_id, parent.event_id AS event_of_parent
FROM event_comments AS reply
JOIN event_comments AS parent ON parent.id = reply.parent_comment_id
WHERE parent.event_id <> reply.event_id
