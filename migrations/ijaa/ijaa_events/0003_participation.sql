-- Who takes part is counted, reminders fall due, days add up; users are renamed and erased here too
-- migrate:up

-- One up for each who comes, one down for each who goes: the lock on the event's row puts rivals in a row, and its check
-- refuses the one who is too many.
CREATE FUNCTION sync_participant_count() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp
AS $$
DECLARE
    d integer := 0;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.status IN ('GOING', 'ATTENDED') THEN
        UPDATE events SET current_participants = current_participants - 1 WHERE id = OLD.event_id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.status IN ('GOING', 'ATTENDED') THEN
        UPDATE events SET current_participants = current_participants + 1 WHERE id = NEW.event_id;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER sync_count AFTER INSERT OR DELETE OR UPDATE OF status, event_id ON event_participations
    FOR EACH ROW EXECUTE FUNCTION sync_participant_count();

-- Marks due reminders as sent and returns them; workers pass over each other's. Commit after they are sent, and one
-- whose worker died is due again.
CREATE FUNCTION claim_due_reminders(p_limit integer) RETURNS SETOF event_reminders
    LANGUAGE sql VOLATILE
    SET search_path = public, pg_temp
AS $$
    UPDATE event_reminders SET sent_at = now(), attempts = attempts + 1
    WHERE id IN (
        SELECT id
        FROM event_reminders
        WHERE sent_at IS NULL AND remind_at <= now()
        ORDER BY remind_at
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    )
    RETURNING *
$$;

-- One UTC day of every event with activity, counted anew at each run; views and shares are left alone.
-- Returns how many events it wrote.
CREATE FUNCTION rollup_event_analytics(p_day date) RETURNS bigint
    LANGUAGE sql VOLATILE
    SET search_path = public, pg_temp
AS $$
    WITH w AS (
        SELECT p_day::timestamp AT TIME ZONE 'UTC' AS a, (p_day + 1)::timestamp AT TIME ZONE 'UTC' AS b
    ),
    x AS (
        SELECT event_id, 'i' AS k FROM event_invitations, w WHERE created_at >= a AND created_at < b
        UNION ALL
        SELECT event_id, 'r' FROM event_participations, w WHERE created_at >= a AND created_at < b
        UNION ALL
        SELECT event_id, 'x' FROM event_participations, w
        WHERE status IN ('CANCELLED', 'DECLINED') AND updated_at >= a AND updated_at < b
        UNION ALL
        SELECT event_id, 't' FROM event_participations, w WHERE checked_in_at >= a AND checked_in_at < b
        UNION ALL
        SELECT event_id, 'c' FROM event_comments, w WHERE created_at >= a AND created_at < b
        UNION ALL
        SELECT event_id, 'm' FROM event_media, w WHERE created_at >= a AND created_at < b
    ),
    r AS (
        INSERT INTO event_analytics (event_id, day, invitations, registrations, cancellations, attendances, comments,
                                     media)
        SELECT event_id,
               p_day,
               count(*) FILTER (WHERE k = 'i'),
               count(*) FILTER (WHERE k = 'r'),
               count(*) FILTER (WHERE k = 'x'),
               count(*) FILTER (WHERE k = 't'),
               count(*) FILTER (WHERE k = 'c'),
               count(*) FILTER (WHERE k = 'm')
        FROM x
        GROUP BY event_id
        ON CONFLICT (event_id, day) DO UPDATE SET
            invitations = EXCLUDED.invitations,
            registrations = EXCLUDED.registrations,
            cancellations = EXCLUDED.cancellations,
            attendances = EXCLUDED.attendances,
            comments = EXCLUDED.comments,
            media = EXCLUDED.media,
            computed_at = now()
        RETURNING 1
    )
    SELECT count(*) FROM r
$$;

-- What the Event Service does on user.renamed: the ten columns that name a user, and the cache. Between the rename and
-- this the user is at work under the new name already. Where both names have a row that there can be one of, the former
-- name's goes, or no try would ever succeed; so does what would be an invitation by oneself. Returns how many rows it
-- changed or deleted; a second time there are none.
CREATE FUNCTION apply_user_rename(p_old text, p_new text) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp
AS $$
DECLARE
    c record;
    n integer;
    t integer := 0;
BEGIN
    -- Otherwise each row would be its own double.
    IF p_old = p_new THEN
        RETURN 0;
    END IF;
    FOR c IN
        SELECT * FROM (VALUES
            ('event_participations', 'participant_username', 'o.event_id = n.event_id'),
            ('event_invitations', 'invited_username', 'o.event_id = n.event_id'),
            ('event_reminders', 'username',
             '(o.event_id, o.channel, o.remind_at) = (n.event_id, n.channel, n.remind_at)'),
            ('calendar_integrations', 'username',
             '(o.provider, o.external_calendar_id) = (n.provider, n.external_calendar_id)'),
            ('user_cache', 'username', 'true')
        ) AS v(tab, col, same)
    LOOP
        EXECUTE format('DELETE FROM %I o USING %I n WHERE o.%I = $1 AND n.%I = $2 AND %s',
                       c.tab, c.tab, c.col, c.col, c.same) USING p_old, p_new;
        GET DIAGNOSTICS n = ROW_COUNT;
        t := t + n;
    END LOOP;
    DELETE FROM event_invitations
    WHERE (invited_username, invited_by_username) IN ((p_old, p_new), (p_new, p_old));
    GET DIAGNOSTICS n = ROW_COUNT;
    t := t + n;
    FOR c IN
        SELECT * FROM (VALUES
            ('events', 'created_by_username'),
            ('event_participations', 'participant_username'),
            ('event_invitations', 'invited_username'),
            ('event_invitations', 'invited_by_username'),
            ('event_comments', 'author_username'),
            ('event_media', 'uploaded_by_username'),
            ('event_reminders', 'username'),
            ('recurring_events', 'created_by_username'),
            ('event_templates', 'created_by_username'),
            ('calendar_integrations', 'username'),
            ('user_cache', 'username')
        ) AS v(tab, col)
    LOOP
        EXECUTE format('UPDATE %I SET %I = $1 WHERE %I = $2', c.tab, c.col, c.col) USING p_new, p_old;
        GET DIAGNOSTICS n = ROW_COUNT;
        t := t + n;
    END LOOP;
    RETURN t;
END
$$;

-- What the Event Service does on user.erased: what the monolith's foreign keys did. Events of the user have to be
-- handed over first (P0001); a template of the user becomes one of the system. Returns how many rows it deleted, what
-- cascades from them not counted. It acts as the owner: nobody else may change the audit trail.
CREATE FUNCTION apply_user_erased(p_username text) RETURNS integer
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$
DECLARE
    c record;
    n integer;
    t integer := 0;
BEGIN
    IF EXISTS (SELECT 1 FROM events WHERE created_by_username = p_username) THEN
        RAISE EXCEPTION 'events of % still stand: hand them over first', p_username;
    END IF;
    UPDATE event_templates SET created_by_username = NULL WHERE created_by_username = p_username;
    FOR c IN
        SELECT * FROM (VALUES
            ('event_participations', 'participant_username'),
            ('event_invitations', 'invited_username'),
            ('event_invitations', 'invited_by_username'),
            ('event_comments', 'author_username'),
            ('event_media', 'uploaded_by_username'),
            ('event_reminders', 'username'),
            ('recurring_events', 'created_by_username'),
            ('calendar_integrations', 'username'),
            ('user_cache', 'username')
        ) AS v(tab, col)
    LOOP
        EXECUTE format('DELETE FROM %I WHERE %I = $1', c.tab, c.col) USING p_username;
        GET DIAGNOSTICS n = ROW_COUNT;
        t := t + n;
    END LOOP;
    UPDATE audit_log SET old_row = NULL, new_row = NULL
    WHERE p_username IN (old_row->>'created_by_username', new_row->>'created_by_username',
                         old_row->>'participant_username', new_row->>'participant_username',
                         old_row->>'username', new_row->>'username');
    RETURN t;
END
$$;

-- It acts as the owner, so not everybody may call it, also where no roles were made.
REVOKE EXECUTE ON FUNCTION apply_user_erased(text) FROM PUBLIC;

CREATE VIEW upcoming_events AS
SELECT id AS event_id,
       title,
       start_date,
       end_date,
       timezone,
       is_online,
       location,
       event_type,
       created_by_username,
       max_participants,
       current_participants
FROM events
WHERE status = 'PUBLISHED' AND privacy IN ('PUBLIC', 'ALUMNI_ONLY') AND end_date > now();

CREATE VIEW event_attendance AS
SELECT e.id AS event_id,
       e.title,
       count(*) FILTER (WHERE p.status = 'GOING') AS going,
       count(*) FILTER (WHERE p.status = 'MAYBE') AS maybe,
       count(*) FILTER (WHERE p.status = 'WAITLISTED') AS waitlisted,
       count(*) FILTER (WHERE p.status = 'ATTENDED') AS attended,
       e.max_participants
FROM events e
LEFT JOIN event_participations p ON p.event_id = e.id
GROUP BY e.id;

-- migrate:down

DROP VIEW event_attendance;
DROP VIEW upcoming_events;
DROP FUNCTION apply_user_erased(text);
DROP FUNCTION apply_user_rename(text, text);
DROP FUNCTION rollup_event_analytics(date);
DROP FUNCTION claim_due_reminders(integer);
DROP TRIGGER sync_count ON event_participations;
DROP FUNCTION sync_participant_count();
