-- Links by which people come into groups (docs/adr/0027). 0.2.0 knows nothing of them.
CREATE TABLE invites (
    id UUID NOT NULL PRIMARY KEY,
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    token TEXT NOT NULL UNIQUE,
    created_by UUID NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ,
    max_uses BIGINT,
    uses BIGINT NOT NULL
);
CREATE INDEX invites_of_conversation ON invites (conversation_id);
