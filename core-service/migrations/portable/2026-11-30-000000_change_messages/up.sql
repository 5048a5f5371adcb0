-- Messages are answered, mention people, are edited, and are deleted for everyone or for one person
-- (docs/adr/0023). 0.2.0 lives beside it: it writes messages without these columns and reads none of
-- them; of a message that was deleted it sees an empty text.

-- Messages are named by their id now, and not by their place alone.
CREATE INDEX messages_by_id ON messages (id);

-- The message that this one answers; its text stands there alone.
ALTER TABLE messages ADD COLUMN reply_to UUID;
-- Ids of members, a JSON array; NULL where nobody is mentioned.
ALTER TABLE messages ADD COLUMN mentions TEXT;
-- How often the text was forwarded before it came here.
ALTER TABLE messages ADD COLUMN forwarded BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN edited_at TIMESTAMPTZ;
-- Everything but the place, the sender and the times is gone since then.
ALTER TABLE messages ADD COLUMN deleted_at TIMESTAMPTZ;

-- What an edited message has said, its first text included: none of a message that never was edited.
-- Deleting the message deletes them.
CREATE TABLE message_versions (
    message_id UUID NOT NULL,
    -- 0, 1, 2 …
    version BIGINT NOT NULL,
    -- What the author's client calls the edit; of the first text, the message.
    client_op_id UUID NOT NULL,
    text TEXT NOT NULL,
    mentions TEXT,
    written_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (message_id, version),
    UNIQUE (message_id, client_op_id)
);

-- Messages that somebody has deleted for themselves.
CREATE TABLE hidden_messages (
    user_id UUID NOT NULL REFERENCES users (id),
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    seq BIGINT NOT NULL,
    hidden_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, conversation_id, seq)
);
