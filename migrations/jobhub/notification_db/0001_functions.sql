-- What triggers and the calendar call
-- migrate:up

-- Nothing else moves updated_at: a column's default works on INSERT alone.
CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.updated_at := CURRENT_TIMESTAMP; RETURN NEW; END $$;

-- A month begins and ends at midnight UTC, whatever the session's time zone. Called ahead of the month, by the owner. What
-- has the month's name and is no partition of this table is refused: rows would go beside the months unseen.
CREATE FUNCTION ensure_month_partition(p_parent regclass, p_month date) RETURNS text LANGUAGE plpgsql AS $$
DECLARE lo timestamptz := date_trunc('month', p_month::timestamp) AT TIME ZONE 'UTC';
        hi timestamptz := (date_trunc('month', p_month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
        rel name := (SELECT relname FROM pg_class WHERE oid = p_parent);
        leaf text := rel || to_char(p_month, '"_y"YYYY"m"MM');
BEGIN
  IF EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
             WHERE i.inhparent = p_parent AND NOT i.inhdetachpending AND c.relname = leaf) THEN
    RETURN leaf;
  END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF %s FOR VALUES FROM (%L) TO (%L)', leaf, p_parent, lo, hi);
  RETURN leaf;
END $$;

-- migrate:down

DROP FUNCTION ensure_month_partition(regclass, date);
DROP FUNCTION touch_updated_at();
