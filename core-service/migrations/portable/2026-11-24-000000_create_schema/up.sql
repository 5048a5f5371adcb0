-- Ids are UUIDv7 in text form, times are UTC microseconds since 1970-01-01.

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    handle TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- A token that was replaced stays, so that its reuse is recognised. `successor_hash` names the token
-- that replaced it: a repeat is honest until that one has been replaced, too.
CREATE TABLE refresh_tokens (
    hash TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id),
    replaced_at BIGINT,
    successor_hash TEXT
);

-- Failed logins by subject: an account or an address.
CREATE TABLE login_failures (
    id TEXT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    failed_at BIGINT NOT NULL
);
CREATE INDEX login_failures_by_subject ON login_failures (subject, failed_at);

CREATE TABLE conversations (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    title TEXT,
    creator_id TEXT NOT NULL REFERENCES users (id),
    client_id TEXT NOT NULL,
    -- Both users of a direct chat, in order: there is one per pair.
    pair_key TEXT UNIQUE,
    created_at BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    UNIQUE (creator_id, client_id)
);

CREATE TABLE memberships (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    -- Offset of the event that added the user, and the first message the user may read.
    readable_from BIGINT NOT NULL,
    first_seq BIGINT NOT NULL,
    delivered_seq BIGINT NOT NULL,
    read_seq BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    seq BIGINT NOT NULL,
    sender_id TEXT NOT NULL REFERENCES users (id),
    client_msg_id TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (conversation_id, seq),
    UNIQUE (sender_id, client_msg_id)
);

CREATE TABLE topics (
    topic TEXT NOT NULL PRIMARY KEY,
    epoch TEXT NOT NULL,
    last_offset BIGINT NOT NULL,
    trimmed_to BIGINT NOT NULL
);

CREATE TABLE topic_log (
    topic TEXT NOT NULL REFERENCES topics (topic),
    log_offset BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    payload TEXT NOT NULL,
    -- What the hub must know beside the payload (membership, revocation), as JSON.
    effects TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (topic, log_offset)
);
CREATE INDEX topic_log_by_time ON topic_log (created_at);

-- Of its own, so that acknowledgements leave the row alone that senders lock.
CREATE TABLE topic_acks (
    topic TEXT NOT NULL PRIMARY KEY,
    acked_offset BIGINT NOT NULL
);

-- Which replica does a job that one must do.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

INSERT INTO topics (topic, epoch, last_offset, trimmed_to) VALUES ('control', 'control', 0, 0);
