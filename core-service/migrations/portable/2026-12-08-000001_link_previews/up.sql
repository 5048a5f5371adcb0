-- What messages show of the pages that they link to (docs/adr/0033). 0.2.0 lives beside it: its messages
-- have none.

-- A picture lies in the blob store, in a folder named by the id: 128 random bits, by which anybody loads
-- it. Several messages have the same preview where it was forwarded.
CREATE TABLE link_previews (
    id UUID NOT NULL PRIMARY KEY,
    -- Who asked for it, and may send it.
    owner_id UUID NOT NULL REFERENCES users (id),
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    site_name TEXT NOT NULL,
    -- All of them are null where there is no picture.
    image_type TEXT,
    image_width INTEGER,
    image_height INTEGER,
    image_bytes INTEGER,
    -- When it is forgotten; null once a message has it.
    due_at TIMESTAMPTZ
);
CREATE INDEX link_previews_by_due ON link_previews (due_at) WHERE due_at IS NOT NULL;

ALTER TABLE messages ADD COLUMN preview_id UUID REFERENCES link_previews (id);
-- A preview goes with the last message that has it.
CREATE INDEX messages_by_preview ON messages (preview_id) WHERE preview_id IS NOT NULL;
