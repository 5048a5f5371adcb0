-- Reactions and pinned messages (docs/adr/0023). 0.2.0 knows nothing of them.

-- A person's reaction to a message: one, which another one replaces.
CREATE TABLE reactions (
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    seq BIGINT NOT NULL,
    user_id UUID NOT NULL REFERENCES users (id),
    emoji TEXT NOT NULL,
    reacted_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (conversation_id, seq, user_id)
);

-- Messages of large groups whose reactions have changed and are to be logged together.
CREATE TABLE reactions_due (
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    seq BIGINT NOT NULL,
    message_id UUID NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (conversation_id, seq)
);
CREATE INDEX reactions_due_by_time ON reactions_due (due_at);

-- A message that is deleted takes with it what the log has told of reactions to it. Of the log's rows
-- this index holds these few alone, so that writing the others costs nothing.
CREATE INDEX topic_log_of_reactions ON topic_log (subject_id) WHERE kind = 'message.reacted';

-- Messages that stand above a conversation, until their time is over.
CREATE TABLE pins (
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    seq BIGINT NOT NULL,
    message_id UUID NOT NULL,
    pinned_by UUID NOT NULL REFERENCES users (id),
    pinned_until TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (conversation_id, seq)
);
