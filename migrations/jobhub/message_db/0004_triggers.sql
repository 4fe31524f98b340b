-- updated_at moves with every change
-- migrate:up

CREATE TRIGGER trg_conversations_touch BEFORE UPDATE ON conversations FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_messages_touch BEFORE UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_saga_instances_touch BEFORE UPDATE ON saga_instances
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- migrate:down

DROP TRIGGER trg_saga_instances_touch ON saga_instances;
DROP TRIGGER trg_messages_touch ON messages;
DROP TRIGGER trg_conversations_touch ON conversations;
