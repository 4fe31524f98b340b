-- updated_at moves with every change
-- migrate:up

CREATE TRIGGER trg_subscription_plans_touch BEFORE UPDATE ON subscription_plans
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_user_subscriptions_touch BEFORE UPDATE ON user_subscriptions
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_saga_instances_touch BEFORE UPDATE ON saga_instances
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- migrate:down

DROP TRIGGER trg_saga_instances_touch ON saga_instances;
DROP TRIGGER trg_user_subscriptions_touch ON user_subscriptions;
DROP TRIGGER trg_subscription_plans_touch ON subscription_plans;
