-- What was sent or delivered says when
SELECT id, status, sent_at, delivered_at
FROM notification_delivery_log
WHERE (status IN ('sent', 'delivered', 'bounced') AND sent_at IS NULL)
    OR (status = 'delivered' AND delivered_at IS NULL);
