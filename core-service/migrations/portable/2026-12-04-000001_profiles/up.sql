-- What people and groups show of themselves (docs/adr/0029). 0.2.0 lives beside it: it writes names and
-- titles alone.

-- Pictures that are in use. The bytes are in the blob store, in a folder named by the id: 128 random
-- bits, by which anybody loads it.
CREATE TABLE pictures (
    id UUID NOT NULL PRIMARY KEY,
    -- In whose quota it counts: who has chosen it.
    owner_id UUID NOT NULL REFERENCES users (id),
    -- The attachment that it was made of, and which is gone: a repeated request is recognised by it.
    made_of UUID NOT NULL,
    bytes INTEGER NOT NULL
);
CREATE INDEX pictures_by_owner ON pictures (owner_id, bytes);

ALTER TABLE users ADD COLUMN about TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN picture_id UUID REFERENCES pictures (id);
ALTER TABLE conversations ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN picture_id UUID REFERENCES pictures (id);
-- A picture is deleted where it is replaced; whether somebody still has it is looked up then.
CREATE INDEX users_by_picture ON users (picture_id) WHERE picture_id IS NOT NULL;
CREATE INDEX conversations_by_picture ON conversations (picture_id) WHERE picture_id IS NOT NULL;
