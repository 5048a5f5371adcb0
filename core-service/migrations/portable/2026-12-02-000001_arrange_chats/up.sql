-- How people have arranged their chats for themselves, and what they have cleared (docs/adr/0025).
-- 0.2.0 knows nothing of it. A membership that it deletes takes the settings along.
CREATE TABLE chat_settings (
    user_id UUID NOT NULL REFERENCES users (id),
    conversation_id UUID NOT NULL,
    -- Muted until then; for ever, where it is NULL.
    muted BOOLEAN NOT NULL,
    muted_until TIMESTAMPTZ,
    archived BOOLEAN NOT NULL,
    pinned_at TIMESTAMPTZ,
    marked_unread BOOLEAN NOT NULL,
    PRIMARY KEY (user_id, conversation_id),
    FOREIGN KEY (conversation_id, user_id) REFERENCES memberships (conversation_id, user_id)
        ON DELETE CASCADE
);

-- The first message that a member who has cleared the chat could read before. `first_seq` is the first
-- one that they read now; 0.2.0 goes by it, too.
ALTER TABLE memberships ADD COLUMN joined_seq BIGINT;
