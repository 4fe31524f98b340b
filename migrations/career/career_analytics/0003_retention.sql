-- How long activity, addresses and metrics are kept
-- migrate:up

-- An address is personal: it is emptied long before its row goes. ClickHouse 18.16 has no TTL and stays at 0002.
ALTER TABLE user_activity MODIFY COLUMN ip_address String TTL timestamp + INTERVAL 90 DAY;
ALTER TABLE user_activity MODIFY TTL timestamp + INTERVAL 24 MONTH;
ALTER TABLE performance_metrics MODIFY TTL timestamp + INTERVAL 6 MONTH;

-- migrate:down

-- What has been emptied or removed by then does not come back.
ALTER TABLE performance_metrics REMOVE TTL;
ALTER TABLE user_activity REMOVE TTL;
ALTER TABLE user_activity MODIFY COLUMN ip_address REMOVE TTL;
