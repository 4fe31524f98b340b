-- updated_at moves with every change; system roles stay
-- migrate:up

CREATE TRIGGER trg_users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_roles_touch BEFORE UPDATE ON roles FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_saga_instances_touch BEFORE UPDATE ON saga_instances
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_roles_protect BEFORE DELETE ON roles
    FOR EACH ROW WHEN (OLD.is_system_role) EXECUTE FUNCTION protect_system_role();

-- migrate:down

DROP TRIGGER trg_roles_protect ON roles;
DROP TRIGGER trg_saga_instances_touch ON saga_instances;
DROP TRIGGER trg_roles_touch ON roles;
DROP TRIGGER trg_users_touch ON users;
