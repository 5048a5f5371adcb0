-- Messages that somebody has starred (docs/adr/0023). 0.2.0 knows nothing of them.
CREATE TABLE stars (
    user_id UUID NOT NULL REFERENCES users (id),
    message_id UUID NOT NULL,
    starred_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, message_id)
);
-- A person's list, the last one first.
CREATE INDEX stars_by_time ON stars (user_id, starred_at, message_id);
-- Whoever deletes a message for everyone deletes its stars.
CREATE INDEX stars_of_message ON stars (message_id);
