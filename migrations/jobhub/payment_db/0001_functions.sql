-- What triggers and the calendar call
-- migrate:up

-- Nothing else moves updated_at: a column's default works on INSERT alone.
CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.updated_at := CURRENT_TIMESTAMP; RETURN NEW; END $$;

-- migrate:down

DROP FUNCTION touch_updated_at();
