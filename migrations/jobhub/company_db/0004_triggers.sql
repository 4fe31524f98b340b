-- updated_at moves with every change
-- migrate:up

CREATE TRIGGER trg_companies_touch BEFORE UPDATE ON companies FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_company_employees_touch BEFORE UPDATE ON company_employees
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_company_reviews_touch BEFORE UPDATE ON company_reviews
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER trg_saga_instances_touch BEFORE UPDATE ON saga_instances
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- migrate:down

DROP TRIGGER trg_saga_instances_touch ON saga_instances;
DROP TRIGGER trg_company_reviews_touch ON company_reviews;
DROP TRIGGER trg_company_employees_touch ON company_employees;
DROP TRIGGER trg_companies_touch ON companies;
