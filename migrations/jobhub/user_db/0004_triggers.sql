-- updated_at moves with every change
-- migrate:up

CREATE TRIGGER trg_user_profiles_touch BEFORE UPDATE ON user_profiles FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_experience_touch BEFORE UPDATE ON experience FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_education_touch BEFORE UPDATE ON education FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_certifications_touch BEFORE UPDATE ON certifications
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_resumes_touch BEFORE UPDATE ON resumes FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_skill_assessments_touch BEFORE UPDATE ON skill_assessments
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_user_connections_touch BEFORE UPDATE ON user_connections
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_saga_instances_touch BEFORE UPDATE ON saga_instances
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- migrate:down

DROP TRIGGER trg_saga_instances_touch ON saga_instances;
DROP TRIGGER trg_user_connections_touch ON user_connections;
DROP TRIGGER trg_skill_assessments_touch ON skill_assessments;
DROP TRIGGER trg_resumes_touch ON resumes;
DROP TRIGGER trg_certifications_touch ON certifications;
DROP TRIGGER trg_education_touch ON education;
DROP TRIGGER trg_experience_touch ON experience;
DROP TRIGGER trg_user_profiles_touch ON user_profiles;
