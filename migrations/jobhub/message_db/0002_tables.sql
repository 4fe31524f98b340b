-- Conversations and what is said in them
-- migrate:up

-- last_message_id is a message without a foreign key: the two tables would need each other, and a message's key has two
-- columns. So is last_read_message_id below. Users are accounts of auth_db.
CREATE TABLE conversations (
    id                uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    type              varchar(20)  DEFAULT 'direct' CHECK (type IN ('direct', 'group', 'support')),
    title             varchar(255),
    description       text,
    created_by        uuid         NOT NULL,
    is_archived       boolean      DEFAULT false,
    last_message_id   uuid,
    last_message_at   timestamptz,
    participant_count integer      DEFAULT 0,
    message_count     integer      DEFAULT 0,
    created_at        timestamptz  DEFAULT CURRENT_TIMESTAMP,
    updated_at        timestamptz  DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE conversation_participants (
    id                   uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    conversation_id      uuid        NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    user_id              uuid        NOT NULL,
    role                 varchar(20) DEFAULT 'member' CHECK (role IN ('admin', 'moderator', 'member')),
    joined_at            timestamptz DEFAULT CURRENT_TIMESTAMP,
    left_at              timestamptz,
    is_active            boolean     DEFAULT true,
    last_read_message_id uuid,
    last_read_at         timestamptz,
    unread_count         integer     DEFAULT 0,
    is_muted             boolean     DEFAULT false,
    muted_until          timestamptz,
    UNIQUE (conversation_id, user_id)
);

-- A message's key holds its time, since the table is partitioned by it: who refers to a message carries both. Half a
-- reference would be none to a foreign key.
CREATE TABLE messages (
    id                uuid        NOT NULL DEFAULT gen_random_uuid(),
    conversation_id   uuid        NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    sender_id         uuid        NOT NULL,
    parent_message_id uuid,
    parent_created_at timestamptz,
    message_type      varchar(20) DEFAULT 'text'
                                  CHECK (message_type IN ('text', 'image', 'file', 'system', 'job_share')),
    content           text        NOT NULL,
    metadata          jsonb,
    is_edited         boolean     DEFAULT false,
    edited_at         timestamptz,
    is_deleted        boolean     DEFAULT false,
    deleted_at        timestamptz,
    deleted_by        uuid,
    reply_count       integer     DEFAULT 0,
    reaction_count    integer     DEFAULT 0,
    created_at        timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at        timestamptz DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id, created_at),
    CONSTRAINT fk_messages_parent FOREIGN KEY (parent_message_id, parent_created_at)
        REFERENCES messages (id, created_at) ON DELETE SET NULL,
    CONSTRAINT ck_messages_parent_pair CHECK ((parent_message_id IS NULL) = (parent_created_at IS NULL))
) PARTITION BY RANGE (created_at);

CREATE TABLE message_reactions (
    id                 uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    message_id         uuid        NOT NULL,
    message_created_at timestamptz NOT NULL,
    user_id            uuid        NOT NULL,
    reaction_type      varchar(20) NOT NULL,
    created_at         timestamptz DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY (message_id, message_created_at) REFERENCES messages (id, created_at) ON DELETE CASCADE,
    UNIQUE (message_id, user_id, reaction_type)
);

-- file_size in bytes. A file is offered when it has been scanned for malware.
CREATE TABLE message_attachments (
    id                 uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    message_id         uuid         NOT NULL,
    message_created_at timestamptz  NOT NULL,
    file_name          varchar(255) NOT NULL,
    original_file_name varchar(255) NOT NULL,
    file_size          integer      NOT NULL,
    file_type          varchar(100) NOT NULL,
    file_url           varchar(500) NOT NULL,
    thumbnail_url      varchar(500),
    is_scanned         boolean      DEFAULT false,
    scan_result        varchar(50),
    download_count     integer      DEFAULT 0,
    created_at         timestamptz  DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY (message_id, message_created_at) REFERENCES messages (id, created_at) ON DELETE CASCADE
);

-- What no month takes. A month that has rows here can no longer be added, so months come ahead of their time.
CREATE TABLE messages_default PARTITION OF messages DEFAULT;

CREATE INDEX idx_conversations_created_by ON conversations (created_by);
CREATE INDEX idx_conversations_type ON conversations (type);
CREATE INDEX idx_conversations_last_message ON conversations (last_message_at DESC);
CREATE INDEX idx_conversations_archived ON conversations (is_archived);

CREATE INDEX idx_conversation_participants_conversation_id ON conversation_participants (conversation_id);
CREATE INDEX idx_conversation_participants_user_id ON conversation_participants (user_id);
CREATE INDEX idx_conversation_participants_active ON conversation_participants (user_id, is_active)
    WHERE is_active = TRUE;
CREATE INDEX idx_conversation_participants_unread ON conversation_participants (user_id, unread_count)
    WHERE unread_count > 0;

CREATE INDEX idx_messages_conversation_id ON messages (conversation_id, created_at DESC);
CREATE INDEX idx_messages_sender_id ON messages (sender_id);
CREATE INDEX idx_messages_parent_id ON messages (parent_message_id) WHERE parent_message_id IS NOT NULL;
CREATE INDEX idx_messages_type ON messages (message_type);
CREATE INDEX idx_messages_deleted ON messages (is_deleted);
CREATE INDEX idx_messages_search ON messages USING gin (to_tsvector('english', content)) WHERE is_deleted = FALSE;

CREATE INDEX idx_message_reactions_message_id ON message_reactions (message_id);
CREATE INDEX idx_message_reactions_user_id ON message_reactions (user_id);
CREATE INDEX idx_message_reactions_type ON message_reactions (reaction_type);

CREATE INDEX idx_message_attachments_message_id ON message_attachments (message_id);
CREATE INDEX idx_message_attachments_type ON message_attachments (file_type);
CREATE INDEX idx_message_attachments_scanned ON message_attachments (is_scanned);

-- migrate:down

DROP TABLE message_attachments;
DROP TABLE message_reactions;
DROP TABLE messages;
DROP TABLE conversation_participants;
DROP TABLE conversations;
