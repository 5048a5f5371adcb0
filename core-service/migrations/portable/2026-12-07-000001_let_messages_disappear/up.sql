-- Messages disappear by themselves (docs/adr/0032). 0.2.0 lives beside it: what it posts stays.

-- For how long messages are kept that are posted from now on, in seconds; NULL is for ever. Whoever posts
-- has locked this row.
ALTER TABLE topics ADD COLUMN disappear_s BIGINT;
-- When the message is removed, with its row.
ALTER TABLE messages ADD COLUMN expires_at TIMESTAMPTZ;
-- What a job looks for. Messages that stay are not in it, so writing them costs nothing.
CREATE INDEX messages_by_expiry ON messages (expires_at) WHERE expires_at IS NOT NULL;
