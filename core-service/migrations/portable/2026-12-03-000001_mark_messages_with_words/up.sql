-- Messages are searched (docs/adr/0028). 0.2.0 lives beside it: what it writes stays unmarked, and a
-- job of the new cores indexes that, as it does with the messages that there are.

-- The message's words are in `message_terms`, or there are none because it was deleted.
ALTER TABLE messages ADD COLUMN indexed BOOLEAN NOT NULL DEFAULT FALSE;

-- What the job has yet to do, the newest last. It is empty most of the time.
CREATE INDEX messages_to_index ON messages (id) WHERE NOT indexed;
