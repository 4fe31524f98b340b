-- The history of an application, jobs as known here, the pipeline
-- migrate:up

-- A telling with a higher version replaces what is known (true); any other leaves it as it is (NULL).
CREATE FUNCTION upsert_job_ref(
    p_job_id bigint,
    p_company_id bigint,
    p_title text,
    p_company_name text,
    p_status text,
    p_version bigint
) RETURNS boolean
    LANGUAGE sql VOLATILE
    SET search_path = public, pg_temp
AS $$
    INSERT INTO job_refs (job_id, company_id, title, company_name, status, source_version)
    VALUES (p_job_id, p_company_id, p_title, p_company_name, p_status, p_version)
    ON CONFLICT (job_id) DO UPDATE
    SET company_id = EXCLUDED.company_id,
        title = EXCLUDED.title,
        company_name = EXCLUDED.company_name,
        status = EXCLUDED.status,
        source_version = EXCLUDED.source_version,
        replicated_at = now()
    WHERE job_refs.source_version < EXCLUDED.source_version
    RETURNING true
$$;

-- One row of history and one event for each real change of status. Who and why come from the settings app.user_id and
-- app.reason of the transaction.
CREATE FUNCTION record_application_status() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.status = OLD.status THEN
        RETURN NULL;
    END IF;
    INSERT INTO application_status_history (application_id, from_status, to_status, changed_by_user_id, reason)
    VALUES (
        NEW.id,
        CASE WHEN TG_OP = 'UPDATE' THEN OLD.status END,
        NEW.status,
        NULLIF(current_setting('app.user_id', true), '')::bigint,
        NULLIF(current_setting('app.reason', true), '')
    );
    PERFORM emit_domain_event(
        'application',
        NEW.id,
        'application.'||NEW.status,
        jsonb_build_object('job_id', NEW.job_id, 'user_id', NEW.user_id, 'company_id', NEW.company_id)
    );
    RETURN NULL;
END
$$;

CREATE TRIGGER record_status AFTER INSERT OR UPDATE OF status ON applications
    FOR EACH ROW EXECUTE FUNCTION record_application_status();

-- A job that is not known here yet has no title, and its applications are counted all the same.
CREATE VIEW application_pipeline AS
SELECT a.company_id,
       a.job_id,
       r.title,
       a.status,
       count(*) AS applications,
       max(a.updated_at) AS last_change
FROM applications a
LEFT JOIN job_refs r ON r.job_id = a.job_id
GROUP BY a.company_id, a.job_id, r.title, a.status;

-- migrate:down

DROP VIEW application_pipeline;
DROP TRIGGER record_status ON applications;
DROP FUNCTION record_application_status();
DROP FUNCTION upsert_job_ref(bigint, bigint, text, text, text, bigint);
