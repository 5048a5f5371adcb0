-- What people have begun to write (docs/adr/0023). 0.2.0 knows nothing of it.
CREATE TABLE drafts (
    user_id UUID NOT NULL REFERENCES users (id),
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    text TEXT NOT NULL,
    reply_to UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    -- The event of the person's log that has the text: the next draft takes it out there.
    log_offset BIGINT NOT NULL,
    PRIMARY KEY (user_id, conversation_id)
);
