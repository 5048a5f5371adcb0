-- Accounts that their people have deleted (docs/adr/0034). 0.2.0 shows their names like any other, and
-- lets nobody sign in to them, because no password has their hash.
ALTER TABLE users ADD COLUMN deleted_at TIMESTAMPTZ;
-- Handles of deleted accounts, as SHA-256 in hexadecimal digits: nobody gets them again.
CREATE TABLE retired_handles (
    hash TEXT NOT NULL PRIMARY KEY
);
-- Deleted accounts of which something is left to be removed.
CREATE TABLE account_removals (
    user_id UUID NOT NULL PRIMARY KEY REFERENCES users (id),
    requested_at TIMESTAMPTZ NOT NULL,
    -- Their messages go, too.
    erase_messages BOOLEAN NOT NULL,
    -- The client's id of the message that was erased last: they go in the order of these.
    erased_to UUID
);
