-- A notification goes the way that its template was written for.
SELECT n.id, n.channel, t.code, t.channel AS channel_of_template
FROM notifications AS n
JOIN notification_templates AS t ON t.id = n.template_id
WHERE n.channel <> t.channel
