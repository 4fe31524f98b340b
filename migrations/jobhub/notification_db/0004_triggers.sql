-- updated_at moves with every change
-- migrate:up

CREATE TRIGGER trg_notification_templates_touch BEFORE UPDATE ON notification_templates
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_notification_preferences_touch BEFORE UPDATE ON notification_preferences
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_saga_instances_touch BEFORE UPDATE ON saga_instances
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- migrate:down

DROP TRIGGER trg_saga_instances_touch ON saga_instances;
DROP TRIGGER trg_notification_preferences_touch ON notification_preferences;
DROP TRIGGER trg_notification_templates_touch ON notification_templates;
