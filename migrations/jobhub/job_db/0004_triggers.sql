-- updated_at moves with every change
-- migrate:up

CREATE TRIGGER trg_job_categories_touch BEFORE UPDATE ON job_categories
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_jobs_touch BEFORE UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_job_applications_touch BEFORE UPDATE ON job_applications
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_job_search_alerts_touch BEFORE UPDATE ON job_search_alerts
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_saga_instances_touch BEFORE UPDATE ON saga_instances
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- migrate:down

DROP TRIGGER trg_saga_instances_touch ON saga_instances;
DROP TRIGGER trg_job_search_alerts_touch ON job_search_alerts;
DROP TRIGGER trg_job_applications_touch ON job_applications;
DROP TRIGGER trg_jobs_touch ON jobs;
DROP TRIGGER trg_job_categories_touch ON job_categories;
