-- One schema for PostgreSQL and SQLite, which takes any name for a type: there a UUID is a BLOB of 16
-- bytes and a TIMESTAMPTZ an INTEGER, microseconds of UTC since 1970-01-01 (docs/adr/0016).
-- Ids are UUIDv7 unless a client makes them.
--
-- Version 0.2.0 begins with this migration. Every later one must let 0.2.0 live beside it
-- (docs/upgrading.md).

CREATE TABLE users (
    id UUID NOT NULL PRIMARY KEY,
    handle TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    -- The words of the name as people type them in a hurry, each behind a blank (`domain/search.rs`).
    search_terms TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    -- Who may add this user to a group without being asked first.
    who_may_add TEXT NOT NULL DEFAULT 'everybody'
        CHECK (who_may_add IN ('everybody', 'contacts', 'nobody')),
    created_at TIMESTAMPTZ NOT NULL,
    -- The operator has closed the account since then.
    disabled_at TIMESTAMPTZ
);

CREATE TABLE sessions (
    id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    -- Moves with every refresh.
    expires_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- A token that was replaced stays, so that its reuse is recognised. `successor_hash` names the token
-- that replaced it: a repeat is honest until that one has been replaced, too.
CREATE TABLE refresh_tokens (
    hash TEXT NOT NULL PRIMARY KEY,
    session_id UUID NOT NULL REFERENCES sessions (id),
    successor_hash TEXT,
    replaced_at TIMESTAMPTZ
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_replacement ON refresh_tokens (replaced_at);

-- Attempts to sign in that failed, or are under way: a row for each kind of subject that one counts
-- for. An account's name need not exist.
CREATE TABLE sign_in_attempts (
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('pair', 'device', 'account', 'address')),
    account TEXT NOT NULL,
    -- An address or a device; empty for anywhere.
    origin TEXT NOT NULL,
    attempted_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (id, kind)
);
CREATE INDEX sign_in_attempts_by_subject ON sign_in_attempts (account, kind, origin, attempted_at);
CREATE INDEX sign_in_attempts_by_time ON sign_in_attempts (attempted_at);

CREATE TABLE blocks (
    blocker_id UUID NOT NULL REFERENCES users (id),
    blocked_id UUID NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id)
);

-- What moves with every message is in `topics`, so this row changes with members and title alone.
CREATE TABLE conversations (
    id UUID NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('direct', 'group')),
    title TEXT,
    creator_id UUID NOT NULL REFERENCES users (id),
    client_id UUID NOT NULL,
    -- Both users of a direct chat, the lower id first: there is one per pair.
    pair_low UUID,
    pair_high UUID,
    -- Memberships that are active.
    member_count BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (creator_id, client_id),
    UNIQUE (pair_low, pair_high)
);

CREATE TABLE memberships (
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    user_id UUID NOT NULL REFERENCES users (id),
    role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member')),
    -- 'contacted': a stranger has opened a direct chat with the user, who hears and reads it and has
    -- not accepted. 'requested': the user is to come back to a group that they left; counts as a
    -- member nowhere until they accept.
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'contacted', 'requested')),
    -- Who asked, where the state is 'requested'.
    requested_by UUID REFERENCES users (id),
    -- The user has left a direct chat: it is hidden until the next message.
    hidden_at TIMESTAMPTZ,
    -- Offset of the event that added the user, and the first message the user may read.
    readable_from BIGINT NOT NULL,
    first_seq BIGINT NOT NULL,
    delivered_seq BIGINT NOT NULL,
    read_seq BIGINT NOT NULL,
    -- Members are paged in this order.
    PRIMARY KEY (conversation_id, user_id)
);
-- A user's chats are read in the order of their ids, or sorted by `topics.active_at` as they are read:
-- an index on that column would have to be written with every message.
CREATE INDEX memberships_by_user ON memberships (user_id, conversation_id);

-- Who is not in a conversation any more, and whether they left by themselves. Joining deletes it.
CREATE TABLE departures (
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    user_id UUID NOT NULL REFERENCES users (id),
    left_at TIMESTAMPTZ NOT NULL,
    by_self BOOLEAN NOT NULL,
    -- When they were last asked to come back.
    asked_at TIMESTAMPTZ,
    PRIMARY KEY (conversation_id, user_id)
);

CREATE TABLE messages (
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    seq BIGINT NOT NULL,
    -- No index: a message is found by its place.
    id UUID NOT NULL,
    sender_id UUID NOT NULL REFERENCES users (id),
    client_msg_id UUID NOT NULL,
    text TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (conversation_id, seq),
    UNIQUE (sender_id, client_msg_id)
);

-- A log is named by what it belongs to: a conversation's or a user's id, the nil UUID for `control`.
-- Whoever appends locks this row first, so everything that moves with a message is here.
CREATE TABLE topics (
    id UUID NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('chat', 'user', 'control')),
    epoch TEXT NOT NULL,
    last_offset BIGINT NOT NULL,
    -- The log goes back to the offset after this one.
    trimmed_to BIGINT NOT NULL,
    -- A chat's last message, and when it was written; without one, when the topic was made.
    last_seq BIGINT NOT NULL,
    active_at TIMESTAMPTZ NOT NULL,
    -- A direct chat in which somebody has not accepted, has left or is blocked: posting needs a closer
    -- look, and neither side is told of the other's presence.
    guarded BOOLEAN NOT NULL
);

-- No reference to `topics`: whoever appends has just locked the row there.
CREATE TABLE topic_log (
    topic_id UUID NOT NULL,
    log_offset BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    payload TEXT NOT NULL,
    -- What the hub must know beside the payload (membership, revocation), as JSON.
    effects TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (topic_id, log_offset)
);
CREATE INDEX topic_log_by_time ON topic_log (created_at);

-- Of its own, so that acknowledgements leave the row alone that senders lock.
CREATE TABLE topic_acks (
    topic_id UUID NOT NULL PRIMARY KEY,
    acked_offset BIGINT NOT NULL
);

-- Which replica does a job that one must do.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);

-- Which database this is, in one row: a restored one is recognised by it, and gets new epochs.
CREATE TABLE database_identity (
    id SMALLINT NOT NULL PRIMARY KEY CHECK (id = 1),
    -- Random; another one means that a core has declared the database restored.
    generation TEXT NOT NULL,
    -- PostgreSQL's system identifier and timeline; empty and 0 on SQLite, which has none.
    system_id TEXT NOT NULL,
    timeline BIGINT NOT NULL,
    -- PostgreSQL's OID of this table, another one after pg_restore; 0 on SQLite.
    table_oid BIGINT NOT NULL,
    -- Written by every heartbeat of any core, so that one core at a time looks.
    beaten_at TIMESTAMPTZ NOT NULL
);

-- Each core counts a row of its own up every second. A core that finds its row gone or lower than
-- before knows that what was committed in between is gone.
CREATE TABLE heartbeats (
    core_id UUID NOT NULL PRIMARY KEY,
    beats BIGINT NOT NULL,
    beaten_at TIMESTAMPTZ NOT NULL
);
