-- A user is renamed and erased in one way each, which tells the other service; friendships and public profiles
-- migrate:up

-- The username is the key that the Event Service holds, so a change that nobody tells of would orphan what is there.
CREATE FUNCTION protect_username() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.username <> OLD.username AND coalesce(current_setting('ijaa.rename', true), '') <> 'on' THEN
        RAISE EXCEPTION 'username changes only through rename_user()';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER protect_username BEFORE UPDATE OF username ON users
    FOR EACH ROW EXECUTE FUNCTION protect_username();

-- Renames; keys of this database follow by cascade, tokens given before are void, the Event Service is told.
-- Returns the id of the outbox event, NULL where there is no such user: then too the name is protected again afterwards.
CREATE FUNCTION rename_user(p_old text, p_new text) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$
DECLARE
    e bigint;
BEGIN
    PERFORM set_config('ijaa.rename', 'on', true);
    UPDATE users SET username = p_new, token_version = token_version + 1 WHERE username = p_old;
    IF NOT FOUND THEN
        PERFORM set_config('ijaa.rename', 'off', true);
        RETURN NULL;
    END IF;
    PERFORM set_config('ijaa.rename', 'off', true);
    INSERT INTO outbox_events (topic, key, payload)
    VALUES ('user.renamed', p_new, jsonb_build_object('old', p_old, 'new', p_new))
    RETURNING id INTO e;
    RETURN e;
END
$$;

-- Deletes the account and what cascades from it, empties its images in the audit trail, tells the Event Service.
-- Returns the id of the outbox event, NULL where there is no such user.
CREATE FUNCTION erase_user(p_username text) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = public, pg_temp
AS $$
DECLARE
    e bigint;
    u bigint;
    p bigint;
BEGIN
    SELECT id INTO u FROM users WHERE username = p_username;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT id INTO p FROM profiles WHERE username = p_username;
    DELETE FROM users WHERE id = u;
    UPDATE audit_log SET old_row = NULL, new_row = NULL
    WHERE (table_name, row_id) IN (('users', u), ('profiles', p))
       OR p_username IN (old_row->>'reporter_username', new_row->>'reporter_username',
                         old_row->>'target_username', new_row->>'target_username');
    INSERT INTO outbox_events (topic, key, payload)
    VALUES ('user.erased', p_username, jsonb_build_object('username', p_username))
    RETURNING id INTO e;
    RETURN e;
END
$$;

-- They act as the owner, so not everybody may call them, also where no roles were made.
REVOKE EXECUTE ON FUNCTION rename_user(text, text), erase_user(text) FROM PUBLIC;

-- Who is connected to whom: two rows for one connection, so that either name finds the other.
CREATE VIEW accepted_connections AS
SELECT requester_username AS username, receiver_username AS peer_username, responded_at
FROM connections
WHERE status = 'ACCEPTED'
UNION ALL
SELECT receiver_username, requester_username, responded_at
FROM connections
WHERE status = 'ACCEPTED';

-- What the Event Service may be told of a user, each field as the user shows it.
CREATE VIEW public_profiles AS
SELECT p.username,
       p.name,
       p.batch,
       p.department,
       p.profession,
       p.location,
       p.bio,
       p.avatar_url,
       CASE WHEN p.show_phone THEN p.phone END AS phone,
       CASE WHEN p.show_email THEN p.contact_email END AS contact_email,
       CASE WHEN p.show_linkedin THEN p.linkedin_url END AS linkedin_url
FROM profiles p
JOIN users u ON u.username = p.username
WHERE u.status = 'ACTIVE';

-- migrate:down

DROP VIEW public_profiles;
DROP VIEW accepted_connections;
DROP FUNCTION erase_user(text);
DROP FUNCTION rename_user(text, text);
DROP TRIGGER protect_username ON users;
DROP FUNCTION protect_username();
