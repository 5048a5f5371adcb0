-- When members' marks moved, so that who wrote a message learns when it was delivered and read
-- (docs/adr/0023). 0.2.0 moves marks without a row here: of these it is known that they moved, not when.
CREATE TABLE mark_moves (
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    user_id UUID NOT NULL REFERENCES users (id),
    -- Since 1970. The moves of one minute are one row.
    minute BIGINT NOT NULL,
    -- The mark moved from behind this message to the other one; nowhere, where both are the same.
    delivered_from BIGINT NOT NULL,
    delivered_to BIGINT NOT NULL,
    delivered_at TIMESTAMPTZ NOT NULL,
    read_from BIGINT NOT NULL,
    read_to BIGINT NOT NULL,
    read_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (conversation_id, user_id, minute)
);
-- They are deleted after thirty days.
CREATE INDEX mark_moves_by_minute ON mark_moves (minute);
