-- Messages carry a picture, a video, a voice note or a file (docs/adr/0024). 0.2.0 lives beside it: it
-- writes messages without one, and shows of others their text.
-- Sizes are INTEGER, so a file has less than 2 GiB, and both databases add them up as BIGINT.

-- What somebody is sending, and for some days what they have sent: a repeated request is recognised by
-- it. The bytes are in the blob store, in a folder named by the id.
CREATE TABLE uploads (
    id UUID NOT NULL PRIMARY KEY,
    owner_id UUID NOT NULL REFERENCES users (id),
    client_upload_id UUID NOT NULL,
    -- What the client says; the type is not believed.
    name TEXT NOT NULL,
    claimed_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    -- A voice note as the client has measured it, as JSON.
    voice TEXT,
    -- Bytes that have come, from the beginning on.
    received INTEGER NOT NULL,
    -- Moves on with each part.
    expires_at TIMESTAMPTZ NOT NULL,
    UNIQUE (owner_id, client_upload_id)
);
CREATE INDEX uploads_by_end ON uploads (expires_at);

-- What can be sent in messages. The id is that of the upload.
CREATE TABLE attachments (
    id UUID NOT NULL PRIMARY KEY,
    owner_id UUID NOT NULL REFERENCES users (id),
    -- Of the blob store: the upload's own, or the one with what was made of a picture.
    folder UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('picture', 'video', 'audio', 'voice', 'file')),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    blurhash TEXT,
    thumbnail_type TEXT,
    -- As in `uploads`.
    voice TEXT,
    completed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX attachments_by_owner ON attachments (owner_id, size);

-- Folders of the blob store that are to be removed from a time on. A folder is named here before
-- anything is written into it, and when the rows that led to it are deleted: whoever dies in between
-- leaves nothing behind.
CREATE TABLE blob_removals (
    folder UUID NOT NULL PRIMARY KEY,
    due_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX blob_removals_by_time ON blob_removals (due_at);

-- Several messages may have the same one: a forwarded file is not copied.
ALTER TABLE messages ADD COLUMN attachment_id UUID REFERENCES attachments (id);
CREATE INDEX messages_by_attachment ON messages (attachment_id) WHERE attachment_id IS NOT NULL;
-- What a chat has, the newest first.
CREATE INDEX messages_with_attachment ON messages (conversation_id, seq)
    WHERE attachment_id IS NOT NULL;
